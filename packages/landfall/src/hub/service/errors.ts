/** The one error body that the Node, Python, C# and Java clients of a hub all understand (contract/iot-hub 3.1). */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { ProvisioningError } from '../../fault.ts'
import { printable } from '../../ids.ts'
import type { Instant } from '../../system.ts'
import { type HubErrorCode, HubRefusal } from '../refusal.ts'
import { type HubServiceParts, trackingIdOf } from './call.ts'

export type ErrorParts = Pick<HubServiceParts, 'random' | 'log' | 'clock'>

export function answerError(parts: ErrorParts, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const trackingId = trackingIdOf(request, parts.random)
  const refusal = hubRefusalOf(error, trackingId)
  const facts = { trackingId, code: refusal.code, remoteAddress: request.ip }
  if (refusal.status >= 500 && !ordinary.has(refusal.code))
    parts.log.error({ ...facts, err: refusal.cause }, 'a request to the hub failed')
  else parts.log.info(facts, 'a request to the hub was refused')
  reply
    .code(refusal.status)
    .header('content-type', 'application/json; charset=utf-8')
    // C# believes the code in the body only if it stands here too
    .header('iothub-errorcode', refusal.code)
    .header('x-ms-request-id', trackingId)
    .send(JSON.stringify(errorBody(request, refusal, trackingId, parts.clock.now())))
}

/**
 * In the cloud these come with their number, in a form of their own that must stay flat (contract/iot-hub 3.2). The Java client
 * reads the number nowhere else, and its tests want 404001 and 404010 of a method; the Node client wants names of the rest.
 */
const numbered: ReadonlySet<HubErrorCode> = new Set<HubErrorCode>(['DeviceNotOnline', 'GatewayTimeout'])
const numberedOfMethods: ReadonlySet<HubErrorCode> = new Set<HubErrorCode>(['DeviceNotFound', 'ModuleNotFound'])

function isNumbered({ routeOptions }: FastifyRequest, code: HubErrorCode): boolean {
  return numbered.has(code) || (numberedOfMethods.has(code) && routeOptions.url?.endsWith('/methods') === true)
}

/** Of 500 and above, but no failure of ours. */
const ordinary: ReadonlySet<HubErrorCode> = new Set<HubErrorCode>([
  'NotImplemented',
  'GatewayTimeout',
  'BadDeviceResponse',
])

function errorBody(request: FastifyRequest, refusal: HubRefusal, trackingId: string, at: Instant) {
  const { code, number, message } = refusal
  if (isNumbered(request, code)) {
    const timestampUtc = new Date(at).toISOString()
    return { Message: JSON.stringify({ errorCode: number, trackingId, message, timestampUtc }), ExceptionMessage: '' }
  }
  // the Node client cuts the sentence at a semicolon
  const sentence = message.replaceAll(';', ',')
  return {
    Message: `ErrorCode:${code};${sentence}`,
    ExceptionMessage: `Tracking ID:${trackingId}-TimeStamp:${new Date(at).toISOString()}`,
  }
}

/** Whatever was thrown, in the hub's words. */
export function hubRefusalOf(error: unknown, trackingId: string): HubRefusal {
  if (error instanceof HubRefusal) return error
  if (error instanceof ProvisioningError && error.status < 500)
    return new HubRefusal('IotHubFormatError', error.message)
  const { name, code, statusCode, message } = error as Partial<FastifyError>
  if (name === 'StorageUnavailable')
    return new HubRefusal(
      'ServiceUnavailable',
      `The hub cannot write to its disk (${printable(message ?? '')}), so nothing was changed. It recovers by itself once it can.`,
      { cause: error },
    )
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new HubRefusal('MessageTooLarge', 'The request body is larger than this operation takes. Send less at once.')
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new HubRefusal('IotHubFormatError', `The request cannot be read: ${printable(message ?? '')}`)
  return new HubRefusal(
    'ServerError',
    `An internal error occurred. Look for tracking id ${trackingId} in the log of the service.`,
    { cause: error },
  )
}
