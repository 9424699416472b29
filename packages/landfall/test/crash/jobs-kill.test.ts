/** kill -9 in the middle of jobs: after a restart each twin is changed, and each device was called once at most. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectDevice, hub, makeDevice, type Reach, reachOf } from '../hub/rig.ts'
import { serve } from '../process.ts'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'landfall-jobs-kill-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const devices = 1000

const job = (jobId: string, work: object, queryCondition: string) => ({
  jobId,
  queryCondition,
  maxExecutionTimeInSeconds: 300,
  ...work,
})

async function succeeded(reach: Reach, jobId: string): Promise<number> {
  return (await hub(reach, `GET /jobs/v2/${jobId}`)).body.deviceJobStatistics.succeededCount
}

async function ended(reach: Reach, jobId: string) {
  for (;;) {
    const { body } = await hub(reach, `GET /jobs/v2/${jobId}`)
    if (!['queued', 'running', 'scheduled'].includes(body.status)) return body
    await wait(50)
  }
}

const counted = async (reach: Reach, condition: string) =>
  (await hub(reach, 'POST /devices/query', { query: `SELECT COUNT() AS n FROM devices WHERE ${condition}` })).body[0].n

test('a job that changes twins goes on where it was, and misses none', async () => {
  const first = await serve(dir)
  const before = reachOf(first)
  for (let from = 0; from < devices; from += 100) {
    const items = Array.from({ length: 100 }, (_, number) => ({ id: `d${from + number}`, importMode: 'create' }))
    await hub(before, 'POST /devices', items)
  }
  const work = { type: 'scheduleUpdateTwin', updateTwin: { etag: '*', tags: { job: 1 } } }
  await hub(before, 'PUT /jobs/v2/twins', job('twins', work, '*'))
  while ((await succeeded(before, 'twins')) < devices / 4) await wait(5)
  await first.end('SIGKILL')

  const second = await serve(dir)
  const after = reachOf(second)
  expect(await ended(after, 'twins')).toMatchObject({
    status: 'completed',
    deviceJobStatistics: { deviceCount: devices, succeededCount: devices },
  })
  expect(await counted(after, 'tags.job = 1')).toBe(devices)
  await second.end('SIGTERM')
})

test('a device that was being called is not called again', async () => {
  const first = await serve(dir)
  const before = reachOf(first)
  const deviceKey = await makeDevice(before, 'silent')
  const device = await connectDevice(before, { deviceId: 'silent', deviceKey })
  await device.client.subscribeAsync('$iothub/methods/POST/#')
  const work = { type: 'scheduleDeviceMethod', cloudToDeviceMethod: { methodName: 'open', payload: null } }
  await hub(before, 'PUT /jobs/v2/calls', job('calls', work, "deviceId = 'silent'"))
  await device.hears(/methods\/POST\/open/)
  await first.end('SIGKILL')

  const second = await serve(dir)
  const after = reachOf(second)
  const again = await connectDevice(after, { deviceId: 'silent', deviceKey })
  await again.client.subscribeAsync('$iothub/methods/POST/#')
  expect((await ended(after, 'calls')).deviceJobStatistics).toMatchObject({ succeededCount: 0, failedCount: 1 })
  const query = "SELECT error.code AS code FROM devices.jobs WHERE jobId = 'calls'"
  expect((await hub(after, 'POST /devices/query', { query })).body).toEqual([{ code: 'Interrupted' }])
  expect(again.heard).toEqual([])
  await again.client.endAsync()
  await second.end('SIGTERM')
})
