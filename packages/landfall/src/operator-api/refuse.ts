/** The one shape of an error, whatever was thrown (contract/service-api 12.1). */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { errorBodyOf, ProvisioningError, type Reason } from '../fault.ts'
import { type HubErrorCode, HubRefusal } from '../hub/refusal.ts'
import { makeTrackingId, printable } from '../ids.ts'
import { pathForLog } from '../protocol/decoded-path.ts'
import { refusalOf } from '../protocol/http.ts'
import { refusalOfStore } from '../store/refusal.ts'
import type { OperatorParts } from './parts.ts'

export function refuse(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { clock, random, log, refusals }: OperatorParts,
): FastifyReply {
  const refusal = refusalFrom(error)
  const trackingId = makeTrackingId(random)
  const at = clock.now()
  refusals.note(request, refusal, { trackingId, at })
  const facts = { trackingId, method: request.method, path: pathForLog(request.url), reason: refusal.reason }
  if (refusal.status < 500) log.info({ ...facts, errorCode: refusal.code }, refusal.message)
  else log.error({ ...facts, errorCode: refusal.code, err: refusal.cause }, refusal.message)
  // RFC 6750 3; no browser asks a person for it
  if (refusal.status === 401) reply.header('www-authenticate', 'Bearer error="invalid_token"')
  return reply
    .status(refusal.status)
    .header('x-ms-request-id', trackingId)
    .header('content-type', 'application/json; charset=utf-8')
    .send(errorBodyOf(refusal, { trackingId, at }))
}

/** What the store and the schemas throw, in the catalogue's words; the rest as for every API. */
function refusalFrom(error: unknown): ProvisioningError {
  if (error instanceof HubRefusal) return ofHub(error)
  const { validation, message = '' } = error as Partial<FastifyError>
  if (validation !== undefined) return new ProvisioningError('invalid', { message: `Invalid: ${printable(message)}.` })
  return refusalOfStore(error) ?? refusalOf(error)
}

/** What a hub says no with, where people ask through us; codes that are not here cannot come that way. */
const reasonsOfHub: Readonly<Partial<Record<HubErrorCode, Reason>>> = {
  ArgumentInvalid: 'invalid',
  DeviceNotFound: 'hub_device_not_found',
  DeviceNotOnline: 'device_not_online',
  DeviceConnectionClosedRemotely: 'device_not_online',
  DeviceMaximumQueueDepthExceeded: 'device_queue_full',
  MessageTooLarge: 'message_too_large',
  ThrottlingException: 'device_busy',
  BadDeviceResponse: 'device_answer_malformed',
  GatewayTimeout: 'device_silent',
}

function ofHub(error: HubRefusal): ProvisioningError {
  const reason = reasonsOfHub[error.code]
  return reason === undefined
    ? new ProvisioningError('internal', {}, { cause: error })
    : new ProvisioningError(reason, { message: error.message })
}
