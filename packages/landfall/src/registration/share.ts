/** Two registrations of one id at the same moment get one result (contract/semantics 19.6, contract/device-api 7.3). */
import { isDeepStrictEqual } from 'node:util'
import type { Decision } from './decide.ts'
import type { Outcome, WrittenDecision } from './outcome.ts'

/**
 * What came of the one ahead, if this one would do the same over again: it proved itself too, by the same enrollment
 * and credential, and the record is still the one that was written.
 */
export function shareWith(ahead: Outcome | undefined, decision: Decision): Outcome | undefined {
  if (!ahead || !('registration' in ahead) || ahead.kind === 'assigning') return
  if (decision.kind === 'refuse' || decision.kind === 'challenge' || decision.kind === 'ask') return
  if (decision.facts.registration?.etag !== ahead.registration.etag) return
  if (decision.kind === 'assign' && decision.plan.hub !== ahead.registration.assignedHub) return
  return isDeepStrictEqual(essenceOf(decision), essenceOf(ahead.decision)) ? { ...ahead, decision } : undefined
}

function essenceOf(decision: WrittenDecision) {
  const { kind, enrollment, authentication, tpm } = decision
  const fault = decision.kind === 'record' ? decision.fault : undefined
  return {
    kind,
    of: enrollment.kind,
    key: enrollment.key,
    etag: enrollment.etag,
    authentication,
    root: tpm?.storageRootKey.bytes,
    fault,
  }
}
