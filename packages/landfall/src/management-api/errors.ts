/** Refusals as clients of the management API read them: flat as the provider's, nested as the front door's (contract/management 2.40). */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { errorBodyOf, type ProvisioningError, type Reason } from '../fault.ts'
import { makeTrackingId, type TrackingId } from '../ids.ts'
import { pathForLog } from '../protocol/decoded-path.ts'
import { refusalOf } from '../protocol/http.ts'
import { refusalOfStore } from '../store/refusal.ts'
import type { ManagementParts } from './call.ts'
import { baseOf } from './names.ts'

export function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply, parts: ManagementParts) {
  const refusal = refusalFrom(error)
  const trackingId = tell(refusal, request, parts)
  const bare = parts.fidelity === 'cloud'
  const { message } = errorBodyOf(refusal, { trackingId, at: parts.clock.now(), bare })
  // without a claims challenge, or Python's clients ask for another token (contract/management 6.3)
  if (refusal.status === 401) reply.header('www-authenticate', challenge(baseOf(request, parts)))
  return reply
    .status(refusal.status)
    .header('x-ms-request-id', trackingId)
    .header('content-type', 'application/json; charset=utf-8')
    .send(bodyOf(refusal, message, trackingId))
}

const challenge = (base: string) =>
  `Bearer authorization_uri="${base}/adfs", error="invalid_token", error_description="The token is missing, expired or not of this service."`

/** Logged, and kept for a while under the tracking id that comes back. */
export function tell(refusal: ProvisioningError, request: FastifyRequest, parts: ManagementParts): TrackingId {
  const trackingId = makeTrackingId(parts.random)
  parts.noteRefusal(request, refusal, { trackingId, at: parts.clock.now() })
  const { status, reason, code: errorCode, message, cause } = refusal
  const told = { trackingId, method: request.method, path: pathForLog(request.url), reason, errorCode }
  if (status < 500) parts.log.info(told, message)
  else parts.log.error({ ...told, err: cause }, message)
  return trackingId
}

export const refusalFrom = (error: unknown): ProvisioningError => refusalOfStore(error) ?? refusalOf(error)

/** Both shapes in one body, as the SDKs read the nested one first; the front door's refusals have that alone (2.43). */
function bodyOf(refusal: ProvisioningError, message: string, trackingId: string) {
  const error = { code: wordOf(refusal), message }
  if (frontDoor(refusal)) return { error }
  return {
    code: refusal.reason === 'precondition_failed' ? 412001 : refusal.code,
    httpStatusCode: statusWords[refusal.status] ?? 'InternalServerError',
    message,
    details: `reason ${refusal.reason}, tracking id ${trackingId}`,
    error,
  }
}

const frontDoor = ({ status, reason }: ProvisioningError) =>
  status === 401 || status === 403 || status === 405 || reason === 'resource_not_found' || reason === 'not_found'

function wordOf({ status, reason }: ProvisioningError): string {
  return words[reason] ?? statusWords[status] ?? 'InternalServerError'
}

const words: Partial<Record<Reason, string>> = {
  resource_not_found: 'ResourceNotFound',
  not_permitted: 'AuthorizationFailed',
}

const statusWords: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'AuthenticationFailed',
  403: 'AuthorizationFailed',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  412: 'PreconditionFailed',
  413: 'PayloadTooLarge',
  415: 'UnsupportedMediaType',
  429: 'TooManyRequests',
  500: 'InternalServerError',
  503: 'ServiceUnavailable',
}
