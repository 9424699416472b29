/** What differs between before and after, member by member, in the order in which they stand. */
import type { Json, JsonObject } from '../../api/json.ts'

export interface Difference {
  /** `properties.desired.interval`; empty: the whole. */
  readonly path: string
  readonly kind: 'added' | 'removed' | 'changed'
  readonly before?: Json
  readonly after?: Json
}

export function differencesOf(before: Json | undefined, after: Json | undefined, path = ''): readonly Difference[] {
  if (same(before, after)) return []
  if (isBranch(before) || isBranch(after)) {
    const [was, is] = [membersOf(before), membersOf(after)]
    const names = [...new Set([...Object.keys(was), ...Object.keys(is)])]
    return names.flatMap((name) => differencesOf(was[name], is[name], path === '' ? name : `${path}.${name}`))
  }
  const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed'
  return [{ path, kind, before, after }]
}

/** What is empty, or a list, is told whole. */
const isBranch = (value: Json | undefined): value is JsonObject => isObject(value) && Object.keys(value).length > 0
const membersOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {})

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function same(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, index) => same(one, b[index]))
  if (!isObject(a) || !isObject(b)) return false
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...names].every((name) => same(a[name], b[name]))
}

/** The log has a fingerprint in the place of each secret. */
export const isSecret = (value: Json | undefined): boolean =>
  typeof value === 'string' && /^secret:[0-9a-f]{8}$/.test(value)

/** Fingerprints within a longer text say nothing to a reader. */
export const masked = (text: string): string => text.replace(/secret:[0-9a-f]{8}(?![0-9a-f])/g, '••••••')

/** A value on one line, as JSON where it is more than a word. */
export const textOf = (value: Json | undefined): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)
