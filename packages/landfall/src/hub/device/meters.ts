/** What the hub counts as it goes; metrics are made of it. */
import type { DeviceTransport } from './session.ts'

export interface HubMeters {
  /** Acknowledged, hence on disk. */
  telemetry(count: number, bytes: number): void
  /** `outcome`: answered, or the hub's name of what came instead. */
  method(outcome: string, durationMs: number): void
  /** A device that was not let in. */
  refused(code: string, transport: DeviceTransport): void
  /** `what`: sent, completed, abandoned, rejected, expired, purged, … */
  cloudMessage(what: string): void
}

export const noMeters: HubMeters = { telemetry() {}, method() {}, refused() {}, cloudMessage() {} }
