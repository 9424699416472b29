/** Messages as the hub knows them, from AMQP and to it (contract/iot-hub 11.7, 16.7). */
import { type AmqpMessage, amqpLong, amqpTimestamp, textOf } from '../../protocol/amqp-message.ts'
import type { DeviceMessage, Properties, PropertyValue, SystemProperties } from '../device/message.ts'
import type { StoredEvent } from '../telemetry/event.ts'

export function deviceMessageOf(message: AmqpMessage): DeviceMessage {
  const { body, annotations } = message
  const system: SystemProperties = {
    messageId: textOf(message.messageId),
    correlationId: textOf(message.correlationId),
    userId: message.userId?.toString(),
    to: message.to,
    contentType: message.contentType,
    contentEncoding: message.contentEncoding,
    creationTime: isoOf(message.createdAt),
    expiryTime: isoOf(message.expiresAt),
    component: stringOf(annotations['dt-subject']),
    interfaceId: stringOf(annotations['iothub-interface-id']),
    dataSchema: stringOf(annotations['dt-dataschema']),
    outputName: stringOf(message.applicationProperties['iothub-outputname']),
  }
  return {
    body: 'data' in body ? body.data : bytesOf(body.value),
    properties: propertiesOf(message.applicationProperties),
    system: Object.fromEntries(Object.entries(system).filter(([, value]) => value !== undefined)),
  }
}

const stringOf = (value: unknown) => (typeof value === 'string' ? value : undefined)
const isoOf = (at: number | undefined) =>
  at === undefined || Math.abs(at) > 8.64e15 ? undefined : new Date(at).toISOString()

/** Nobody sends values as bodies; what they show is their text. */
const bytesOf = (value: unknown) => Buffer.from(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))

/** Said to the hub, not to the device. */
const meantForHub = new Set(['iothub-ack', 'iothub-outputname'])

function propertiesOf(map: AmqpMessage['applicationProperties']): Properties {
  const kept = Object.entries(map).filter(([name]) => !meantForHub.has(name.toLowerCase()))
  return Object.fromEntries(kept.map(([name, value]) => [name, propertyOf(value)]))
}

function propertyOf(value: unknown): PropertyValue {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  return Buffer.isBuffer(value) ? value.toString('base64') : String(value)
}

/** What a device sent, as readers of the Event-Hubs-compatible endpoint know it. */
export function messageOfEvent(event: StoredEvent): AmqpMessage {
  const { system, body, properties } = event
  return {
    messageId: system.messageId,
    correlationId: system.correlationId,
    userId: system.userId === undefined ? undefined : Buffer.from(system.userId),
    to: system.to,
    contentType: system.contentType,
    contentEncoding: system.contentEncoding,
    createdAt: instantOf(system.creationTime),
    expiresAt: instantOf(system.expiryTime),
    applicationProperties: properties,
    annotations: annotationsOf(event),
    body: { data: Buffer.from(body.buffer, body.byteOffset, body.length) },
  }
}

function annotationsOf(event: StoredEvent): AmqpMessage['annotations'] {
  const { system } = event
  const some = {
    'iothub-connection-auth-method': event.authMethod,
    'iothub-connection-auth-generation-id': event.generationId,
    'iothub-connection-module-id': event.moduleId,
    'dt-subject': system.component,
    'dt-dataschema': system.dataSchema,
    'iothub-interface-id': system.interfaceId,
    'iothub-outputname': system.outputName,
  }
  return {
    'x-opt-sequence-number': amqpLong(event.sequence),
    'x-opt-offset': String(event.offset),
    'x-opt-enqueued-time': amqpTimestamp(event.enqueuedAt),
    'iothub-connection-device-id': event.deviceId,
    'iothub-enqueuedtime': amqpTimestamp(event.enqueuedAt),
    'iothub-message-source': event.source ?? 'Telemetry',
    ...Object.fromEntries(Object.entries(some).filter(([, value]) => value !== undefined)),
  }
}

function instantOf(text: string | undefined): number | undefined {
  const at = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(at) ? undefined : at
}
