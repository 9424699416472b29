/** Work on many devices at a time of one's choice (contract/iot-hub 9.1), and what became of it on each. */
import type { Actor } from '../../audit/deed.ts'
import type { DeviceId, Etag, HubName, JobId } from '../../ids.ts'
import type { Json, JsonObject } from '../../json.ts'
import type { Instant } from '../../system.ts'
import type { TwinChange } from '../twin.ts'

export const jobTypes = ['scheduleUpdateTwin', 'scheduleDeviceMethod'] as const
export const jobStatuses = ['queued', 'running', 'completed', 'failed', 'cancelled'] as const
export type JobStatus = (typeof jobStatuses)[number]

export type JobWork =
  /** `etag`: of the twin as it has to be; absent: whatever it is. `asSent` is shown again. */
  | {
      readonly type: 'scheduleUpdateTwin'
      readonly change: TwinChange
      readonly etag?: string
      readonly asSent: JsonObject
    }
  | {
      readonly type: 'scheduleDeviceMethod'
      readonly name: string
      readonly payload: Json
      readonly connectTimeoutMs: number
      readonly responseTimeoutMs: number
      readonly asSent: JsonObject
    }

export interface HubJob {
  readonly hub: HubName
  readonly jobId: JobId
  readonly etag: Etag
  readonly status: JobStatus
  readonly work: JobWork
  /** As it was sent; what stands behind WHERE of a query of devices. */
  readonly queryCondition: string
  readonly startAt: Instant
  readonly maxExecutionMs: number
  readonly createdAt: Instant
  /** In whose name its changes are. */
  readonly createdBy: Actor
  readonly startedAt?: Instant
  readonly endedAt?: Instant
  readonly failureReason?: string
  /** The devices up to this one are done; absent: none. */
  readonly doneUpTo?: DeviceId
}

type JobDeviceStatus = 'running' | 'completed' | 'failed'

/** One device of a job: written before the device is called, and again afterwards. */
export interface HubJobDevice {
  readonly hub: HubName
  readonly jobId: JobId
  readonly deviceId: DeviceId
  readonly status: JobDeviceStatus
  readonly startedAt: Instant
  readonly endedAt?: Instant
  /** A method's answer. */
  readonly outcome?: { readonly status: number; readonly payload: Json }
  readonly error?: { readonly code: string; readonly description: string }
}

export type JobCounts = Readonly<Record<JobDeviceStatus, number>>
