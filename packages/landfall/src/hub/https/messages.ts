/** Messages of devices as HTTP has them: headers and a body, or a batch in JSON (contract/iot-hub 12.1-12.3). */
import type { IncomingHttpHeaders } from 'node:http'
import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import {
  type CloudMessage,
  type DeviceMessage,
  destinationOf,
  type Properties,
  type PropertyValue,
  type SystemProperties,
} from '../device/message.ts'
import { invalid } from '../refusal.ts'

/** Telemetry of one request; as many as fit in a batch of the cloud's size with nothing in them are far more. */
const mostInBatch = 500
const applicationPrefix = 'iothub-app-'

const systemHeaders: ReadonlyMap<string, keyof SystemProperties> = new Map([
  ['iothub-messageid', 'messageId'],
  ['iothub-correlationid', 'correlationId'],
  ['iothub-userid', 'userId'],
  ['iothub-to', 'to'],
  ['iothub-contenttype', 'contentType'],
  ['iothub-contentencoding', 'contentEncoding'],
  ['iothub-creationtimeutc', 'creationTime'],
  ['iothub-expiry', 'expiryTime'],
  ['iothub-interface-id', 'interfaceId'],
  ['dt-subject', 'component'],
  ['dt-dataschema', 'dataSchema'],
])

export function readMessage(headers: IncomingHttpHeaders, body: Buffer | undefined): DeviceMessage {
  const given = Object.entries(headers).map(([name, value]) => [name, String(value ?? '')] as const)
  return { body: body ?? Buffer.alloc(0), ...sorted(given.filter(([name]) => isProperty(name))) }
}

const isProperty = (name: string) => name.startsWith(applicationPrefix) || systemHeaders.has(name)

/** What the protocol knows of, and what is the application's. */
function sorted(given: readonly (readonly [string, PropertyValue])[]): Pick<DeviceMessage, 'properties' | 'system'> {
  const properties: [string, PropertyValue][] = []
  const system: [string, string][] = []
  for (const [name, value] of given) {
    const known = systemHeaders.get(name.toLowerCase())
    if (known !== undefined) system.push([known, String(value ?? '')])
    else if (name.toLowerCase().startsWith(applicationPrefix))
      properties.push([name.slice(applicationPrefix.length), value])
    else properties.push([name, value])
  }
  return { properties: Object.fromEntries(properties), system: Object.fromEntries(system) }
}

export const isBatch = (contentType: string | undefined) =>
  contentType?.split(';')[0]?.trim().toLowerCase() === 'application/vnd.microsoft.iothub.json'

export function readBatch(body: unknown): readonly DeviceMessage[] {
  if (Array.isArray(body) && body.length >= 1 && body.length <= mostInBatch && body.every(isJsonObject))
    return body.map(readItem)
  throw invalid(
    `A batch is an array of 1 to ${mostInBatch} objects: {"body": "base64", "properties": {"name": "value"}}.`,
  )
}

/** The Node client gives the names of properties the prefix of headers, and leaves base64Encoded out. */
function readItem({ body, base64Encoded, properties }: JsonObject): DeviceMessage {
  if (typeof body !== 'string')
    throw invalid('The body of a message in a batch is a text, base64 unless base64Encoded is false.')
  const given = Object.entries(isJsonObject(properties) ? properties : {})
  return {
    body: Buffer.from(body, base64Encoded === false ? 'utf8' : 'base64'),
    ...sorted(given.map(([name, value]) => [name, propertyOf(value)] as const)),
  }
}

function propertyOf(value: Json | undefined): PropertyValue {
  if (value === undefined || value === null) return null
  return typeof value === 'object' ? JSON.stringify(value) : value
}

/** Of a message to a device. */
export function headersOf(
  message: CloudMessage & { readonly sequence: number },
  lockToken: string,
): Record<string, string> {
  const { system, properties, ack, deliveryCount, enqueuedAt, expiresAt, sequence } = message
  const own = {
    ETag: `"${lockToken}"`,
    'iothub-messageid': system.messageId,
    'iothub-correlationid': system.correlationId,
    'iothub-userid': system.userId,
    'iothub-to': destinationOf(message),
    'iothub-contenttype': system.contentType,
    'iothub-contentencoding': system.contentEncoding,
    // under these names `az iot device c2d-message receive` reads them
    contenttype: system.contentType,
    contentencoding: system.contentEncoding,
    'iothub-sequencenumber': String(sequence),
    'iothub-deliverycount': String(deliveryCount),
    'iothub-enqueuedtime': new Date(enqueuedAt).toISOString(),
    'iothub-expiry': new Date(expiresAt).toISOString(),
    'iothub-ack': ack,
  }
  const all = [...Object.entries(own), ...applicationHeaders(properties)]
  return Object.fromEntries(all.flatMap(([name, value]) => (value === undefined ? [] : [[name, inHeader(value)]])))
}

function applicationHeaders(properties: Properties): readonly (readonly [string, string])[] {
  return Object.entries(properties).map(([name, value]) => [
    `${applicationPrefix}${isToken(name) ? name : percentEncoded(name).replaceAll(/['()]/g, '_')}`,
    String(value ?? ''),
  ])
}

// RFC 9110 5.6.2
const isToken = (name: string) => /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)

/** What a header cannot carry is percent-encoded; nothing established says how the cloud does it. */
const inHeader = (value: string) => (isPrintable(value) ? value : percentEncoded(value))
const isPrintable = (value: string) => /^[\x20-\x7e]*$/.test(value)

/** Half of a surrogate pair, which JSON may hold, is not to hold up what waits behind it. */
const percentEncoded = (text: string) => encodeURIComponent(text.toWellFormed())

/** A sender may have called it anything. */
export const contentTypeOf = ({ system: { contentType } }: CloudMessage): string =>
  contentType && isPrintable(contentType) ? contentType : 'application/octet-stream'
