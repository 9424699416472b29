/**
 * One piece of work on remote hubs or with a webhook, patiently: ask, write the record, remove what the device left
 * (contract/semantics 11.7).
 */
import { type Fault, ProvisioningError } from '../fault.ts'
import type { Change, Store } from '../store/store.ts'
import type { Clock, Random, Timers } from '../system.ts'
import { askWebhook } from './ask-webhook.ts'
import type { TrailStep } from './attempt.ts'
import { assignedBy, tryHubWork } from './carry-out.ts'
import type { Hubs } from './hub.ts'
import { type HubResult, type HubWork, type Identity, openLinks, reachOut } from './hub-work.ts'
import { type AskWork, type AssignWork, assigningAfter, readWork, removalAfter } from './operation.ts'
import type { RegistrationOptions } from './options.ts'
import { Closing, commitPatiently, patiently, type Waiting } from './patience.ts'
import type { Operation, Registration } from './record.ts'
import { isConflict, mostTries } from './store-failures.ts'
import type { Webhooks } from './webhook.ts'
import { expectOf, type RecordResult, recordOf } from './write-record.ts'

export interface EngineLog {
  error(facts: object, message: string): void
}

export interface OperationParts {
  readonly store: Store
  readonly hubs: Hubs
  readonly webhooks: Webhooks
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
  readonly options: RegistrationOptions
  readonly log: EngineLog
}

export interface Finished {
  readonly registration: Registration
  /** Why it failed. */
  readonly fault?: Fault
  /** What came of asking a webhook. */
  readonly steps?: readonly TrailStep[]
}

/** `done`: the record is final. `removed`: nothing is left to do at all. */
export function runOperation(operation: Operation, engine: OperationParts, closing: AbortSignal) {
  const parts: Parts = { ...engine, closing }
  const quietly = (error: unknown) => {
    if (error instanceof Closing) return undefined
    parts.log.error(
      { err: error, operationId: operation.id },
      'work on a remote hub or with a webhook broke off; the next start goes on with it',
    )
    return undefined
  }
  const work = readWork(operation)
  const written = work.stage === 'remove' ? Promise.resolve({ left: work.left }) : write(operation, work, parts)
  const settled = written.catch(quietly)
  return {
    authentication: work.stage === 'remove' ? undefined : hubWorkOf(work).authentication,
    done: settled.then((result) => (result && 'registration' in result ? result : undefined)),
    removed: settled.then((result) => result?.left && remove(operation, result.left, parts).catch(quietly)),
  }
}

const hubWorkOf = (work: AskWork | AssignWork) => (work.stage === 'ask' ? work.asking.hubWork : work.hubWork)

interface Assigned extends Finished {
  readonly left: Identity | undefined
}

interface Parts extends OperationParts, Waiting {}

async function write(operation: Operation, work: AskWork | AssignWork, parts: Parts): Promise<Assigned> {
  if (work.stage === 'assign') return assign(operation, work, parts)
  const asked = await askWebhook(operation, work, parts)
  if ('fault' in asked) {
    const refusal = refusedBy(new ProvisioningError(asked.fault.reason, asked.fault.facts))
    return { ...(await commitResult(operation, work, async () => refusal, parts)), steps: asked.steps }
  }
  // on disk before a remote hub is told: asked again after a crash, the webhook may choose another
  const links = await openLinks(asked.work.hubWork.plan, parts.hubs)
  if (reachOut(links)) {
    await commitPatiently([{ put: 'operation', value: assigningAfter(operation, asked.work) }], parts.store, parts)
  }
  return { ...(await assign(operation, asked.work, parts)), steps: asked.steps }
}

function assign(operation: Operation, work: AssignWork, parts: Parts): Promise<Assigned> {
  const { hubWork, payload } = work
  const bring = async () => {
    const result = await ask(hubWork, operation, parts)
    if (result instanceof ProvisioningError) return refusedBy(result)
    return { result, recorded: assignedBy(hubWork.plan, result, operation.startedAt, payload) }
  }
  return commitResult(operation, work, bring, parts)
}

interface Brought {
  readonly result: HubResult | ProvisioningError
  readonly recorded: RecordResult
}

const refusedBy = (refusal: ProvisioningError): Brought => ({
  result: refusal,
  recorded: { status: 'failed', fault: faultOf(refusal) },
})

/** Where others were faster to write the record, all of it is done once more. */
async function commitResult(
  operation: Operation,
  work: AskWork | AssignWork,
  bring: () => Promise<Brought>,
  parts: Parts,
): Promise<Assigned> {
  for (let tries = 1; ; tries++) {
    const { result, recorded } = await bring()
    const registration = await nextRecord(operation, work, recorded, parts)
    const ending =
      result instanceof ProvisioningError ? { fault: faultOf(result), left: undefined } : { left: result.left }
    try {
      await commitPatiently(changesFor(operation, registration, result), parts.store, parts)
      return { registration: registration.next, ...ending }
    } catch (error) {
      if (!isConflict(error) || tries === mostTries) throw error
    }
  }
}

interface Successor {
  readonly before: Registration | undefined
  readonly next: Registration
}

async function nextRecord(
  { id: operationId, key, startedAt: at }: Operation,
  { id, entrance }: AskWork | AssignWork,
  recorded: RecordResult,
  { store, clock, random, options }: OperationParts,
): Promise<Successor> {
  const before = await store.registration(key)
  const facts = { id, key, registration: before }
  const next = recordOf({ facts, entrance, operationId, at, random, options }, recorded)
  return { before, next: { ...next, updatedAt: clock.now() } }
}

const faultOf = ({ reason, facts }: ProvisioningError): Fault => ({ reason, facts })

function changesFor(
  operation: Operation,
  { before, next }: Successor,
  result: HubResult | ProvisioningError,
): readonly Change[] {
  const record: Change = { put: 'registration', value: next, expect: expectOf(before) }
  if (result instanceof ProvisioningError) return [record, { delete: 'operation', id: operation.id }]
  const rest: Change = result.left
    ? { put: 'operation', value: removalAfter(operation, result.left) }
    : { delete: 'operation', id: operation.id }
  return [record, ...result.changes, rest]
}

/** A hub that says no is not asked again. */
function ask(work: HubWork, { startedAt }: Operation, parts: Parts): Promise<HubResult | ProvisioningError> {
  const tryOnce = async () => tryHubWork(work, await openLinks(work.plan, parts.hubs))
  return patiently(tryOnce, ({ reason }) => reason === 'hub_unreachable', startedAt, parts)
}

// contract/semantics 11.7: last of all; an old hub that stays away keeps its identity
async function remove(operation: Operation, left: Identity, parts: Parts): Promise<void> {
  const removed = await patiently(
    () => tryRemoving(left, parts.hubs),
    () => true,
    parts.clock.now(),
    parts,
  )
  const changes = removed instanceof ProvisioningError ? [] : removed
  await commitPatiently([...changes, { delete: 'operation', id: operation.id }], parts.store, parts)
}

async function tryRemoving({ hub, deviceId }: Identity, hubs: Hubs): Promise<readonly Change[] | ProvisioningError> {
  try {
    return (await (await hubs.open(hub))?.remove(deviceId))?.changes ?? []
  } catch (error) {
    if (error instanceof ProvisioningError) return error
    throw error
  }
}
