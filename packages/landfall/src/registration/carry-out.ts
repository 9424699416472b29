/** From a decision to what is to be written. An embedded hub takes part in the same durable write; a remote one comes after. */
import { ProvisioningError, sentenceOf } from '../fault.ts'
import { makeOperationId } from '../ids.ts'
import type { Clock, Instant, Random } from '../system.ts'
import { makeChallenge } from './attest/tpm-challenge.ts'
import type { Decision } from './decide.ts'
import type { Hubs } from './hub.ts'
import { doHubWork, type HubResult, type HubWork, type Links, openLinks, reachOut } from './hub-work.ts'
import { operationFor } from './operation.ts'
import type { RegistrationOptions } from './options.ts'
import { type ChallengedOutcome, type Outcome, refused, type WrittenDecision, type WrittenOutcome } from './outcome.ts'
import type { Reprovision } from './reprovision.ts'
import type { RegistrationRequest } from './request.ts'
import { entranceOf, expectOf, type RecordOrder, type RecordResult, recordedTpm, recordOf } from './write-record.ts'

interface Means {
  readonly hubs: Hubs
  readonly clock: Clock
  readonly random: Random
  readonly options: RegistrationOptions
}

type Assign = Extract<Decision, { kind: 'assign' }>
type Challenge = Extract<Decision, { kind: 'challenge' }>

export async function carryOut(decision: Decision, { at }: RegistrationRequest, means: Means): Promise<Outcome> {
  if (decision.kind === 'refuse') return refused(decision.fault, decision)
  const { facts } = decision
  if (decision.kind === 'challenge') return challenged(decision, at, means.random)
  const order = { facts, entrance: entranceOf(decision), operationId: makeOperationId(means.random), at, ...means }
  if (decision.kind === 'record') return written(decision, order, { status: decision.status, fault: decision.fault })
  const work = workOf(decision, at)
  const links = await openLinks(decision.plan, means.hubs, facts.settings)
  return reachOut(links) ? begun(decision, order, work) : finished(decision, order, work, links)
}

export function challenged(decision: Challenge, at: Instant, random: Random): ChallengedOutcome {
  const { tpm, facts } = decision
  const authenticationKey = makeChallenge({ ...tpm, settings: facts.settings, key: facts.key, at }, random)
  return { kind: 'challenged', decision, authenticationKey, changes: [], steps: [] }
}

function workOf(decision: Assign, at: number): HubWork {
  const { plan, enrollment } = decision
  const { capabilities, initialTwin } = enrollment
  const authentication = hasItsKeys(decision) ? ({ type: 'sas' } as const) : decision.authentication
  return { plan, authentication, iotEdge: capabilities?.iotEdge, initialTwin, at }
}

// contract/device-api-amqp-tpm 10.4: the same TPM, still where it was, goes on with the key of its hub; whoever knew the
// keys of another time, or of another TPM, does not
function hasItsKeys(decision: Assign): boolean {
  const { plan, facts } = decision
  const before = facts.registration
  const tpm = recordedTpm(decision)
  const isSame = tpm !== undefined && before?.tpm?.endorsementKeySha256 === tpm.endorsementKeySha256
  return isSame && plan.kind === 'stay' && before?.status === 'assigned'
}

async function finished(decision: Assign, order: RecordOrder, work: HubWork, links: Links): Promise<Outcome> {
  const result = await tryHubWork(work, links)
  if (result instanceof ProvisioningError) {
    return written(decision, order, { status: 'failed', fault: { reason: result.reason, facts: result.facts } })
  }
  const outcome = written(decision, order, assignedBy(decision.plan, result, order.at))
  return { ...outcome, changes: [...outcome.changes, ...result.changes] }
}

/** A hub that says no is a result; anything else that goes wrong is not the device's business. */
export async function tryHubWork(work: HubWork, links: Links): Promise<HubResult | ProvisioningError> {
  try {
    return await doHubWork(work, links)
  } catch (error) {
    if (error instanceof ProvisioningError) return error
    throw error
  }
}

export function assignedBy({ hub, deviceId }: Reprovision, { substatus }: HubResult, at: number) {
  return { status: 'assigned', assignment: { hub, deviceId, substatus, at } } as const
}

/** The operation is on disk before the hub is asked, and the record says `assigning` meanwhile (contract/semantics 19.10). */
function begun(decision: Assign, order: RecordOrder, work: HubWork): Outcome {
  const outcome = written(decision, order, { status: 'assigning' })
  const operation = operationFor(order, work)
  return {
    ...outcome,
    kind: 'assigning',
    operation,
    changes: [...outcome.changes, { put: 'operation', value: operation }],
  }
}

function written(decision: WrittenDecision, order: RecordOrder, result: RecordResult): WrittenOutcome {
  const registration = recordOf(order, result)
  const common = {
    decision,
    operationId: order.operationId,
    registration,
    changes: [{ put: 'registration', value: registration, expect: expectOf(order.facts.registration) }],
  } as const
  if (result.status === 'assigned') {
    const { hub, deviceId, substatus } = result.assignment
    const says = `The device "${deviceId}" is on the hub "${hub}" (${substatus}).`
    return { ...common, kind: 'assigned', steps: [{ step: 'hub', ok: true, says }] }
  }
  if (result.status === 'assigning') {
    return { ...common, kind: 'assigning', steps: [{ step: 'hub', ok: true, says: 'The hub is being asked.' }] }
  }
  const { status, fault } = result
  const says = sentenceOf(fault.reason, fault.facts)
  const told = decision.kind === 'assign' ? [{ step: 'hub', ok: false, says, reason: fault.reason } as const] : []
  return { ...common, kind: status, fault, steps: told }
}
