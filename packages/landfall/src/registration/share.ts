/** Two registrations of one id at the same moment get one result (contract/semantics 19.6, contract/device-api 7.3). */
import { isDeepStrictEqual } from 'node:util'
import type { Decision } from './decide.ts'
import type { Outcome } from './outcome.ts'

/**
 * What came of the one ahead, if this one would do the same over again: it proved itself too, by the same enrollment
 * and credential, and the record is still the one that was written.
 */
export function shareWith(ahead: Outcome | undefined, decision: Decision): Outcome | undefined {
  if (!ahead?.decision || ahead.kind === 'refused' || ahead.kind === 'assigning' || decision.kind === 'refuse') return
  if (decision.facts.registration?.etag !== ahead.registration.etag) return
  if (decision.kind === 'assign' && decision.plan.hub !== ahead.registration.assignedHub) return
  return isDeepStrictEqual(essenceOf(decision), essenceOf(ahead.decision)) ? { ...ahead, decision } : undefined
}

function essenceOf(decision: Decision) {
  if (decision.kind === 'refuse') return decision.fault
  const { kind, enrollment, authentication } = decision
  const fault = decision.kind === 'record' ? decision.fault : undefined
  return { kind, of: enrollment.kind, key: enrollment.key, etag: enrollment.etag, authentication, fault }
}
