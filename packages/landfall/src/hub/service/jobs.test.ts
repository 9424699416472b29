import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HubWorld, startHubWorld } from '../../../test/hub-world.ts'

let world: HubWorld
beforeAll(async () => {
  world = await startHubWorld()
  const items = Array.from({ length: 130 }, (_, number) => ({
    id: `d${number}`,
    importMode: 'create',
    tags: { odd: number % 2 === 1 },
  }))
  await world.call('POST /devices', { body: items.slice(0, 100) })
  await world.call('POST /devices', { body: items.slice(100) })
})
afterAll(() => world[Symbol.asyncDispose]())

const twinJob = (jobId: string, rest = {}) =>
  world.call(`PUT /jobs/v2/${jobId}`, {
    policy: 'service',
    body: {
      jobId,
      type: 'scheduleUpdateTwin',
      updateTwin: { etag: '*', tags: { done: jobId }, properties: { desired: {}, reported: {} } },
      queryCondition: 'tags.odd = true',
      startTime: '2030-01-01T00:00:00.000Z',
      maxExecutionTimeInSeconds: 300,
      ...rest,
    },
  })
const jobOf = async (jobId: string) => (await world.call(`GET /jobs/v2/${jobId}`)).body
const codeOf = ({ status, headers }: { status: number; headers: Headers }) => [status, headers.get('iothub-errorcode')]

async function ended(jobId: string) {
  for (;;) {
    const job = await jobOf(jobId)
    if (!['queued', 'running', 'scheduled'].includes(job.status)) return job
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('a job that is due changes the twins that its condition picks, and tells how many', async () => {
  const { status, body } = await twinJob('due')
  expect([status, body.status, body.type]).toEqual([200, 'queued', 'scheduleUpdateTwin'])
  expect(await ended('due')).toEqual({
    jobId: 'due',
    type: 'scheduleUpdateTwin',
    updateTwin: { etag: '*', tags: { done: 'due' }, properties: { desired: {}, reported: {} } },
    queryCondition: 'tags.odd = true',
    status: 'completed',
    createdTime: '2030-01-01T00:00:00.000Z',
    startTime: '2030-01-01T00:00:00.000Z',
    endTime: '2030-01-01T00:00:00.000Z',
    maxExecutionTimeInSeconds: 300,
    deviceJobStatistics: { deviceCount: 65, succeededCount: 65, failedCount: 0, runningCount: 0, pendingCount: 0 },
  })
  const count = await world.call('POST /devices/query', {
    body: { query: "SELECT COUNT() AS n FROM devices WHERE tags.done = 'due' AND tags.odd = true" },
  })
  expect(count.body).toEqual([{ n: 65 }])
  expect((await world.call('GET /twins/d1')).body.properties.desired.$version).toBe(2)
})

test('what became of each device is found by a query', async () => {
  await twinJob('asked', { queryCondition: "deviceId IN ['d1', 'd2', 'nobody']" })
  await ended('asked')
  const query = "SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'asked'"
  const { headers, body } = await world.call('POST /devices/query', { body: { query } })
  expect(headers.get('x-ms-item-type')).toBe('DeviceJob')
  expect(body.map(({ deviceId }: { deviceId: string }) => deviceId)).toEqual(['d1', 'd2'])
  expect(body[0]).toEqual({
    deviceId: 'd1',
    jobId: 'asked',
    jobType: 'scheduleUpdateTwin',
    status: 'completed',
    startTimeUtc: '2030-01-01T00:00:00.000Z',
    endTimeUtc: '2030-01-01T00:00:00.000Z',
    createdDateTimeUtc: '2030-01-01T00:00:00.000Z',
    lastUpdatedDateTimeUtc: '2030-01-01T00:00:00.000Z',
  })
  const grouped = 'SELECT jobId, COUNT() AS n FROM devices.jobs GROUP BY jobId'
  expect((await world.call('POST /devices/query', { body: { query: grouped } })).body).toContainEqual({
    jobId: 'asked',
    n: 2,
  })
})

test('its changes are in the audit log in the name of who made it', async () => {
  await twinJob('audited', { queryCondition: "deviceId = 'd3'" })
  await ended('audited')
  const [entry] = await world.store.audit({ limit: 1, kind: 'twin', id: 'd3' })
  expect(entry).toMatchObject({ actor: { kind: 'policy', name: 'service' }, request: 'job audited' })
  const told = await world.store.audit({ limit: 10, kind: 'job', id: 'audited' })
  expect(told.map(({ action }) => action)).toEqual(['create'])
})

test('a job of the future waits, and can be called off', async () => {
  await twinJob('later', { startTime: '2030-01-01T01:00:00' })
  expect((await jobOf('later')).status).toBe('scheduled')
  const { body } = await world.call('POST /jobs/v2/later/cancel')
  expect([body.status, body.startTime]).toEqual(['cancelled', '2030-01-01T01:00:00.000Z'])
  expect((await world.call('POST /jobs/v2/later/cancel')).body.status).toBe('cancelled')
  expect((await jobOf('later')).deviceJobStatistics.deviceCount).toBe(0)
})

test('a device that is not there fails alone, and says why', async () => {
  const { body } = await world.call('PUT /jobs/v2/method', {
    body: {
      type: 'scheduleDeviceMethod',
      cloudToDeviceMethod: { methodName: 'reboot', payload: null, responseTimeoutInSeconds: 5 },
      queryCondition: "deviceId = 'd1'",
      startTime: null,
    },
  })
  expect(body.cloudToDeviceMethod.methodName).toBe('reboot')
  const job = await ended('method')
  expect([job.status, job.deviceJobStatistics.failedCount]).toEqual(['completed', 1])
  const query = "SELECT deviceId, error.code AS code FROM devices.jobs WHERE jobId = 'method'"
  expect((await world.call('POST /devices/query', { body: { query } })).body).toEqual([
    { deviceId: 'd1', code: 'DeviceNotOnline' },
  ])
})

test('a twin that is not as the job wants it stays as it is', async () => {
  await twinJob('stale', { queryCondition: "deviceId = 'd5'", updateTwin: { etag: 'bm8=', tags: { never: 1 } } })
  expect((await ended('stale')).deviceJobStatistics.failedCount).toBe(1)
  expect((await world.call('GET /twins/d5')).body.tags.never).toBeUndefined()
})

test('jobs are listed by type and status, page by page', async () => {
  const list = (query: string, headers = {}) => world.call(`GET /jobs/v2/query${query}`, { headers })
  const all = await list('?jobType=scheduleUpdateTwin&jobStatus=completed')
  const ids = all.body.map(({ jobId }: { jobId: string }) => jobId)
  expect(ids).toEqual(['asked', 'audited', 'due', 'stale'])
  expect(all.headers.get('x-ms-item-type')).toBe('JobResponse')
  const first = await list('?jobType=scheduleUpdateTwin&jobStatus=completed', { 'x-ms-max-item-count': '3' })
  const continuation = first.headers.get('x-ms-continuation') ?? ''
  const second = await list('?jobType=scheduleUpdateTwin&jobStatus=completed', { 'x-ms-continuation': continuation })
  expect([...first.body, ...second.body].map(({ jobId }) => jobId)).toEqual(ids)
  expect(second.headers.has('x-ms-continuation')).toBe(false)
  expect((await list('?jobStatus=cancelled')).body).toHaveLength(1)
  expect((await list('?jobStatus=gone')).status).toBe(400)
  expect((await world.call('GET /jobs')).body).toEqual([])
})

test('refuses a job that is there, and to find one that is not', async () => {
  expect(codeOf(await twinJob('due'))).toEqual([409, 'JobAlreadyExists'])
  for (const line of ['GET /jobs/v2/nothing', 'POST /jobs/v2/nothing/cancel', 'GET /jobs/nothing'])
    expect(codeOf(await world.call(line))).toEqual([404, 'JobNotFound'])
})

test.each([
  ['no type', { type: undefined }],
  ['no condition', { queryCondition: undefined }],
  ['a condition that is none', { queryCondition: 'tags.a LIKE 1' }],
  ['no patch', { updateTwin: null }],
  ['a start that is no time', { startTime: 'tomorrow' }],
  ['a start in ten years', { startTime: '2040-01-01T00:00:00Z' }],
  ['a negative time', { maxExecutionTimeInSeconds: -1 }],
  ['another id', { jobId: 'other' }],
  ['a method without a name', { type: 'scheduleDeviceMethod', cloudToDeviceMethod: {} }],
])('refuses a job with %s', async (_title, rest) => {
  expect(codeOf(await twinJob('refused', rest))).toEqual([400, 'ArgumentInvalid'])
})

test('a hub has a hundred open jobs at most', async () => {
  for (let number = 0; number < 100; number++) await twinJob(`open-${number}`, { startTime: '2030-02-01T00:00:00Z' })
  expect(codeOf(await twinJob('one-more'))).toEqual([429, 'ThrottlingMaxActiveJobCountExceeded'])
})
