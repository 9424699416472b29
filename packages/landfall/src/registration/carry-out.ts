/**
 * From a decision to what is to be written. An embedded hub takes part in the same durable write; a remote one comes
 * after, and so does a webhook.
 */
import { ProvisioningError, sentenceOf } from '../fault.ts'
import { makeOperationId } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import type { Clock, Instant, Random } from '../system.ts'
import type { TrailStep } from './attempt.ts'
import { makeChallenge } from './attest/tpm-challenge.ts'
import type { Decision } from './decide.ts'
import type { Hubs } from './hub.ts'
import { doHubWork, type HubResult, type HubWork, type Links, openLinks, reachOut } from './hub-work.ts'
import { type Asking, askingOperation, operationFor } from './operation.ts'
import type { RegistrationOptions } from './options.ts'
import { type ChallengedOutcome, type Outcome, refused, type WrittenDecision, type WrittenOutcome } from './outcome.ts'
import type { Operation } from './record.ts'
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
type Ask = Extract<Decision, { kind: 'ask' }>
type Challenge = Extract<Decision, { kind: 'challenge' }>

export async function carryOut(decision: Decision, { at }: RegistrationRequest, means: Means): Promise<Outcome> {
  if (decision.kind === 'refuse') return refused(decision.fault, decision)
  const { facts } = decision
  if (decision.kind === 'challenge') return challenged(decision, at, means.random)
  const order = { facts, entrance: entranceOf(decision), operationId: makeOperationId(means.random), at, ...means }
  if (decision.kind === 'record') return written(decision, order, { status: decision.status, fault: decision.fault })
  if (decision.kind === 'ask') {
    return begun(decision, order, askingOperation(order, askingOf(decision, at)))
  }
  const work = workOf(decision, at)
  const links = await openLinks(decision.plan, means.hubs, facts.settings)
  return reachOut(links) ? begun(decision, order, operationFor(order, work)) : finished(decision, order, work, links)
}

export function challenged(decision: Challenge, at: Instant, random: Random): ChallengedOutcome {
  const { tpm, facts } = decision
  const authenticationKey = makeChallenge({ ...tpm, settings: facts.settings, key: facts.key, at }, random)
  return { kind: 'challenged', decision, authenticationKey, changes: [], steps: [] }
}

function workOf(decision: Assign, at: Instant): HubWork {
  const { plan } = decision
  return placed(unplacedWork(decision, at), plan)
}

const askingOf = (decision: Ask, at: Instant): Asking => ({
  question: decision.question,
  placing: decision.placing,
  ...unplacedWork(decision, at),
})

type Unplaced = Pick<Asking, 'hubWork' | 'hasItsKeys'>

function unplacedWork(decision: Assign | Ask, at: Instant): Unplaced {
  const { authentication, enrollment } = decision
  const { capabilities, initialTwin } = enrollment
  return {
    hubWork: { authentication, iotEdge: capabilities?.iotEdge, initialTwin, at },
    hasItsKeys: hasItsKeys(decision),
  }
}

export function placed({ hubWork, hasItsKeys }: Unplaced, plan: Reprovision): HubWork {
  const keepsKeys = hasItsKeys && plan.kind === 'stay'
  return { ...hubWork, plan, ...(keepsKeys && { authentication: { type: 'sas' } }) }
}

// contract/device-api-amqp-tpm 10.4: the same TPM, still where it was, goes on with the key of its hub; whoever knew the
// keys of another time, or of another TPM, does not
function hasItsKeys(decision: Assign | Ask): boolean {
  const before = decision.facts.registration
  const tpm = recordedTpm(decision)
  const isSame = tpm !== undefined && before?.tpm?.endorsementKeySha256 === tpm.endorsementKeySha256
  return isSame && before?.status === 'assigned'
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

export function assignedBy(
  { hub, deviceId }: Reprovision,
  { substatus }: HubResult,
  at: Instant,
  payload?: JsonObject,
) {
  return { status: 'assigned', assignment: { hub, deviceId, substatus, at }, payload } as const
}

/** The operation is on disk before anybody is asked, and the record says `assigning` meanwhile (contract/semantics 19.10). */
function begun(decision: Assign | Ask, order: RecordOrder, operation: Operation): Outcome {
  const outcome = written(decision, order, { status: 'assigning' })
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
    const beginning: TrailStep =
      decision.kind === 'ask'
        ? { step: 'allocation', ok: true, says: 'The webhook is being asked.' }
        : { step: 'hub', ok: true, says: 'The hub is being asked.' }
    return { ...common, kind: 'assigning', steps: [beginning] }
  }
  const { status, fault } = result
  const says = sentenceOf(fault.reason, fault.facts)
  const told = decision.kind === 'assign' ? [{ step: 'hub', ok: false, says, reason: fault.reason } as const] : []
  return { ...common, kind: status, fault, steps: told }
}
