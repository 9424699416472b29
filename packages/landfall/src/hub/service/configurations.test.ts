import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HubWorld, startHubWorld } from '../../../test/hub-world.ts'

let world: HubWorld
beforeAll(async () => {
  world = await startHubWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const content = { deviceContent: { 'properties.desired.chiller': { temperature: 68 } } }
const configuration = (id: string, rest = {}) => ({
  id,
  schemaVersion: '1.0',
  labels: { kind: 'test' },
  content,
  targetCondition: "tags.environment='prod'",
  priority: 10,
  metrics: { queries: { cold: 'SELECT deviceId FROM devices WHERE properties.reported.temperature < 4' } },
  ...rest,
})
const put = (id: string, rest = {}, etag?: string) =>
  world.call(`PUT /configurations/${id}`, {
    body: configuration(id, rest),
    headers: etag === undefined ? {} : { 'if-match': etag },
  })
const codeOf = ({ status, headers }: { status: number; headers: Headers }) => [status, headers.get('iothub-errorcode')]

test('a configuration is created, found and listed as it was written', async () => {
  const { status, headers, body } = await put('first')
  expect(status).toBe(200)
  expect(body).toEqual({
    ...configuration('first'),
    createdTimeUtc: '2030-01-01T00:00:00.000Z',
    lastUpdatedTimeUtc: '2030-01-01T00:00:00.000Z',
    systemMetrics: { results: {}, queries: {} },
    metrics: { results: {}, queries: configuration('first').metrics.queries },
    etag: expect.any(String),
  })
  expect(headers.get('etag')).toBe(`"${body.etag}"`)
  expect((await world.call('GET /configurations/first')).body).toEqual(body)
  await put('second')
  expect((await world.call('GET /configurations')).body.map(({ id }: { id: string }) => id)).toEqual([
    'first',
    'second',
  ])
  expect((await world.call('GET /configurations?top=1')).body).toHaveLength(1)
})

test('its priority changes under its etag or forced, its content never', async () => {
  const { body: before } = await put('change')
  expect(codeOf(await put('change'))).toEqual([409, 'ConfigurationAlreadyExists'])
  expect(codeOf(await put('change', { priority: 11 }, '"bm8="'))).toEqual([412, 'PreconditionFailed'])
  const { body: after } = await put('change', { priority: 11 }, `"${before.etag}"`)
  expect([after.priority, after.etag === before.etag]).toEqual([11, false])
  expect((await put('change', { priority: 12 }, '"*"')).body.priority).toBe(12)
  const other = { content: { deviceContent: { 'properties.desired.x': 1 } } }
  expect(codeOf(await put('change', other, '"*"'))).toEqual([400, 'ArgumentInvalid'])
})

test('it is deleted once', async () => {
  await put('gone')
  expect((await world.call('DELETE /configurations/gone')).status).toBe(204)
  for (const line of ['GET /configurations/gone', 'DELETE /configurations/gone'])
    expect(codeOf(await world.call(line))).toEqual([404, 'ConfigurationNotFound'])
  expect(codeOf(await put('gone', {}, '"*"'))).toEqual([404, 'ConfigurationNotFound'])
})

test.each([
  ['no content', { content: undefined }],
  ['content of two kinds', { content: { ...content, modulesContent: { a: { 'properties.desired': {} } } } }],
  ['a setting outside of desired', { content: { deviceContent: { 'properties.reported.x': 1 } } }],
  ['a condition that is none', { targetCondition: 'tags.a LIKE 1' }],
  ['a priority below zero', { priority: -1 }],
  ['another id', { id: 'other' }],
  ['labels that are no texts', { labels: { a: 1 } }],
])('refuses %s', async (_title, rest) => {
  expect(codeOf(await put('refused', rest))).toEqual([400, 'ArgumentInvalid'])
})

test('a condition may speak of modules, and a refusal counts within the condition', async () => {
  expect((await put('modules', { targetCondition: "FROM devices.modules WHERE tags.a = 'b'" })).status).toBe(200)
  const { body } = await world.call('POST /configurations/testQueries', {
    body: {
      targetCondition: 'tags.a == 1',
      customMetricQueries: { good: 'SELECT * FROM devices', bad: 'SELECT FROM devices' },
    },
  })
  expect(body.targetConditionError).toContain('The condition cannot be understood at position 8')
  expect(Object.keys(body.customMetricQueryErrors)).toEqual(['bad'])
  const { body: fine } = await world.call('POST /configurations/testQueries', { body: { targetCondition: '*' } })
  expect(fine).toEqual({ targetConditionError: null, customMetricQueryErrors: {} })
})

const apply = (id: string, body: unknown) => world.call(`POST /devices/${id}/applyConfigurationContent`, { body })

test('content is applied to a device at once', async () => {
  await world.call('PUT /devices/d1', { body: {} })
  await world.call('PATCH /twins/d1', { body: { properties: { desired: { chiller: { old: 1 }, kept: true } } } })
  expect((await apply('d1', content)).status).toBe(204)
  const { body } = await world.call('GET /twins/d1')
  expect(body.properties.desired).toMatchObject({ chiller: { temperature: 68 }, kept: true, $version: 3 })
  expect(body.properties.desired.chiller.old).toBeUndefined()
  expect(codeOf(await apply('nobody', content))).toEqual([404, 'DeviceNotFound'])
  const modulesContent = { m: { 'properties.desired': { a: 1 } } }
  expect(codeOf(await apply('d1', { modulesContent }))).toEqual([400, 'ArgumentInvalid'])
})

test('an edge device has the modules that the content names, and loses those that it does not', async () => {
  await world.call('PUT /devices/edge', { body: { capabilities: { iotEdge: true } } })
  await world.call('PUT /devices/edge/modules/mine', { body: {} })
  const agent = (modules: Record<string, unknown>) => ({ 'properties.desired': { modules } })
  const modules = async () =>
    (await world.call('GET /devices/edge/modules')).body.map(({ moduleId }: { moduleId: string }) => moduleId)
  const first = {
    modulesContent: {
      $edgeAgent: agent({ sensor: { type: 'docker' }, filter: {} }),
      $edgeHub: { 'properties.desired.routes.up': 'FROM /*' },
      sensor: { 'properties.desired': { interval: 5 } },
    },
  }
  expect((await apply('edge', first)).status).toBe(204)
  expect(await modules()).toEqual(['$edgeAgent', '$edgeHub', 'filter', 'mine', 'sensor'])
  const { body: sensor } = await world.call('GET /twins/edge/modules/sensor')
  expect(sensor.properties.desired).toMatchObject({ interval: 5, $version: 1 })
  const { body: hub } = await world.call('GET /twins/edge/modules/$edgeHub')
  expect(hub.properties.desired.routes).toEqual({ up: 'FROM /*' })
  await apply('edge', { modulesContent: { $edgeAgent: agent({ filter: {} }) } })
  expect(await modules()).toEqual(['$edgeAgent', '$edgeHub', 'filter', 'mine'])
})
