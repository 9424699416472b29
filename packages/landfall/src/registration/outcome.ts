/** What came of a request: the changes to be written, and what is told afterwards. */
import { type Fault, ProvisioningError } from '../fault.ts'
import { isRegistrationId, type OperationId } from '../ids.ts'
import type { Change } from '../store/store.ts'
import type { TrailStep } from './attempt.ts'
import type { Decision } from './decide.ts'
import type { Operation, Registration } from './record.ts'
import type { Answer, Challenge } from './request.ts'

/** One that a record follows from. */
export type WrittenDecision = Extract<Decision, { kind: 'record' | 'assign' | 'ask' }>

interface Written {
  readonly decision: WrittenDecision
  readonly changes: readonly Change[]
  readonly operationId: OperationId
  readonly registration: Registration
  /** What was done beyond deciding. */
  readonly steps: readonly TrailStep[]
}

export interface RefusedOutcome {
  readonly kind: 'refused'
  /** Absent: it did not come to one. */
  readonly decision?: Decision
  readonly fault: Fault
  readonly changes: readonly []
  readonly steps: readonly TrailStep[]
}

/** The proof is still to come. */
export interface ChallengedOutcome {
  readonly kind: 'challenged'
  readonly decision: Extract<Decision, { kind: 'challenge' }>
  readonly authenticationKey: string
  readonly changes: readonly []
  readonly steps: readonly TrailStep[]
}

export type WrittenOutcome =
  /** `authenticationKey`: deliver-key.ts. */
  | ({ readonly kind: 'assigned'; readonly authenticationKey?: string } & Written)
  | ({ readonly kind: 'failed' | 'disabled'; readonly fault: Fault } & Written)
  /** On its way to a remote hub, or a webhook is asked. `operation` is to be begun once the changes are on disk. */
  | ({ readonly kind: 'assigning'; readonly operation?: Operation } & Written)

export type Outcome = RefusedOutcome | ChallengedOutcome | WrittenOutcome

export const refused = (fault: Fault, decision?: Decision): RefusedOutcome => ({
  kind: 'refused',
  fault,
  decision,
  changes: [],
  steps: [],
})

/** contract/device-api 8.4: the floor of most clients. */
export const retryAfterSeconds = 2

/** A refusal is thrown here, and only here. */
export function answerOf(outcome: Outcome, presented: string): Answer | Challenge {
  if (outcome.kind === 'refused') throw new ProvisioningError(outcome.fault.reason, outcome.fault.facts)
  if (outcome.kind === 'challenged') return { kind: 'challenge', authenticationKey: outcome.authenticationKey }
  const { kind, operationId } = outcome
  const registration = asPresented(outcome.registration, presented)
  if (kind === 'assigning') return { kind, operationId, registration, retryAfterSeconds }
  const authenticationKey = kind === 'assigned' ? outcome.authenticationKey : undefined
  return { kind, operationId, registration, ...(authenticationKey !== undefined && { authenticationKey }) }
}

/** Clients compare the id with their own, letter by letter (contract/semantics 1.2). */
export function asPresented(registration: Registration, presented: string): Registration {
  return isRegistrationId(presented) ? { ...registration, registrationId: presented } : registration
}

/** The answer to a poll: the record as it stands. */
export function answerFrom(record: Registration, operationId: OperationId, presented: string): Answer {
  const registration = asPresented(record, presented)
  const { status } = registration
  return status === 'assigning'
    ? { kind: status, operationId, registration, retryAfterSeconds }
    : { kind: status, operationId, registration }
}
