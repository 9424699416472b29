/** Refusals as the service API renders them (contract/service-api 12), and what else can be thrown as a refusal. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { errorBodyOf, type ProvisioningError } from '../fault.ts'
import { makeTrackingId, printable } from '../ids.ts'
import { pathForLog } from '../protocol/decoded-path.ts'
import { refusalOf as refusalOfAny } from '../protocol/http.ts'
import { refusalOfStore } from '../store/refusal.ts'
import type { ServiceApiParts } from './call.ts'

/** 10 enrollments with certificates and twins fit (contract/service-api 11.8). */
export const bodyLimitBytes = 1024 * 1024

export const refusalOf = (error: unknown, contentType?: string): ProvisioningError =>
  refusalOfStore(error) ?? refusalOfAny(error, bodyLimitBytes, contentType)

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
