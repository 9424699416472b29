/** The registration engine: what it is made of, and what may be asked of it. */
import type { EnrollmentGroup } from '../enrollment/enrollment.ts'
import type { Store } from '../store/store.ts'
import type { Clock, Random, Timers } from '../system.ts'
import type { Attempt } from './attempt.ts'
import type { Rules } from './attest/attested.ts'
import { makeProvenPaths } from './attest/proven-paths.ts'
import { makeDerivedKeys } from './attest/symmetric-key.ts'
import type { Hubs } from './hub.ts'
import { OneAtATime } from './one-at-a-time.ts'
import { makeOperations, type Operations } from './operations.ts'
import type { RegistrationOptions } from './options.ts'
import { type Outcome, refused } from './outcome.ts'
import { register } from './register.ts'
import { type Rehearsal, type RehearsalOrder, rehearse } from './rehearse/rehearse.ts'
import { remember } from './remember.ts'
import type { DeviceApi } from './request.ts'
import type { EngineLog } from './run-operation.ts'
import { type Leaves, makeLeaves } from './shown.ts'
import { lookUp, operationStatus, precheck, prove } from './status.ts'
import type { Webhooks } from './webhook.ts'

export interface EngineParts {
  readonly store: Store
  readonly hubs: Hubs
  readonly webhooks: Webhooks
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
  readonly options: RegistrationOptions
  /** Every attempt as it is remembered; one that ends at a remote hub or a webhook after its answer comes twice. */
  readonly onAttempt: (attempt: Attempt) => void
  readonly log: EngineLog
}

export interface Engine extends Rules, EngineParts {
  readonly turns: OneAtATime<string, Outcome>
  readonly operations: Operations
  readonly leaves: Leaves
  /** For the group of a key, where it must be looked for among all. */
  readonly searches: OneAtATime<'groups', readonly EnrollmentGroup[]>
}

export interface RegistrationEngine extends DeviceApi {
  /** What would be done about a device, and why, rule by rule; nothing is written. */
  rehearse(order: RehearsalOrder): Promise<Rehearsal>
  /** Goes on with what was under way to remote hubs and webhooks when the service ended. */
  resumePending(): Promise<void>
  close(): Promise<void>
}

export function makeEngine(parts: EngineParts): RegistrationEngine {
  const engine: Engine = {
    ...parts,
    derivedKeys: makeDerivedKeys(),
    provenPaths: makeProvenPaths(),
    leaves: makeLeaves(),
    turns: new OneAtATime(),
    searches: new OneAtATime(),
    operations: makeOperations(parts),
  }
  return {
    register: (request) => register(request, engine),
    operationStatus: (request) => operationStatus(request, engine),
    lookUp: (request) => lookUp(request, engine),
    precheck: (request) => precheck(request, engine),
    prove: (request) => prove(request, engine),
    noteUnread: (request, { reason, facts }) => remember(request, refused({ reason, facts }), engine),
    rehearse: (order) => rehearse(order, engine),
    resumePending: () => engine.operations.resumePending(),
    close: () => engine.operations.close(),
  }
}
