/** Every attempt is remembered, whatever came of it: `landfall explain` tells it by its tracking id. */
import { idOf } from '../enrollment/enrollment.ts'
import { codeOf, type Fault, sentenceOf } from '../fault.ts'
import { isRegistrationId, keyOf, printable } from '../ids.ts'
import type { Store } from '../store/store.ts'
import type { Clock } from '../system.ts'
import type { Attempt } from './attempt.ts'
import type { Decision } from './decide.ts'
import type { Outcome } from './outcome.ts'
import type { DeviceRequest } from './request.ts'

interface Memory {
  readonly store: Store
  readonly clock: Clock
  readonly onAttempt: (attempt: Attempt) => void
}

export function remember(request: DeviceRequest, outcome: Outcome, { store, clock, onAttempt }: Memory): void {
  const attempt = attemptOf(request, outcome, clock.now() - request.at)
  store.note(attempt)
  onAttempt(attempt)
}

function attemptOf(request: DeviceRequest, outcome: Outcome, durationMs: number): Attempt {
  const { trackingId, at, registrationId, transport, remoteAddress } = request
  const { decision } = outcome
  return {
    trackingId,
    at,
    registrationId: printable(registrationId),
    ...(isRegistrationId(registrationId) && { key: keyOf(registrationId) }),
    transport,
    attestation: decision?.attestation,
    outcome: outcome.kind,
    ...('fault' in outcome && toldBy(outcome.fault)),
    ...enrollmentOf(decision),
    ...('registration' in outcome && {
      hub: outcome.registration.assignedHub,
      deviceId: outcome.registration.deviceId,
    }),
    durationMs,
    remoteAddress,
    trail: [...(decision?.trail ?? []), ...outcome.steps],
  }
}

const toldBy = ({ reason, facts }: Fault) => ({
  reason,
  errorCode: codeOf(reason),
  message: sentenceOf(reason, facts),
})

function enrollmentOf(decision: Decision | undefined): Pick<Attempt, 'enrollment'> {
  const enrollment = decision?.enrollment
  return enrollment ? { enrollment: { kind: enrollment.kind, id: idOf(enrollment) } } : {}
}
