/** What back ends may ask of connected devices and their queues; REST, AMQP and jobs call it. */
import type { DeviceId, HubName } from '../../ids.ts'
import type { Json } from '../../json.ts'
import type { Instant } from '../../system.ts'
import type { Ack, DeviceMessage, StoredFeedback } from './message.ts'
import type { IdentityName } from './named.ts'

export interface DeviceAddress {
  readonly hub: HubName
  readonly deviceId: DeviceId
}

export interface MethodOrder {
  readonly name: string
  readonly payload: Json
  /** How long to wait for the device to be there (contract/iot-hub 8.3). */
  readonly connectTimeoutMs: number
  readonly responseTimeoutMs: number
  /** The caller is gone. */
  readonly signal?: AbortSignal
}

export interface MethodResult {
  readonly status: number
  readonly payload: Json
}

export interface CloudMessageOrder extends DeviceMessage {
  readonly ack: Ack
  /** Absent: an hour from now (contract/iot-hub 13.1). */
  readonly expiresAt?: Instant
}

/** As views show it (contract/iot-hub 4.5, 6.2). */
export interface Presence {
  readonly isConnected: boolean
  readonly changedAt?: Instant
  readonly lastActivityAt?: Instant
  readonly modelId?: string
}

export interface FeedbackQueue {
  /** The oldest that nobody holds, locked for `lockMs`; competing consumers share one queue (contract/iot-hub 15.3). */
  receive(hub: HubName, limit: number, lockMs: number): Promise<readonly StoredFeedback[]>
  /** Done with them, on disk when it resolves. */
  complete(hub: HubName, numbers: readonly number[]): Promise<void>
  /** Back into the queue. */
  release(hub: HubName, numbers: readonly number[]): void
  /** Resolves when there may be one to receive, or the signal aborts. */
  more(hub: HubName, signal: AbortSignal): Promise<void>
}

export interface DeviceBackEnd {
  /** Throws DeviceNotFound, ModuleNotFound, DeviceNotOnline, DeviceConnectionClosedRemotely, GatewayTimeout, BadDeviceResponse. */
  invokeMethod(to: IdentityName, order: MethodOrder): Promise<MethodResult>
  /** Queued on disk when it resolves. Throws DeviceNotFound, ModuleNotFound, DeviceMaximumQueueDepthExceeded, MessageTooLarge. */
  sendCloudMessage(to: IdentityName, order: CloudMessageOrder): Promise<void>
  /** How many there were, of the device itself. */
  purgeCloudMessages(to: DeviceAddress): Promise<number>
  cloudMessageCount(to: IdentityName): Promise<number>
  readonly feedback: FeedbackQueue
  presenceOf(of: IdentityName): Promise<Presence>
  /** Devices, their modules not counted. */
  connectedCount(hub: HubName): number
}
