/** Messages of AMQP as plain values, and the types that a plain value cannot tell (contract/iot-hub 14.2). */
import rhea, { type Typed } from 'rhea'
import { AmqpFault, scanMessage, scanValue } from './amqp-scan.ts'

const { types } = rhea

/** A string, a ulong as number, a uuid or binary as bytes: goes back as it came. */
export type MessageId = string | number | Buffer

export interface AmqpMessage {
  readonly messageId?: MessageId
  readonly correlationId?: MessageId
  readonly userId?: Buffer
  readonly to?: string
  readonly subject?: string
  readonly replyTo?: string
  readonly contentType?: string
  readonly contentEncoding?: string
  /** Milliseconds. */
  readonly expiresAt?: number
  readonly createdAt?: number
  readonly applicationProperties: Readonly<Record<string, unknown>>
  readonly annotations: Readonly<Record<string, unknown>>
  readonly deliveryAnnotations?: Readonly<Record<string, unknown>>
  /** Data sections, joined; or a value. */
  readonly body: { readonly data: Buffer } | { readonly value: unknown }
}

/** What cannot be written as the plain value it is. */
export const amqpLong = (value: number): Typed => types.wrap_long(value)
export const amqpInt = (value: number): Typed => types.wrap_int(value)
export const amqpTimestamp = (value: number): Typed => types.wrap_timestamp(value)
export const amqpUuid = (value: string): Buffer => rhea.string_to_uuid(value)
/** Of items that all are strings. */
export const amqpStrings = (values: readonly string[]): Typed => types.wrap_array([...values], 0xa1, undefined)

/** The text of a message id, whatever its type: a uuid in its usual form, other bytes in base64. */
export function textOf(id: MessageId | undefined): string | undefined {
  if (!Buffer.isBuffer(id)) return id === undefined ? undefined : String(id)
  return id.length === 16 ? rhea.uuid_to_string(id) : id.toString('base64')
}

/** The parts of a message as rhea names them. */
interface RheaMessage {
  message_id?: MessageId
  correlation_id?: MessageId
  user_id?: Buffer
  to?: string
  subject?: string
  reply_to?: string
  content_type?: string
  content_encoding?: string
  absolute_expiry_time?: number | Date | undefined
  creation_time?: number | Date | undefined
  application_properties?: Record<string, unknown>
  message_annotations?: Record<string, unknown>
  delivery_annotations?: Record<string, unknown>
  body?: unknown
}

/** AMQP's own, and the batch that C# and Java send: each data section is a message (contract/iot-hub 11.7). */
const batchFormat = 0x80013700
const mostInBatch = 1000

/** Throws AmqpFault where the bytes are none. */
export function readMessages(bytes: Buffer, format: number): readonly AmqpMessage[] {
  if (format !== batchFormat) return [readMessage(bytes)]
  scanMessage(bytes)
  const { content, multiple } = (decode(bytes).body ?? {}) as Section
  const parts = (multiple ? content : [content]) as readonly unknown[]
  if (parts.length > mostInBatch) throw new AmqpFault(`more than ${mostInBatch} messages in one`)
  return parts.map((part) => {
    if (Buffer.isBuffer(part)) return readMessage(part)
    throw new AmqpFault('a batch of what is no message')
  })
}

/** The body as rhea keeps it, where it is no value. */
interface Section {
  readonly typecode?: number
  readonly content?: unknown
  readonly multiple?: boolean
}

function readMessage(bytes: Buffer): AmqpMessage {
  scanMessage(bytes)
  const read = decode(bytes)
  return {
    messageId: idOf(read.message_id),
    correlationId: idOf(read.correlation_id),
    userId: Buffer.isBuffer(read.user_id) ? read.user_id : undefined,
    to: stringOf(read.to),
    subject: stringOf(read.subject),
    replyTo: stringOf(read.reply_to),
    contentType: stringOf(read.content_type),
    contentEncoding: stringOf(read.content_encoding),
    expiresAt: numberOf(read.absolute_expiry_time),
    createdAt: numberOf(read.creation_time),
    applicationProperties: plainMap(read.application_properties),
    annotations: plainMap(read.message_annotations),
    body: bodyOf(read.body),
  }
}

function decode(bytes: Buffer): RheaMessage {
  try {
    return rhea.message.decode(bytes) as unknown as RheaMessage
  } catch (error) {
    throw new AmqpFault(`no message: ${(error as Error).message}`)
  }
}

// a ulong that is no safe number comes as eight bytes, and would be written back as a uuid
const idOf = (id: unknown): MessageId | undefined =>
  typeof id === 'string' || typeof id === 'number' || (Buffer.isBuffer(id) && id.length === 16) ? id : undefined
const stringOf = (value: unknown) => (typeof value === 'string' ? value : undefined)
const numberOf = (value: unknown) => (typeof value === 'number' ? value : undefined)
const plainMap = (map: unknown): Readonly<Record<string, unknown>> =>
  typeof map === 'object' && map !== null && !Array.isArray(map) ? { ...map } : {}

function bodyOf(body: unknown): AmqpMessage['body'] {
  if (body === undefined) return { data: Buffer.alloc(0) }
  const { typecode, content, multiple } = (body ?? {}) as Section
  if (typecode !== 0x75) return { value: body }
  const parts = (multiple ? content : [content]) as readonly Buffer[]
  if (!parts.every(Buffer.isBuffer)) throw new AmqpFault('a data section without bytes')
  const [first, ...more] = parts
  return { data: first && more.length === 0 ? first : Buffer.concat(parts) }
}

export function writeMessage(message: AmqpMessage): Buffer {
  const { body, applicationProperties, annotations, deliveryAnnotations } = message
  const properties: RheaMessage = {
    message_id: message.messageId,
    correlation_id: message.correlationId,
    user_id: message.userId,
    to: message.to,
    subject: message.subject,
    reply_to: message.replyTo,
    content_type: message.contentType,
    content_encoding: message.contentEncoding,
    absolute_expiry_time: message.expiresAt,
    creation_time: message.createdAt,
  }
  const hasProperties = Object.values(properties).some((value) => value !== undefined)
  const bytes = rhea.message.encode({
    ...(hasProperties && properties),
    application_properties: someOf(withDoubles(applicationProperties)),
    message_annotations: someOf(annotations),
    delivery_annotations: someOf(deliveryAnnotations),
    body: 'data' in body ? rhea.message.data_section(body.data) : body.value,
  })
  return hasProperties ? bytes : withoutEmptyProperties(bytes)
}

/** What stands before them is header and annotations, each a section (AMQP 1.0, 3.2). */
const emptyProperties = Buffer.from('00537345', 'hex')

/** rhea writes a list of nothing where a message has no properties. Python then takes them for there, and reads what is not. */
function withoutEmptyProperties(bytes: Buffer): Buffer {
  let at = 0
  while (at < bytes.length && (bytes[at + 2] ?? 0) < 0x73) at = scanValue(bytes, at)
  const after = at + emptyProperties.length
  if (!bytes.subarray(at, after).equals(emptyProperties)) return bytes
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(after)])
}

/** rhea takes whatever has no fraction for an integer, and fails where it does not fit: 1e300 is a double. */
const withDoubles = (map: AmqpMessage['applicationProperties']) =>
  Object.fromEntries(
    Object.entries(map).map(([name, value]) => [
      name,
      typeof value === 'number' && !Number.isSafeInteger(value) ? types.wrap_double(value) : value,
    ]),
  )

const someOf = (map: Readonly<Record<string, unknown>> | undefined) =>
  map && Object.keys(map).length > 0 ? { ...map } : undefined
