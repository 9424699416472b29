/**
 * One job from its start, or from where a restart interrupted it, to its end (contract/iot-hub 9.1):
 * batch by batch through the devices that its condition picks; of each it is written that it is begun, and what became of
 * it. So a twin is never left out, and a method is never called twice for one job.
 */
import { audited, type OnAudit } from '../../audit/audited.ts'
import { makeEtag } from '../../ids.ts'
import type { Store } from '../../store/store.ts'
import type { Clock, Random, Timers } from '../../system.ts'
import type { DeviceBackEnd } from '../device/back-end.ts'
import { parseCondition } from '../query/condition.ts'
import { fits } from '../query/evaluate.ts'
import { sourceOf } from '../query/sources.ts'
import type { HubRefusal } from '../refusal.ts'
import { changeTwin } from '../registry.ts'
import type { HubJob, HubJobDevice } from './job.ts'

export interface JobParts {
  readonly store: Store
  readonly devices: DeviceBackEnd
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
  readonly onAudit?: OnAudit
}

/** Looked at together; on a restart so many may have been begun. */
const batchSize = 100
/** Of one job. */
const devicesAtOnce = 10

/** What ends a job before its devices are done. */
export interface Ends {
  /** Called off: it is written so already. */
  readonly off: AbortSignal
  /** The service closes: what is begun stays begun, and is taken up after the next start. */
  readonly closing: AbortSignal
}

export async function runJob(parts: JobParts, queued: HubJob, { off, closing }: Ends): Promise<void> {
  const { clock, timers } = parts
  const isResumed = queued.status === 'running'
  const job = isResumed ? queued : await advance(parts, queued, { status: 'running', startedAt: clock.now() })
  const over = new AbortController()
  const left = (job.startedAt ?? clock.now()) + job.maxExecutionMs - clock.now()
  const ended = AbortSignal.any([over.signal, off, closing])
  void timers.sleep(Math.max(0, left), ended).then(() => over.abort())
  try {
    const last = await runBatches(parts, job, { isResumed, over: ended, closing })
    if (off.aborted || closing.aborted) return
    await advance(parts, last, { ...outcomeOf(job, over.signal.aborted), endedAt: clock.now() })
  } finally {
    over.abort()
  }
}

function outcomeOf({ maxExecutionMs }: HubJob, isTooLate: boolean): Pick<HubJob, 'status' | 'failureReason'> {
  if (!isTooLate) return { status: 'completed' }
  return { status: 'failed', failureReason: `The job was not done within its ${maxExecutionMs / 1000} seconds.` }
}

interface Course {
  readonly isResumed: boolean
  /** Called off, out of time, or closing. */
  readonly over: AbortSignal
  readonly closing: AbortSignal
}

async function runBatches(parts: JobParts, job: HubJob, { isResumed, over, closing }: Course): Promise<HubJob> {
  const { store, devices } = parts
  const query = parseCondition(job.queryCondition)
  const next = sourceOf({ store, devices, hub: job.hub }, query)
  let current = job
  let mayBeBegun = isResumed
  for (;;) {
    const batch = await next(current.doneUpTo, batchSize)
    const ids = batch.rows.flatMap(({ row, place }) => (!query.where || fits(query.where, row) ? [place] : []))
    await runDevices(parts, current, { ids: ids as HubJobDevice['deviceId'][], mayBeBegun, over, closing })
    if (over.aborted || batch.next === undefined) return current
    current = await advance(parts, current, { doneUpTo: batch.next as HubJob['doneUpTo'] })
    mayBeBegun = false
  }
}

interface Devices {
  readonly ids: readonly HubJobDevice['deviceId'][]
  readonly mayBeBegun: boolean
  readonly over: AbortSignal
  readonly closing: AbortSignal
}

async function runDevices(parts: JobParts, job: HubJob, { ids, mayBeBegun, over, closing }: Devices): Promise<void> {
  const { store, clock } = parts
  const { hub, jobId } = job
  const before = mayBeBegun ? await Promise.all(ids.map((deviceId) => store.jobDevice(hub, jobId, deviceId))) : []
  const lost = before.filter((device) => device?.status === 'running' && job.work.type === 'scheduleDeviceMethod')
  const known = new Set(before.filter((device) => device && device.status !== 'running').map((one) => one?.deviceId))
  for (const device of lost) known.add(device?.deviceId)
  const fresh = ids.filter((deviceId) => !known.has(deviceId))
  const begun = fresh.map(
    (deviceId): HubJobDevice => ({ hub, jobId, deviceId, status: 'running', startedAt: clock.now() }),
  )
  const interrupted = lost.flatMap((device) => (device ? [{ ...device, ...interruption, endedAt: clock.now() }] : []))
  if (over.aborted || begun.length + interrupted.length === 0) return
  await store.commit([{ note: 'jobDevices', values: [...interrupted, ...begun] }])
  const waiting = begun.values()
  await Promise.all(Array.from({ length: devicesAtOnce }, () => worker(parts, job, waiting, { over, closing })))
  if (closing.aborted) return
  const left = [...waiting].map((device) => ({ ...device, ...notReached, endedAt: clock.now() }))
  if (left.length > 0) await store.commit([{ note: 'jobDevices', values: left }])
}

const notReached = {
  status: 'failed',
  error: { code: 'JobEnded', description: 'The job ended before it was the turn of this device.' },
} as const

const interruption = {
  status: 'failed',
  error: {
    code: 'Interrupted',
    description: 'The service was stopped while the device was called. Whether it has done it is not known.',
  },
} as const

async function worker(
  parts: JobParts,
  job: HubJob,
  waiting: Iterator<HubJobDevice>,
  { over, closing }: Pick<Course, 'over' | 'closing'>,
): Promise<void> {
  while (!over.aborted) {
    const next = waiting.next()
    if (next.done) return
    const outcome = await runDevice(parts, job, next.value, over)
    // cut short: it stays begun, and is found so afterwards
    if (closing.aborted && outcome.status === 'failed') return
    await parts.store.commit([
      { note: 'jobDevices', values: [{ ...next.value, ...outcome, endedAt: parts.clock.now() }] },
    ])
  }
}

type Outcome = Pick<HubJobDevice, 'status' | 'outcome' | 'error'>

async function runDevice(
  parts: JobParts,
  job: HubJob,
  { deviceId }: HubJobDevice,
  over: AbortSignal,
): Promise<Outcome> {
  try {
    return await doWork(parts, job, { deviceId, over })
  } catch (error) {
    if (!isRefusal(error)) throw error
    return { status: 'failed', error: { code: error.code, description: error.message } }
  }
}

const isRefusal = (error: unknown): error is HubRefusal => error instanceof Error && error.name === 'HubRefusal'

interface One {
  readonly deviceId: HubJobDevice['deviceId']
  readonly over: AbortSignal
}

async function doWork(
  parts: JobParts,
  { hub, jobId, work, createdBy }: HubJob,
  { deviceId, over }: One,
): Promise<Outcome> {
  const { store, devices, clock, random, onAudit } = parts
  if (work.type === 'scheduleDeviceMethod') {
    const outcome = await devices.invokeMethod({ hub, deviceId }, { ...work, signal: over })
    return { status: 'completed', outcome }
  }
  const at = clock.now()
  const registry = { store: audited(store, { actor: createdBy, at, request: `job ${jobId}` }, onAudit), random }
  const seen = work.etag === undefined ? 'whatever' : { etag: work.etag }
  await changeTwin(registry, { hub, deviceId, at }, seen, work.change, 'patch')
  return { status: 'completed' }
}

/** Under the version that was read: who called the job off meanwhile is not overwritten. */
async function advance({ store, random }: JobParts, job: HubJob, news: Partial<HubJob>): Promise<HubJob> {
  const value = { ...job, ...news, etag: makeEtag(random) }
  await store.commit([{ put: 'job', value, expect: { etag: job.etag } }])
  return value
}
