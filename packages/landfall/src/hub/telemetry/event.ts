/** What a hub keeps of its devices' messages, for back ends to read (contract/iot-hub 16.7, 16.9). */
import type { DeviceId } from '../../ids.ts'
import type { Instant } from '../../system.ts'
import type { DeviceMessage } from '../device/message.ts'

/** Fixed: a device's partition never changes, so that its messages stay in order. */
export const partitionsPerHub = 4

export interface TelemetryEvent extends DeviceMessage {
  readonly deviceId: DeviceId
  readonly moduleId?: string
  /** Absent where no device sent it. */
  readonly generationId?: string
  /** JSON text, as clients expect it (contract/iot-hub 16.8); absent where no device sent it. */
  readonly authMethod?: string
  /** Absent: `Telemetry`. */
  readonly source?: string
}

export interface StoredEvent extends TelemetryEvent {
  /** From 0, one more with each event of the partition. */
  readonly sequence: number
  /** Grows with the sequence, by what the event takes. */
  readonly offset: number
  /** Never before that of the event ahead. */
  readonly enqueuedAt: Instant
}

/** The events of one partition that are there. */
export interface TelemetrySpan {
  /** Of the oldest; where there is none, of the next that will come. */
  readonly first: number
  /** Of the newest ever written, -1 before the first; the event itself may be forgotten. */
  readonly last: number
  readonly lastOffset: number
  readonly lastEnqueuedAt: Instant
  readonly isEmpty: boolean
}
