/**
 * What is to be done about a request. Values in, a value out that carries its reasons: registering, explaining and
 * rehearsing are this one function.
 */
import type { Enrollment } from '../enrollment/enrollment.ts'
import type { Fault } from '../fault.ts'
import { type DeviceId, type HubName, printable } from '../ids.ts'
import { admit } from './admit.ts'
import { type Allocation, allocate, offer, policyOf } from './allocate/allocate.ts'
import { questionOf } from './allocate/question.ts'
import type { TrailStep } from './attempt.ts'
import type { Admitted, Challenged, Refused, Rules } from './attest/attested.ts'
import type { Facts } from './facts.ts'
import { type Placing, type Reprovision, reprovision, staysWhereItIs } from './reprovision.ts'
import type { RegistrationRequest } from './request.ts'
import { tellShown } from './shown.ts'
import { makeTrail, type Trail } from './trail.ts'
import type { WebhookQuestion } from './webhook.ts'

interface Told {
  readonly trail: readonly TrailStep[]
}

export type Decision =
  | ({ readonly kind: 'refuse' } & Refused & Told)
  /** Let in, but not to be assigned: recorded under this status (contract/semantics 12.4, 15.3). */
  | ({ readonly kind: 'record'; readonly status: 'disabled' | 'failed'; readonly fault: Fault } & Settled)
  | ({ readonly kind: 'assign'; readonly plan: Reprovision } & Settled)
  /** A webhook chooses the hub (contract/semantics 9). */
  | ({ readonly kind: 'ask'; readonly question: WebhookQuestion; readonly placing: Placing } & Settled)
  /** Nothing is written: it comes again with its proof. */
  | ({ readonly kind: 'challenge'; readonly facts: Facts } & Challenged & Told)

/** `facts` are what it rests on: what is written expects that they still hold. */
type Settled = Admitted & Told & { readonly facts: Facts }

export function decide(request: RegistrationRequest, facts: Facts | { readonly fault: Fault }, rules: Rules): Decision {
  const trail = makeTrail()
  if ('fault' in facts) return refuse(facts, trail, 'request')
  const differs = judgeBody(request, facts)
  if (differs) return refuse({ fault: differs }, trail, 'request')
  trail.found(
    'request',
    `The device "${facts.id}" asks to be registered over ${request.transport}, with ${tellShown(facts.shown)}.`,
  )
  const admission = admit(request, facts, rules, trail)
  if (admission.kind === 'refused') return refuse(admission, trail, stepOf(admission))
  if (admission.kind === 'challenged') {
    trail.found('attestation', 'It is sent a key that only its TPM can open, to sign with.')
    return { ...admission, kind: 'challenge', facts, trail: trail.steps }
  }
  if (admission.kind === 'disabled') {
    trail.stopped('enrollment', admission.fault)
    return { ...admission, kind: 'record', status: 'disabled', facts, trail: trail.steps }
  }
  return place(request, facts, admission, rules, trail)
}

function refuse(refused: Refused, trail: Trail, step: TrailStep['step']): Decision {
  trail.stopped(step, refused.fault)
  return { ...refused, kind: 'refuse', trail: trail.steps }
}

const stepOf = ({ enrollment }: Refused): TrailStep['step'] => (enrollment ? 'attestation' : 'enrollment')

// contract/semantics 4.15
export function judgeBody({ bodyRegistrationId }: RegistrationRequest, { id, key }: Facts): Fault | undefined {
  if (bodyRegistrationId === undefined || bodyRegistrationId.toLowerCase() === key) return
  return { reason: 'body_id_differs', facts: { id, bodyId: printable(bodyRegistrationId) } }
}

function place(request: RegistrationRequest, facts: Facts, admitted: Admitted, rules: Rules, trail: Trail): Decision {
  const placed = placeOf(request, facts, admitted.enrollment, rules, trail)
  const told = { ...admitted, facts, trail: trail.steps }
  if ('fault' in placed) return { ...told, kind: 'record', status: 'failed', fault: placed.fault }
  if ('plan' in placed) return { ...told, kind: 'assign', plan: placed.plan }
  const question = questionOf(request, facts, admitted, placed.offered)
  return { ...told, kind: 'ask', question, placing: placed.placing }
}

export type Placement =
  | { readonly plan: Reprovision }
  | { readonly offered: readonly HubName[]; readonly placing: Placing }
  | { readonly fault: Fault }

/** Which hub, and how it gets there (contract/semantics 8, 11). */
export function placeOf(
  { apiVersion }: Pick<RegistrationRequest, 'apiVersion'>,
  facts: Facts,
  enrollment: Enrollment,
  { options }: Pick<Rules, 'options'>,
  trail: Trail,
): Placement {
  const placing = {
    policy: enrollment.reprovisionPolicy,
    apiVersion,
    previous: facts.registration?.lastAssignment,
    deviceId: deviceIdOf(enrollment, facts),
  }
  const isLinked = (hub: HubName) => facts.hubs.some(({ name }) => name === hub)
  const allocation = allocationOf({ ...placing, isLinked }, facts, enrollment)
  if ('fault' in allocation) {
    const fault = { ...allocation.fault, facts: { ...allocation.fault.facts, id: facts.id } }
    trail.stopped('allocation', fault)
    return { fault }
  }
  trail.found('allocation', allocation.says)
  if ('offered' in allocation) return { offered: allocation.offered, placing }
  const plan = reprovision({ ...placing, isLinked, resetOnSameHub: options.resetOnSameHub }, allocation.hub)
  trail.found('reprovisioning', plan.says)
  return { plan }
}

/** A webhook is asked about a device that never moves as well, but has one hub to choose (contract/semantics 9.4). */
function allocationOf(
  placing: Parameters<typeof staysWhereItIs>[0],
  { key, hubs, settings }: Facts,
  enrollment: Enrollment,
): Allocation {
  const question = { key, enrollment, hubs, defaultPolicy: settings.allocationPolicy }
  const stays = staysWhereItIs(placing)
  if (!stays) return allocate(question)
  return 'hub' in stays && policyOf(question) === 'custom' ? offer(enrollment, [stays.hub]) : stays
}

// contract/semantics 1.2, 1.8: a group cannot name a device id; it is the registration id as first registered
function deviceIdOf(enrollment: Enrollment, { id, registration }: Facts): DeviceId {
  if (enrollment.kind === 'individual') return enrollment.deviceId ?? (enrollment.registrationId as string as DeviceId)
  return (registration?.registrationId ?? id) as string as DeviceId
}
