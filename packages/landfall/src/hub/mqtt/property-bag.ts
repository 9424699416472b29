/** The properties of a message in its topic, both ways: `&`-joined, percent-encoded (contract/iot-hub 10.10). */
import {
  type CloudMessage,
  type DeviceMessage,
  destinationOf,
  type PropertyValue,
  type SystemProperties,
} from '../device/message.ts'
import { percentDecoded } from './user-name.ts'

const systemKeys: ReadonlyMap<string, keyof SystemProperties> = new Map([
  ['$.mid', 'messageId'],
  ['$.cid', 'correlationId'],
  ['$.uid', 'userId'],
  ['$.to', 'to'],
  ['$.ct', 'contentType'],
  ['$.ce', 'contentEncoding'],
  ['$.ctime', 'creationTime'],
  ['$.exp', 'expiryTime'],
  ['$.sub', 'component'],
  ['$.ifid', 'interfaceId'],
  ['$.schema', 'dataSchema'],
  ['$.on', 'outputName'],
])

/** Keys that are none of the hub's are the application's, whatever they begin with. */
export function readBag(bag: string): Pick<DeviceMessage, 'properties' | 'system'> {
  const properties: [string, PropertyValue][] = []
  const system: [string, string][] = []
  // a module that sends on an output ends its bag with a slash
  for (const part of bag.replace(/\/$/, '').split('&')) {
    if (part === '') continue
    const [key, value] = pairOf(part)
    const known = systemKeys.get(key)
    if (known === undefined) properties.push([key, value])
    else if (value !== null) system.push([known, value])
  }
  return { properties: Object.fromEntries(properties), system: Object.fromEntries(system) }
}

/** Without an equals sign: null; with one and nothing after it: the empty text. */
function pairOf(part: string): [key: string, value: string | null] {
  const cut = part.indexOf('=')
  if (cut < 0) return [percentDecoded(part), null]
  return [percentDecoded(part.slice(0, cut)), percentDecoded(part.slice(cut + 1))]
}

/** Of a message to a device (contract/iot-hub 10.15). */
export function writeBag(message: CloudMessage): string {
  const { system, properties, ack, expiresAt } = message
  const { messageId, correlationId, userId, contentType, contentEncoding } = system
  const own = {
    '$.mid': messageId,
    '$.cid': correlationId,
    '$.uid': userId,
    '$.to': destinationOf(message),
    '$.ct': contentType,
    '$.ce': contentEncoding,
    '$.exp': new Date(expiresAt).toISOString(),
    'iothub-ack': ack === 'none' ? undefined : ack,
  }
  return [...Object.entries(own), ...Object.entries(properties)]
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => (value === null ? encodeURIComponent(key) : `${encodeURIComponent(key)}=${encoded(value)}`))
    .join('&')
}

const encoded = (value: PropertyValue | undefined) => encodeURIComponent(String(value))
