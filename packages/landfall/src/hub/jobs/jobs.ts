/** The jobs of all hubs: kept until they are due, run a few at a time, resumed after a restart (contract/iot-hub 9.1). */
import type { Actor } from '../../audit/deed.ts'
import { type HubName, type JobId, makeEtag } from '../../ids.ts'
import type { Log } from '../../observe/log.ts'
import type { Store } from '../../store/store.ts'
import type { Instant } from '../../system.ts'
import { HubRefusal } from '../refusal.ts'
import { isConflict } from '../registry.ts'
import type { HubJob } from './job.ts'
import type { JobWish } from './parse-job.ts'
import { type JobParts, runJob } from './run-job.ts'

export interface JobPlace {
  readonly hub: HubName
  readonly jobId: JobId
  readonly at: Instant
}

export interface Jobs {
  /** Through the caller's store: it is told of in the audit log. */
  create(store: Store, place: JobPlace, wish: JobWish, createdBy: Actor): Promise<HubJob>
  /** What has ended stays as it is. */
  cancel(store: Store, place: JobPlace): Promise<HubJob>
  /** Takes up what was there when the service stopped; then looks for what is due. */
  resume(): Promise<void>
  close(): Promise<void>
}

/** How often it is looked for jobs that are due. */
const lookMs = 1000
/** Of all hubs together; bounds of our own, as are the next three, of each hub. */
const runAtOnce = 4
const mostOpen = 100
const mostEnded = 100
const endedForMs = 30 * 24 * 3600_000
/** A disk that refuses is asked again after this. */
const retryMs = 5000

export function makeJobs(parts: JobParts & { readonly log: Log }): Jobs {
  const { store, clock, timers, random, log } = parts
  const waiting = new Map<string, HubJob>()
  const running = new Map<string, { readonly off: AbortController; readonly done: Promise<void> }>()
  const notBefore = new Map<string, Instant>()
  const closing = new AbortController()

  function startDue(): void {
    const now = clock.now()
    for (const [name, job] of waiting) {
      if (running.size >= runAtOnce || closing.signal.aborted) return
      if (job.startAt > now || (notBefore.get(name) ?? 0) > now || running.has(name)) continue
      const off = new AbortController()
      running.set(name, { off, done: run(name, job, off) })
    }
  }

  async function run(name: string, job: HubJob, off: AbortController): Promise<void> {
    try {
      await runJob(parts, job, { off: off.signal, closing: closing.signal })
      waiting.delete(name)
      notBefore.delete(name)
    } catch (error) {
      await takeUpLater(name, job, error)
    } finally {
      running.delete(name)
      startDue()
    }
  }

  /** Somebody called it off, or the disk refused: as it stands in the store it goes on. */
  async function takeUpLater(name: string, job: HubJob, error: unknown): Promise<void> {
    if (!isConflict(error)) log.warn({ err: error, jobId: job.jobId }, 'a job was interrupted; it is taken up again')
    notBefore.set(name, clock.now() + retryMs)
    const now = await store.job(job.hub, job.jobId).catch(() => job)
    if (now && isOpen(now)) waiting.set(name, now)
    else {
      waiting.delete(name)
      notBefore.delete(name)
    }
  }

  return {
    async create(asked, place, wish, createdBy) {
      await makeRoom(store, place)
      const { hub, jobId, at } = place
      const job: HubJob = { hub, jobId, etag: makeEtag(random), status: 'queued', ...wish, createdAt: at, createdBy }
      try {
        await asked.commit([{ put: 'job', value: job, expect: 'absent' }])
      } catch (error) {
        throw isConflict(error) ? alreadyExists(place) : error
      }
      waiting.set(nameOf(job), job)
      startDue()
      return job
    },
    async cancel(asked, place) {
      for (;;) {
        const job = await readJob(asked, place)
        if (!isOpen(job)) return job
        const value: HubJob = { ...job, etag: makeEtag(random), status: 'cancelled', endedAt: place.at }
        try {
          await asked.commit([{ put: 'job', value, expect: { etag: job.etag } }])
          waiting.delete(nameOf(job))
          running.get(nameOf(job))?.off.abort()
          return value
        } catch (error) {
          if (!isConflict(error)) throw error
        }
      }
    },
    async resume() {
      for (const job of await store.openJobs()) waiting.set(nameOf(job), job)
      void lookNowAndThen()
    },
    async close() {
      closing.abort()
      await Promise.all([...running.values()].map(({ done }) => done))
    },
  }

  async function lookNowAndThen(): Promise<void> {
    while (!closing.signal.aborted) {
      startDue()
      await timers.sleep(lookMs, closing.signal)
    }
  }
}

const nameOf = ({ hub, jobId }: Pick<HubJob, 'hub' | 'jobId'>) => `${hub}/${jobId}`
const isOpen = ({ status }: HubJob) => status === 'queued' || status === 'running'

export async function readJob(store: Store, { hub, jobId }: Pick<JobPlace, 'hub' | 'jobId'>): Promise<HubJob> {
  const job = await store.job(hub, jobId)
  if (!job)
    throw new HubRefusal(
      'JobNotFound',
      `There is no job "${jobId}" on the hub "${hub}". Ended jobs are kept for 30 days.`,
    )
  return job
}

export const allJobs = (store: Store, hub: HubName) => store.jobs({ hub, limit: mostOpen + mostEnded + 1 })

/** Of jobs that have ended the newest are kept. */
async function makeRoom(store: Store, { hub, at }: JobPlace): Promise<void> {
  const jobs = await allJobs(store, hub)
  if (jobs.filter(isOpen).length >= mostOpen)
    throw new HubRefusal(
      'ThrottlingMaxActiveJobCountExceeded',
      `The hub "${hub}" has ${mostOpen} jobs that have not ended. Wait for some, or cancel them.`,
    )
  const ended = jobs.filter((job) => !isOpen(job)).sort((one, other) => (other.endedAt ?? 0) - (one.endedAt ?? 0))
  const gone = ended.filter(({ endedAt = 0 }, place) => place >= mostEnded - 1 || at - endedAt > endedForMs)
  if (gone.length > 0)
    await store.commit(gone.map(({ jobId }) => ({ delete: 'job', hub, jobId, expect: 'any' }) as const))
}

const alreadyExists = ({ hub, jobId }: JobPlace) =>
  new HubRefusal('JobAlreadyExists', `There is a job "${jobId}" on the hub "${hub}" already. Take another id.`)
