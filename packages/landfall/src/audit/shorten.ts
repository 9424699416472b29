/** An entry has a largest size: twins and enrollments may be large, and the log keeps each of them twice. */
import { isDeepStrictEqual } from 'node:util'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import type { AuditEntry } from './entry.ts'

/** As large as the body of a twin change may become; the log's bound on disk is this times its number of entries. */
export const largestEntry = 64 * 1024

/** `before` and `after` get this much each, with room for the rest of the entry. */
const largestSide = 28 * 1024

/** First goes what did not change; if that is not enough, what is long. Either is told in the entry. */
export function shortened(entry: AuditEntry): AuditEntry {
  if (sizeOf(entry) <= largestEntry) return entry
  const [before, after] = differences(entry.before, entry.after)
  const lean = { ...entry, before, after, shortened: 'members that did not change' }
  if (sizeOf(lean) <= largestEntry) return lean
  const what =
    entry.before === undefined || entry.after === undefined ? 'long values' : 'what did not change, and long values'
  return { ...entry, before: prune(before, largestSide), after: prune(after, largestSide), shortened: what }
}

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '')

type Sides = readonly [before: Json | undefined, after: Json | undefined]

/** Both without the members that are equal in them. */
function differences(before: Json | undefined, after: Json | undefined): Sides {
  if (before === undefined || after === undefined || !isJsonObject(before) || !isJsonObject(after))
    return [before, after]
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  const changed = names.filter((name) => !isDeepStrictEqual(before[name], after[name]))
  const sides = changed.map((name) => [name, differences(before[name], after[name])] as const)
  return [objectOf(sides, 0), objectOf(sides, 1)]
}

function objectOf(members: readonly (readonly [string, Sides])[], side: 0 | 1): JsonObject {
  return Object.fromEntries(
    members.map(([name, sides]) => [name, sides[side]]).filter(([, value]) => value !== undefined),
  )
}

/** At most this large as JSON: members in their order while there is room, the long ones cut in themselves; a list that is cut has its positions as names. */
function prune(value: Json | undefined, room: number): Json | undefined {
  if (value === undefined || sizeOf(value) <= room) return value
  if (typeof value === 'string') return `${value.slice(0, Math.max(0, room / 8))}… (${value.length} characters)`
  return typeof value === 'object' && value !== null ? pruneMembers(Object.entries(value), room) : value
}

function pruneMembers(members: readonly (readonly [string, Json | undefined])[], room: number): JsonObject {
  const kept: [string, Json | undefined][] = []
  let left = room - 64
  for (const [name, value] of members) {
    const share = Math.max(128, Math.floor(left / 2))
    const short = prune(value, share)
    const size = sizeOf(short) + sizeOf(name) + 2
    if (size > left) break
    kept.push([name, short])
    left -= size
  }
  const rest = members.length - kept.length
  return Object.fromEntries(rest === 0 ? kept : [...kept, ['…', `${rest} more`]])
}
