/** One piece of work on remote hubs, patiently: ask, write the record, remove what the device left (contract/semantics 11.7). */
import { type Fault, ProvisioningError } from '../fault.ts'
import type { Change, Store } from '../store/store.ts'
import type { Clock, Random, Timers } from '../system.ts'
import { assignedBy, tryHubWork } from './carry-out.ts'
import type { Hubs } from './hub.ts'
import { type HubResult, type HubWork, type Identity, openLinks } from './hub-work.ts'
import { readWork, removalAfter, type Work } from './operation.ts'
import type { RegistrationOptions } from './options.ts'
import { Closing, commitPatiently, patiently, type Waiting } from './patience.ts'
import type { Operation, Registration } from './record.ts'
import { isConflict, mostTries } from './store-failures.ts'
import { expectOf, recordOf } from './write-record.ts'

export interface EngineLog {
  error(facts: object, message: string): void
}

export interface OperationParts {
  readonly store: Store
  readonly hubs: Hubs
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
}

/** `done`: the record is final. `removed`: nothing is left to do at all. */
export function runOperation(operation: Operation, engine: OperationParts, closing: AbortSignal) {
  const parts: Parts = { ...engine, closing }
  const quietly = (error: unknown) => {
    if (error instanceof Closing) return undefined
    parts.log.error(
      { err: error, operationId: operation.id },
      'work on a remote hub broke off; the next start goes on with it',
    )
    return undefined
  }
  const work = readWork(operation)
  const written = work.stage === 'assign' ? assign(operation, work, parts) : Promise.resolve({ left: work.left })
  const settled = written.catch(quietly)
  return {
    authentication: work.stage === 'assign' ? work.hubWork.authentication : undefined,
    done: settled.then((result) => (result && 'registration' in result ? result : undefined)),
    removed: settled.then((result) => result?.left && remove(operation, result.left, parts).catch(quietly)),
  }
}

type AssignWork = Extract<Work, { stage: 'assign' }>

interface Assigned extends Finished {
  readonly left: Identity | undefined
}

interface Parts extends OperationParts, Waiting {}

async function assign(operation: Operation, work: AssignWork, parts: Parts): Promise<Assigned> {
  for (let tries = 1; ; tries++) {
    const result = await ask(work.hubWork, operation, parts)
    const registration = await nextRecord(operation, work, result, parts)
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
  operation: Operation,
  { id, entrance, hubWork }: AssignWork,
  result: HubResult | ProvisioningError,
  { store, clock, random, options }: OperationParts,
): Promise<Successor> {
  const before = await store.registration(operation.key)
  const at = operation.startedAt
  const facts = { id, key: operation.key, registration: before }
  const order = { facts, entrance, operationId: operation.id, at, random, options }
  const next = recordOf(
    order,
    result instanceof ProvisioningError
      ? { status: 'failed', fault: faultOf(result) }
      : assignedBy(hubWork.plan, result, at),
  )
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
