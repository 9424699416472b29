/** The one shape of an error, whatever was thrown (contract/service-api 12.1). */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { asRefusal, errorBodyOf, ProvisioningError } from '../fault.ts'
import { printable } from '../ids.ts'
import { Conflict, StorageUnavailable } from '../store/store.ts'
import type { OperatorParts } from './parts.ts'

export function refuse(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { clock, random, log }: OperatorParts,
): FastifyReply {
  const refusal = asRefusal(refusalOf(error, request))
  const trackingId = random.uuid()
  const { method, routeOptions } = request
  if (refusal.reason === 'internal')
    log.error({ trackingId, method, route: routeOptions.url, err: refusal.cause }, 'internal error')
  return reply
    .status(refusal.status)
    .header('x-ms-request-id', trackingId)
    .header('content-type', 'application/json; charset=utf-8')
    .send(errorBodyOf(refusal, { trackingId, at: clock.now() }))
}

/** What Fastify and the store throw, in the catalogue's words; anything else as it came. */
function refusalOf(error: unknown, request: FastifyRequest): unknown {
  if (error instanceof Conflict) return new ProvisioningError('precondition_failed', { id: error.key })
  if (error instanceof StorageUnavailable) return new ProvisioningError('storage_unavailable', { why: error.message })
  const { statusCode, validation, message } = error as { statusCode?: number; validation?: unknown; message?: string }
  if (error instanceof ProvisioningError || typeof message !== 'string') return error
  if (validation !== undefined) return new ProvisioningError('invalid', { message: `Invalid: ${printable(message)}.` })
  if (statusCode === 413)
    return new ProvisioningError('body_too_large', { limitBytes: request.routeOptions.bodyLimit ?? 0 })
  if (statusCode === 415)
    return new ProvisioningError('media_type', { type: printable(request.headers['content-type'] ?? '') })
  if (statusCode !== undefined && statusCode < 500)
    return new ProvisioningError('body_malformed', { why: printable(message) })
  return error
}
