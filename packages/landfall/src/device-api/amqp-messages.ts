/** What a device asks for in a message of AMQP, and how it is told what came of it (contract/device-api-amqp-tpm 6, 7). */
import { ProvisioningError } from '../fault.ts'
import { printable } from '../ids.ts'
import { type AmqpMessage, amqpInt } from '../protocol/amqp-message.ts'
import type { AmqpAnswer } from '../protocol/amqp-requests.ts'
import { AmqpRefusal } from '../protocol/amqp-service.ts'
import { type RegisterBody, readRegister } from './messages.ts'
import { retryAfterOf } from './outcome.ts'

export type DeviceQuestion =
  | ({ readonly kind: 'register' } & RegisterBody)
  | { readonly kind: 'query'; readonly operationId: string }
  | { readonly kind: 'lookUp' }

/** `iotdps-forceRegistration` is not read: each registration is judged anew, as over HTTPS. */
export function readQuestion({ applicationProperties, body }: AmqpMessage): DeviceQuestion {
  const operation = applicationProperties['iotdps-operation-type']
  if (operation === 'iotdps-register') return { kind: 'register', ...readRegister(bytesOf(body)) }
  // what stands in its body is no news: each client writes something else there
  if (operation === 'iotdps-get-operationstatus')
    return { kind: 'query', operationId: String(applicationProperties['iotdps-operation-id'] ?? '') }
  if (operation === 'iotdps-get-registration') return { kind: 'lookUp' }
  const why = `its iotdps-operation-type is ${operation === undefined ? 'missing' : `"${printable(String(operation))}"`}`
  throw new ProvisioningError('body_malformed', { why: `${why}; it must be iotdps-register` })
}

/** Empty where there is none: C# sends no body, others an empty value. */
function bytesOf(body: AmqpMessage['body']): Uint8Array | undefined {
  if ('data' in body) return body.data
  const { value } = body
  if (value === undefined || value === null) return
  if (typeof value === 'string') return Buffer.from(value)
  if (Buffer.isBuffer(value)) return value
  throw new ProvisioningError('body_malformed', { why: 'its body is neither data nor a string' })
}

/** C# reads the one spelling and everybody else the other; C takes no number but an int (contract/device-api-amqp-tpm 6.4). */
const retryAfter = (seconds: number | undefined): Readonly<Record<string, string>> => {
  if (seconds === undefined) return {}
  const text = String(Math.ceil(seconds))
  return { 'retry-after': text, 'Retry-After': text }
}

/** One data section, ASCII like every answer to a device. */
export const answerOf = (status: number, json: string, retryAfterSeconds?: number): AmqpAnswer => ({
  contentType: 'application/json; charset=utf-8',
  applicationProperties: { 'iotdps-status': amqpInt(status), ...retryAfter(retryAfterSeconds) },
  body: { data: Buffer.from(json) },
})

/** contract/device-api-amqp-tpm 7.1: Node tries again for two of them, and hands the rest to the program. */
const conditions: Readonly<Record<number, string>> = {
  400: 'amqp:not-allowed',
  401: 'amqp:unauthorized-access',
  404: 'amqp:not-found',
  409: 'com.microsoft:precondition-failed',
  412: 'com.microsoft:precondition-failed',
  413: 'amqp:link:message-size-exceeded',
  429: 'com.microsoft:device-container-throttled',
}

/** The sentence travels as JSON in the description, where C# reads it and people do. */
export function amqpRefusalOf(refusal: ProvisioningError, json: string): AmqpRefusal {
  const condition = conditions[refusal.status] ?? (refusal.status < 500 ? 'amqp:not-allowed' : 'amqp:internal-error')
  const seconds = retryAfterOf(refusal)
  return new AmqpRefusal(condition, json, seconds === undefined ? undefined : retryAfter(seconds))
}
