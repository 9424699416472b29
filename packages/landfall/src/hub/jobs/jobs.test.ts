import { afterEach, beforeEach, expect, test } from 'vitest'
import { type HubWorld, startHubWorld } from '../../../test/hub-world.ts'
import type { DeviceId, JobId } from '../../ids.ts'
import { makeToken } from '../../sas/token.ts'
import { realRandom as random, realTimers as timers } from '../../system.ts'
import type { HubJob } from './job.ts'
import { type Jobs, makeJobs } from './jobs.ts'

let world: HubWorld
let jobs: Jobs
let called: string[]
beforeEach(async () => {
  world = await startHubWorld()
  called = []
  const { store, devices, clock } = world
  const log = { info() {}, warn() {}, error() {}, debug() {} }
  jobs = makeJobs({ store, devices, clock, random, timers, log })
})
afterEach(async () => {
  await jobs.close()
  await world[Symbol.asyncDispose]()
})

const jobId = 'job' as JobId

/** A device that answers every method, or none. */
async function connected(deviceId: string, answers = true) {
  const hub = world.hubs[0].name
  const { body } = await world.call(`PUT /devices/${deviceId}`, { body: {} })
  const key = body.authentication.symmetricKey.primaryKey
  const sasToken = makeToken({ resource: `${hub}/devices/${deviceId}`, key, expiry: world.clock.at + 3600_000 })
  const knock = {
    host: hub,
    deviceId,
    sasToken,
    certificates: [],
    transport: 'mqtt',
    remoteAddress: undefined,
  } as const
  const session = await world.devices.connect({ ...knock, trackingId: 't' as never }, { cut() {} })
  session.onMethod(async ({ name }, signal) => {
    called.push(`${deviceId} ${name}`)
    if (!answers) await new Promise((resolve) => signal.addEventListener('abort', resolve))
    return { status: 200, payload: Buffer.from('{"done":true}') }
  })
}

const job = (rest: Partial<HubJob> = {}): HubJob => ({
  hub: world.hubs[0].name,
  jobId,
  etag: 'one' as never,
  status: 'queued',
  work: {
    type: 'scheduleDeviceMethod',
    name: 'reboot',
    payload: null,
    connectTimeoutMs: 0,
    responseTimeoutMs: 60_000,
    asSent: {},
  },
  queryCondition: '*',
  startAt: world.clock.at,
  maxExecutionMs: 3600_000,
  createdAt: world.clock.at,
  createdBy: { kind: 'policy', name: 'service' },
  ...rest,
})

async function ended(): Promise<HubJob> {
  for (;;) {
    const found = await world.store.job(world.hubs[0].name, jobId)
    if (found?.endedAt !== undefined) return found
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const became = async () =>
  (await world.store.jobDevices({ hub: world.hubs[0].name, jobId, limit: 100 })).map(
    ({ deviceId, status, outcome, error }) => [deviceId, status, outcome?.status ?? error?.code],
  )

test('a method is called on every device that is there', async () => {
  await connected('a')
  await connected('b')
  await world.call('PUT /devices/c', { body: {} })
  await world.store.commit([{ put: 'job', value: job(), expect: 'absent' }])
  await jobs.resume()
  expect((await ended()).status).toBe('completed')
  expect(called.sort()).toEqual(['a reboot', 'b reboot'])
  expect(await became()).toEqual([
    ['a', 'completed', 200],
    ['b', 'completed', 200],
    ['c', 'failed', 'DeviceNotOnline'],
  ])
})

test('after a restart nothing that was done is done again, and no device that was being called is called twice', async () => {
  for (const id of ['a', 'b', 'c', 'd']) await connected(id)
  const { name: hub } = world.hubs[0]
  const begun = { hub, jobId, startedAt: world.clock.at }
  await world.store.commit([
    {
      put: 'job',
      value: job({ status: 'running', startedAt: world.clock.at, doneUpTo: 'a' as DeviceId }),
      expect: 'absent',
    },
    {
      note: 'jobDevices',
      values: [
        { ...begun, deviceId: 'a' as DeviceId, status: 'completed', outcome: { status: 201, payload: null } },
        { ...begun, deviceId: 'b' as DeviceId, status: 'completed', outcome: { status: 201, payload: null } },
        { ...begun, deviceId: 'c' as DeviceId, status: 'running' },
      ],
    },
  ])
  await jobs.resume()
  expect((await ended()).status).toBe('completed')
  expect(called).toEqual(['d reboot'])
  expect(await became()).toEqual([
    ['a', 'completed', 201],
    ['b', 'completed', 201],
    ['c', 'failed', 'Interrupted'],
    ['d', 'completed', 200],
  ])
})

test('a job that is called off while it runs ends, and what was begun is told as such', async () => {
  await connected('a', false)
  for (let number = 0; number < 30; number++) await world.call(`PUT /devices/z${number}`, { body: {} })
  await world.store.commit([{ put: 'job', value: job(), expect: 'absent' }])
  await jobs.resume()
  while (called.length === 0) await new Promise((resolve) => setImmediate(resolve))
  const place = { hub: world.hubs[0].name, jobId, at: world.clock.at }
  expect((await jobs.cancel(world.store, place)).status).toBe('cancelled')
  const none = async () => (await became()).every(([, status]) => status === 'failed')
  while (!(await none())) await new Promise((resolve) => setImmediate(resolve))
  expect((await ended()).status).toBe('cancelled')
})

test('a service that closes leaves what it was doing to the next start', async () => {
  await connected('a', false)
  await world.store.commit([{ put: 'job', value: job(), expect: 'absent' }])
  await jobs.resume()
  while (called.length === 0) await new Promise((resolve) => setImmediate(resolve))
  await jobs.close()
  expect(await became()).toEqual([['a', 'running', undefined]])
  expect((await world.store.openJobs()).map(({ status }) => status)).toEqual(['running'])
})

test('a job that takes too long fails, and says so', async () => {
  await connected('a', false)
  await world.store.commit([{ put: 'job', value: job({ maxExecutionMs: 1 }), expect: 'absent' }])
  await jobs.resume()
  expect(await ended()).toMatchObject({ status: 'failed', failureReason: expect.stringContaining('0.001 seconds') })
})
