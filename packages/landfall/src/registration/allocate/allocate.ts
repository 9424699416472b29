/** Which hub a device belongs on (contract/semantics 8). */
import { type AllocationPolicy, type Enrollment, idOf } from '../../enrollment/enrollment.ts'
import type { Fault } from '../../fault.ts'
import type { HubName, RegistrationKey } from '../../ids.ts'
import type { LinkedHub } from '../hub.ts'
import { chooseGeoLatency } from './geo-latency.ts'
import { type Candidate, chooseHashed } from './hashed.ts'
import { maskedUrl } from './question.ts'
import { chooseStatic } from './static.ts'

export interface AllocationQuestion {
  readonly key: RegistrationKey
  readonly enrollment: Enrollment
  readonly hubs: readonly LinkedHub[]
  /** The instance's, where the enrollment has none. */
  readonly defaultPolicy: AllocationPolicy
}

export interface Offer {
  readonly offered: readonly HubName[]
  readonly says: string
}

export type Allocation =
  | { readonly hub: HubName; readonly says: string }
  /** A webhook chooses among them (contract/semantics 9). */
  | Offer
  /** Let in, but there is no hub for it: recorded as failed. */
  | { readonly fault: Fault }

export function allocate(question: AllocationQuestion): Allocation {
  const policy = policyOf(question)
  if (policy === 'custom') return offerCandidates(question)
  return policy === 'static' ? allocateStatic(question) : allocateAmongCandidates(question, policy)
}

// contract/semantics 9.4; what is excluded from allocation is not offered, and what is listed but not linked can be chosen,
// and is then told by name (8.11)
function offerCandidates({ enrollment, hubs }: AllocationQuestion): Allocation {
  if (hubs.length === 0) return noHub(noneLinked)
  const names = candidatesOf(enrollment, hubs).map(({ name }) => name)
  return names.length === 0 ? noHub(allExcluded) : offer(enrollment, names)
}

/** Also where there is nothing to choose: its payload is for the device (contract/semantics 11.4 e). */
export function offer({ customAllocationDefinition: custom }: Enrollment, offered: readonly HubName[]): Allocation {
  if (!custom) return failed('Custom allocation failed: the enrollment names no webhook.')
  const url = maskedUrl(custom.webhookUrl)
  return { offered, says: `Custom allocation: the webhook "${url}" chooses among ${offered.join(', ')}.` }
}

const failed = (message: string): Allocation => ({ fault: { reason: 'custom_allocation_failed', facts: { message } } })

// contract/semantics 8.1; 8.7: the older field beats the instance's policy, but none of the enrollment's own
export function policyOf({
  enrollment,
  defaultPolicy,
}: Pick<AllocationQuestion, 'enrollment' | 'defaultPolicy'>): AllocationPolicy {
  return enrollment.allocationPolicy ?? (enrollment.iotHubHostName ? 'static' : defaultPolicy)
}

function allocateStatic({ enrollment, hubs }: AllocationQuestion): Allocation {
  const hub = chooseStatic(enrollment, hubs)
  if (!hub)
    return noHub(`allocation is static, and the enrollment "${idOf(enrollment)}" names none. Name one in its iotHubs.`)
  if (!hubs.some(({ name }) => name === hub)) return notLinked(hub, 'the enrollment names it')
  const named = enrollment.iotHubs?.length || enrollment.iotHubHostName
  return { hub, says: `Static allocation: "${hub}", ${named ? 'which the enrollment names' : 'the only candidate'}.` }
}

function allocateAmongCandidates(question: AllocationQuestion, policy: 'hashed' | 'geoLatency'): Allocation {
  const { key, enrollment, hubs } = question
  if (hubs.length === 0) return noHub(noneLinked)
  const candidates = candidatesOf(enrollment, hubs)
  const chosen =
    policy === 'hashed' ? { hub: chooseHashed(key, candidates), says: '' } : chooseGeoLatency(key, candidates)
  if (!chosen.hub) return noHub(allExcluded)
  const { name } = chosen.hub
  // contract/semantics 8.11: another hub is not silently taken instead
  if (!hubs.some((hub) => hub.name === name)) return notLinked(name, 'the enrollment lists it')
  const among = candidates.length === 1 ? 'the only candidate' : `among ${candidates.length} candidates, by weight`
  return {
    hub: name,
    says: `${policy === 'hashed' ? 'Hashed' : 'Geo-latency'} allocation: "${name}", ${among}. ${chosen.says}`.trim(),
  }
}

// contract/semantics 8.2; a listed hub that is no longer linked keeps its place, or all devices would move
function candidatesOf(enrollment: Enrollment, hubs: readonly LinkedHub[]): readonly Candidate[] {
  const listed = enrollment.iotHubs?.length ? enrollment.iotHubs : undefined
  if (!listed) return hubs.filter((hub) => hub.applyAllocationPolicy)
  const linked = new Map(hubs.map((hub) => [hub.name, hub]))
  return listed
    .filter((name) => linked.get(name)?.applyAllocationPolicy ?? true)
    .map((name) => ({ name, weight: linked.get(name)?.weight ?? 1 }))
}

const noneLinked = 'none is linked to this service. Link one: landfall hub link NAME.'
const allExcluded =
  'all that it may use are excluded from allocation. Include one: landfall hub update NAME --apply-allocation-policy true.'
const noHub = (why: string): Allocation => ({ fault: { reason: 'no_hub', facts: { why } } })
const notLinked = (hub: HubName, because: string): Allocation => ({
  fault: { reason: 'hub_not_linked', facts: { hub, because } },
})
