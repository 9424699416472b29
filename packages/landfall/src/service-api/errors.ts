/** Refusals as the service API renders them (contract/service-api 12), and what else can be thrown as a refusal. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { asRefusal, errorBodyOf, ProvisioningError } from '../fault.ts'
import { makeTrackingId, printable } from '../ids.ts'
import { pathForLog } from '../protocol/decoded-path.ts'
import { StorageUnavailable } from '../store/store.ts'
import type { ServiceApiParts } from './call.ts'

/** 10 enrollments with certificates and twins fit (contract/service-api 11.8). */
export const bodyLimitBytes = 1024 * 1024

export function refusalOf(error: unknown, contentType = 'unknown'): ProvisioningError {
  if (error instanceof StorageUnavailable) {
    return new ProvisioningError('storage_unavailable', { why: error.message }, { cause: error })
  }
  return isFastifyError(error) ? refusalOfFastify(error, contentType) : asRefusal(error)
}

/** Its own, or one that it blames on the client, who for instance hung up in the middle of the body. */
const isFastifyError = (error: unknown): error is FastifyError =>
  error instanceof Error &&
  'code' in error &&
  (String(error.code).startsWith('FST_') || ('statusCode' in error && error.statusCode === 400))

function refusalOfFastify(error: FastifyError, contentType: string): ProvisioningError {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new ProvisioningError('body_too_large', { limitBytes: bodyLimitBytes })
  }
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new ProvisioningError('media_type', { type: contentType })
  const clients = error.statusCode !== undefined && error.statusCode < 500
  return clients ? new ProvisioningError('bad_request', { message: error.message }) : asRefusal(error)
}

export function sendRefusal(error: unknown, request: FastifyRequest, reply: FastifyReply, parts: ServiceApiParts) {
  const refusal = refusalOf(error, printable(request.headers['content-type'] ?? '', 60))
  const trackingId = makeTrackingId(parts.random)
  const at = parts.clock.now()
  parts.noteRefusal?.(request, refusal, { trackingId, at })
  tell(refusal, { trackingId, method: request.method, path: pathForLog(request.url) }, parts)
  return reply
    .code(refusal.status)
    .header('x-ms-request-id', trackingId)
    .header('x-ms-error-code', String(refusal.code))
    .send(errorBodyOf(refusal, { trackingId, at, bare: parts.fidelity === 'cloud' }))
}

export function tell(refusal: ProvisioningError, facts: object, { log, onError }: ServiceApiParts): void {
  const told = { ...facts, reason: refusal.reason, errorCode: refusal.code }
  if (refusal.status < 500) {
    log.info(told, refusal.message)
    return
  }
  log.error({ ...told, err: refusal.cause }, refusal.message)
  onError?.(refusal.cause ?? refusal)
}
