/** A message between a device and its hub, whatever carried it (contract/iot-hub 10.10, 11.7, 12.1). */
import type { DeviceId, HubName, ModuleId } from '../../ids.ts'
import type { Instant } from '../../system.ts'

/** Text over MQTT and HTTPS; AMQP has types. Null: a key without a value. */
export type PropertyValue = string | number | boolean | null
export type Properties = Readonly<Record<string, PropertyValue>>

/** What the protocol itself knows of a message. Those that the device did not name are absent. */
export interface SystemProperties {
  readonly messageId?: string
  readonly correlationId?: string
  readonly userId?: string
  readonly to?: string
  readonly contentType?: string
  readonly contentEncoding?: string
  /** As the device wrote it. */
  readonly creationTime?: string
  readonly expiryTime?: string
  /** `dt-subject`: the component of a plug-and-play device. */
  readonly component?: string
  readonly interfaceId?: string
  /** `dt-dataschema` */
  readonly dataSchema?: string
  /** Of a module. */
  readonly outputName?: string
}

export interface DeviceMessage {
  readonly body: Uint8Array
  readonly properties: Properties
  readonly system: SystemProperties
}

/** For which ends of a cloud-to-device message its sender is told (contract/iot-hub 13.3). */
export type Ack = 'none' | 'positive' | 'negative' | 'full'

/** On its way from a back end to a device or module, as it is kept. */
export interface CloudMessage extends DeviceMessage {
  readonly hub: HubName
  readonly deviceId: DeviceId
  /** Absent: it is for the device itself. */
  readonly moduleId?: ModuleId
  /** Ours; the sender's own is `system.messageId`. */
  readonly id: string
  readonly enqueuedAt: Instant
  readonly expiresAt: Instant
  readonly ack: Ack
  /** How often a device gave it back (contract/iot-hub 13.1). */
  readonly deliveryCount: number
}

/** As its sender wrote it; else in the cloud's spelling (contract/iot-hub 10.15). */
export function destinationOf({ system, deviceId, moduleId }: CloudMessage): string {
  const module = moduleId === undefined ? '' : `/modules/${encodeURIComponent(moduleId)}`
  return system.to ?? `/devices/${encodeURIComponent(deviceId)}${module}/messages/deviceBound`
}

/** Grows within a queue. */
export interface StoredCloudMessage extends CloudMessage {
  readonly sequence: number
}

export type FeedbackStatus = 'Success' | 'Expired' | 'DeliveryCountExceeded' | 'Rejected' | 'Purged'

/** What became of a cloud-to-device message, for whoever sent it (contract/iot-hub 13.3). */
export interface Feedback {
  readonly hub: HubName
  readonly deviceId: DeviceId
  readonly moduleId?: ModuleId
  readonly deviceGenerationId: string
  /** Empty where the sender gave none. */
  readonly originalMessageId: string
  readonly statusCode: FeedbackStatus
  readonly at: Instant
}

export interface StoredFeedback extends Feedback {
  readonly number: number
}
