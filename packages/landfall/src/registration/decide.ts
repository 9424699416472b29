/**
 * What is to be done about a request. Values in, a value out that carries its reasons: registering, explaining and
 * rehearsing are this one function.
 */
import type { Enrollment } from '../enrollment/enrollment.ts'
import type { Fault } from '../fault.ts'
import { type DeviceId, printable } from '../ids.ts'
import { admit } from './admit.ts'
import { allocate } from './allocate/allocate.ts'
import type { TrailStep } from './attempt.ts'
import type { Admitted, Challenged, Refused, Rules } from './attest/attested.ts'
import type { Facts } from './facts.ts'
import { type Reprovision, reprovision, staysWhereItIs } from './reprovision.ts'
import type { RegistrationRequest } from './request.ts'
import { tellShown } from './shown.ts'
import { makeTrail, type Trail } from './trail.ts'

interface Told {
  readonly trail: readonly TrailStep[]
}

export type Decision =
  | ({ readonly kind: 'refuse' } & Refused & Told)
  /** Let in, but not to be assigned: recorded under this status (contract/semantics 12.4, 15.3). */
  | ({ readonly kind: 'record'; readonly status: 'disabled' | 'failed'; readonly fault: Fault } & Settled)
  | ({ readonly kind: 'assign'; readonly plan: Reprovision } & Settled)
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
  return { ...told, kind: 'assign', plan: placed.plan }
}

export type Placement = { readonly plan: Reprovision } | { readonly fault: Fault }

/** Which hub, and how it gets there (contract/semantics 8, 11). */
export function placeOf(
  { apiVersion }: Pick<RegistrationRequest, 'apiVersion'>,
  facts: Facts,
  enrollment: Enrollment,
  { options }: Pick<Rules, 'options'>,
  trail: Trail,
): Placement {
  const question = {
    policy: enrollment.reprovisionPolicy,
    apiVersion,
    previous: facts.registration?.lastAssignment,
    deviceId: deviceIdOf(enrollment, facts),
    isLinked: (hub: string) => facts.hubs.some(({ name }) => name === hub),
    resetOnSameHub: options.resetOnSameHub,
  }
  const defaultPolicy = facts.settings.allocationPolicy
  const allocation =
    staysWhereItIs(question) ?? allocate({ key: facts.key, enrollment, hubs: facts.hubs, defaultPolicy })
  if ('fault' in allocation) {
    const fault = { ...allocation.fault, facts: { ...allocation.fault.facts, id: facts.id } }
    trail.stopped('allocation', fault)
    return { fault }
  }
  trail.found('allocation', allocation.says)
  const plan = reprovision(question, allocation.hub)
  trail.found('reprovisioning', plan.says)
  return { plan }
}

// contract/semantics 1.2, 1.8: a group cannot name a device id; it is the registration id as first registered
function deviceIdOf(enrollment: Enrollment, { id, registration }: Facts): DeviceId {
  if (enrollment.kind === 'individual') return enrollment.deviceId ?? (enrollment.registrationId as string as DeviceId)
  return (registration?.registrationId ?? id) as string as DeviceId
}
