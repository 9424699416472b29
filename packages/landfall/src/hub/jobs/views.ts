/** How a job, and what became of it on a device, are shown over the service API (contract/iot-hub 9.1, 7.3). */
import type { JsonObject } from '../../json.ts'
import type { Instant } from '../../system.ts'
import type { HubJob, HubJobDevice, JobCounts, JobStatus } from './job.ts'

/** What waits for its time is shown as scheduled (`az` is tested for it), but as queued to who has just made it. */
export type ShownStatus = JobStatus | 'scheduled'

export const shownStatusOf = ({ status, startAt }: HubJob, at: Instant): ShownStatus =>
  status === 'queued' && startAt > at ? 'scheduled' : status

export function jobView(job: HubJob, counts: JobCounts, status: ShownStatus): JsonObject {
  const { jobId, work, queryCondition, maxExecutionMs, failureReason } = job
  return {
    jobId,
    type: work.type,
    ...(work.type === 'scheduleUpdateTwin' ? { updateTwin: work.asSent } : { cloudToDeviceMethod: work.asSent }),
    queryCondition,
    status,
    createdTime: timeOf(job.createdAt),
    startTime: timeOf(job.startAt),
    ...(job.endedAt !== undefined && { endTime: timeOf(job.endedAt) }),
    maxExecutionTimeInSeconds: maxExecutionMs / 1000,
    ...(failureReason !== undefined && { failureReason }),
    deviceJobStatistics: {
      deviceCount: counts.completed + counts.failed + counts.running,
      succeededCount: counts.completed,
      failedCount: counts.failed,
      runningCount: counts.running,
      pendingCount: 0,
    },
  }
}

export function jobDeviceView(job: HubJob, device: HubJobDevice): JsonObject {
  const { jobId, deviceId, status, startedAt, endedAt, outcome, error } = device
  return {
    deviceId,
    jobId,
    jobType: job.work.type,
    status,
    startTimeUtc: timeOf(startedAt),
    ...(endedAt !== undefined && { endTimeUtc: timeOf(endedAt) }),
    createdDateTimeUtc: timeOf(job.createdAt),
    lastUpdatedDateTimeUtc: timeOf(endedAt ?? startedAt),
    ...(outcome && { outcome: { deviceMethodResponse: outcome } }),
    ...(error && { error }),
  }
}

const timeOf = (at: Instant) => new Date(at).toISOString()
