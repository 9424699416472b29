/** The body of `PUT /jobs/v2/{id}` as a job (contract/iot-hub 9.1). */
import { type JobId, printable } from '../../ids.ts'
import { isJsonObject, type JsonObject } from '../../json.ts'
import type { Instant } from '../../system.ts'
import { readMethod } from '../method-order.ts'
import { parseCondition } from '../query/condition.ts'
import { invalid } from '../refusal.ts'
import { parseTwinChange } from '../twin-change.ts'
import { type HubJob, type JobWork, jobTypes } from './job.ts'

export type JobWish = Pick<HubJob, 'work' | 'queryCondition' | 'startAt' | 'maxExecutionMs'>

/** As the clients' default: an hour. Most: bounds of our own. */
const seconds = { otherwise: 3600, most: 30 * 24 * 3600 } as const
const latestStartMs = 366 * 24 * 3600_000
const longestCondition = 8 * 1024

export function parseJob(jobId: JobId, body: JsonObject, at: Instant): JobWish {
  if ((body.jobId ?? jobId) !== jobId)
    throw invalid(`The body names the job "${printable(String(body.jobId))}", the path "${jobId}".`)
  return {
    work: parseWork(body),
    queryCondition: parseQueryCondition(body.queryCondition),
    startAt: parseStart(body.startTime, at),
    maxExecutionMs: parseSeconds(body.maxExecutionTimeInSeconds) * 1000,
  }
}

function parseWork({ type, updateTwin, cloudToDeviceMethod }: JsonObject): JobWork {
  const known = jobTypes.find((name) => name.toLowerCase() === String(type).toLowerCase())
  if (known === 'scheduleUpdateTwin') return parseTwinWork(updateTwin)
  if (known === 'scheduleDeviceMethod') return parseMethodWork(cloudToDeviceMethod)
  throw invalid(`type is "${jobTypes.join('" or "')}", not ${printable(JSON.stringify(type) ?? 'nothing', 60)}.`)
}

function parseTwinWork(updateTwin: unknown): JobWork {
  if (!isJsonObject(updateTwin))
    throw invalid('A scheduleUpdateTwin job has updateTwin: a patch of tags or properties.')
  const { etag } = updateTwin
  const isCertain = typeof etag === 'string' && etag !== '' && etag !== '*' && etag !== '"*"'
  return {
    type: 'scheduleUpdateTwin',
    change: parseTwinChange(updateTwin),
    ...(isCertain && { etag: etag.replace(/^"(.*)"$/, '$1') }),
    asSent: updateTwin,
  }
}

function parseMethodWork(method: unknown): JobWork {
  if (!isJsonObject(method)) throw invalid('A scheduleDeviceMethod job has cloudToDeviceMethod with a methodName.')
  const { name, payload, connectTimeoutMs, responseTimeoutMs } = readMethod(method)
  return { type: 'scheduleDeviceMethod', name, payload, connectTimeoutMs, responseTimeoutMs, asSent: method }
}

function parseQueryCondition(value: unknown): string {
  if (typeof value !== 'string' || value.length > longestCondition)
    throw invalid(
      `queryCondition is a text of at most ${longestCondition} characters: what stands behind WHERE, or "*".`,
    )
  parseCondition(value)
  return value
}

/** Without a zone it is UTC, as `az` sends it; absent: at once. */
function parseStart(value: unknown, at: Instant): Instant {
  if (value === undefined || value === null || value === '') return at
  const text = String(value)
  const start = /^\d{4}-\d{2}-\d{2}T[\d:.]+$/.test(text) ? Date.parse(`${text}Z`) : Date.parse(text)
  if (!/^\d{4}-\d{2}-\d{2}T/.test(text) || Number.isNaN(start))
    throw invalid(`startTime is a time such as 2030-01-31T12:00:00Z, not "${printable(text, 60)}".`)
  if (start - at > latestStartMs) throw invalid('A job can be scheduled a year ahead at most.')
  return start
}

function parseSeconds(value: unknown): number {
  if (value === undefined || value === null || value === 0) return seconds.otherwise
  if (typeof value === 'number' && value > 0 && value <= seconds.most) return value
  throw invalid(
    `maxExecutionTimeInSeconds is a number up to ${seconds.most}, not ${printable(JSON.stringify(value) ?? '', 60)}.`,
  )
}
