/** What every transport does with an answer or a refusal besides sending it: one log line with the tracking id. */
import { asRefusal, errorBodyOf, ProvisioningError } from '../fault.ts'
import { printable } from '../ids.ts'
import type { Answer, Challenge, DeviceRequest } from '../registration/request.ts'
import type { Rendering } from './messages.ts'
import type { DeviceApiParts } from './parts.ts'

type Facts = Record<string, string | number | undefined>

function factsOf({ trackingId, registrationId, transport, remoteAddress, at }: DeviceRequest, now: number): Facts {
  return {
    trackingId,
    registrationId: printable(registrationId),
    transport,
    remoteAddress,
    durationMs: now - at,
  }
}

export function logAnswer({ log, clock }: DeviceApiParts, request: DeviceRequest, answer: Answer | Challenge): void {
  if (answer.kind === 'challenge') {
    log.info({ ...factsOf(request, clock.now()), outcome: 'challenged' }, 'a TPM is to prove itself')
    return
  }
  const facts = { ...factsOf(request, clock.now()), outcome: answer.kind, code: answer.registration?.errorCode }
  log.info(facts, `a device's registration is ${answer.kind}`)
}

/** Where there is no way to challenge a TPM within a message: SASL has done so before it, MQTT has none. */
export function unchallenged(answer: Answer | Challenge, request: DeviceRequest): Answer {
  if (answer.kind === 'challenge') throw credentialsMissing(request)
  return answer
}

export const credentialsMissing = ({ registrationId }: DeviceRequest) =>
  new ProvisioningError('credentials_missing', { id: printable(registrationId) })

/** Gives back what is to be told. */
export function logRefusal({ log, clock }: DeviceApiParts, request: DeviceRequest, error: unknown): ProvisioningError {
  const refusal = asRefusal(error)
  const facts = { ...factsOf(request, clock.now()), reason: refusal.reason, code: refusal.code }
  if (refusal.status < 500) log.info(facts, 'a device was refused')
  else log.error({ ...facts, err: refusal.cause }, 'a device was refused for want of the service')
  return refusal
}

/** How an answer is written to this device. */
export const renderingOf = ({ fidelity }: DeviceApiParts, { apiVersion }: DeviceRequest): Rendering => ({
  apiVersion,
  bare: fidelity === 'cloud',
})

/** The body of a refusal, on every transport (contract/device-api 3.5). */
export function refusalBody(
  { clock, fidelity }: DeviceApiParts,
  { trackingId }: DeviceRequest,
  refusal: ProvisioningError,
) {
  return errorBodyOf(refusal, { trackingId, at: clock.now(), bare: fidelity === 'cloud' })
}

/** Seconds after which to come again, where that helps (contract/device-api 4.2, 5.5). */
export function retryAfterOf({ status }: ProvisioningError): number | undefined {
  return status === 429 || status === 503 ? 5 : undefined
}
