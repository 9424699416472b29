/** The telemetry of the hubs, as those who write and those who read it see it. */
import type { HubName } from '../../ids.ts'
import type { Instant } from '../../system.ts'
import type { StoredEvent, TelemetryEvent, TelemetrySpan } from './event.ts'

/** Where a reader begins (contract/iot-hub 16.5). */
export type Start =
  | 'earliest'
  | 'latest'
  | { readonly offset: number; readonly inclusive: boolean }
  | { readonly sequence: number; readonly inclusive: boolean }
  /** Later than this. */
  | { readonly enqueuedAfter: Instant }

export interface PartitionOf {
  readonly hub: HubName
  /** 0 to `partitionsPerHub` - 1 */
  readonly partition: number
}

export interface ReadOrder extends PartitionOf {
  /** The sequence number after which to go on; -1: from the oldest. */
  readonly after: number
  readonly limit: number
  /** Ends with the event that reaches this size; absent: 1 MiB. */
  readonly bytes?: number
}

export interface TelemetryLog {
  /** Resolves when all of them are on disk. */
  append(hub: HubName, events: readonly TelemetryEvent[]): Promise<void>
  /** There is more on disk that somebody else wrote. */
  wrote(of: PartitionOf): void
  span(of: PartitionOf): Promise<TelemetrySpan>
  /** The `after` with which to read from there. */
  placeOf(of: PartitionOf, start: Start): Promise<number>
  /** What is there, oldest first; none: wait for `more`. */
  read(order: ReadOrder): Promise<readonly StoredEvent[]>
  /** Resolves once there is an event after `after`, on disk; or when the signal aborts. */
  more(of: PartitionOf, after: number, signal: AbortSignal): Promise<void>
}
