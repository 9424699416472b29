/** The settings are one document; the log tells of the policy, the hub, the token in it that changed. */
import { isDeepStrictEqual } from 'node:util'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import type { Settings } from '../store/settings.ts'
import type { AuditTarget } from './entry.ts'
import type { Told } from './things.ts'
import { plain } from './views.ts'

interface Part {
  readonly target: AuditTarget
  readonly view: JsonObject
}

/** Lists of things that have an id or a name of their own. */
const lists = { policies: 'policy', hubs: 'hub', tokens: 'token' } as const

/** Each part once, by a key of its own. What is neither in a list nor the allocation policy is the instance's. */
function partsOf(settings: Settings | undefined): ReadonlyMap<string, Part> {
  if (!settings) return new Map()
  const { etag: _, allocationPolicy, policies, hubs, tokens, ...own } = plain(settings)
  const id = settings.serviceName
  return new Map([
    ['instance', { target: { kind: 'instance', id }, view: own }],
    ['allocation policy', { target: { kind: 'allocationPolicy', id }, view: { allocationPolicy } }],
    ...membersOf({ policies, hubs, tokens }),
  ])
}

function membersOf(
  found: Readonly<Record<keyof typeof lists, Json | undefined>>,
): readonly (readonly [string, Part])[] {
  const names = Object.keys(lists) as (keyof typeof lists)[]
  return names.flatMap((name) => {
    const list = found[name]
    if (!Array.isArray(list)) return []
    return list.filter(isJsonObject).map((view): readonly [string, Part] => {
      const { id, name: called } = view
      const key = `${name} ${String(id ?? called).toLowerCase()}`
      return [key, { target: { kind: lists[name], id: String(called ?? id) }, view }]
    })
  })
}

export function changedParts(before: Settings | undefined, after: Settings | undefined): readonly Told[] {
  const [were, are] = [partsOf(before), partsOf(after)]
  return [...new Set([...were.keys(), ...are.keys()])].flatMap((key) => {
    const [was, is] = [were.get(key), are.get(key)]
    const target = (is ?? was)?.target
    if (!target || isDeepStrictEqual(was?.view, is?.view)) return []
    return [
      {
        target,
        ...(target.kind === 'instance'
          ? membersThatDiffer(was?.view, is?.view)
          : { before: was?.view, after: is?.view }),
      },
    ]
  })
}

/** The instance has no end of members that have nothing to do with each other. */
function membersThatDiffer(before: JsonObject | undefined, after: JsonObject | undefined): Omit<Told, 'target'> {
  if (!before || !after) return { before, after }
  const only = (side: JsonObject) =>
    Object.fromEntries(Object.entries(side).filter(([name]) => !isDeepStrictEqual(before[name], after[name])))
  return { before: only(before), after: only(after) }
}
