/** What a change of hubs, weights or policy would move: every sampled device is allocated before and after it. */
import type { AllocationPolicy, Enrollment } from '../../enrollment/enrollment.ts'
import type { HubName } from '../../ids.ts'
import type { LinkedHub } from '../hub.ts'
import type { Registration } from '../record.ts'
import { staysWhereItIs } from '../reprovision.ts'
import { allocate } from './allocate.ts'

export interface Landscape {
  readonly hubs: readonly LinkedHub[]
  readonly defaultPolicy: AllocationPolicy
}

export interface Preview {
  readonly sampled: number
  readonly moved: number
  /** By name, with what finds no hub under none at all. */
  readonly byHub: ReadonlyMap<HubName | undefined, { readonly before: number; readonly after: number }>
}

export interface Tally {
  add(registration: Registration, enrollment: Enrollment): void
  result(): Preview
}

export function makeTally(before: Landscape, after: Landscape): Tally {
  const byHub = new Map<HubName | undefined, { before: number; after: number }>()
  for (const { name } of [...before.hubs, ...after.hubs]) byHub.set(name, { before: 0, after: 0 })
  let sampled = 0
  let moved = 0
  const count = (hub: HubName | undefined, when: 'before' | 'after') => {
    const counts = byHub.get(hub) ?? { before: 0, after: 0 }
    counts[when] += 1
    byHub.set(hub, counts)
  }
  return {
    add(registration, enrollment) {
      const [from, to] = [before, after].map((landscape) => placeIn(landscape, registration, enrollment))
      count(from, 'before')
      count(to, 'after')
      sampled += 1
      if (from !== to) moved += 1
    },
    result: () => ({ sampled, moved, byHub }),
  }
}

/** Where the device would be at its next registration; undefined: nowhere. */
function placeIn(
  { hubs, defaultPolicy }: Landscape,
  { key, lastAssignment: last }: Registration,
  enrollment: Enrollment,
): HubName | undefined {
  const stays = staysWhereItIs({
    policy: enrollment.reprovisionPolicy,
    apiVersion: undefined,
    previous: last,
    isLinked: (name) => hubs.some((hub) => hub.name === name),
  })
  const allocation = stays ?? allocate({ key, enrollment, hubs, defaultPolicy })
  if ('hub' in allocation) return allocation.hub
  // a webhook is not asked for a preview: the device counts as staying, if it can
  const previous = last?.hub
  return 'offered' in allocation && allocation.offered.some((hub) => hub === previous) ? previous : undefined
}
