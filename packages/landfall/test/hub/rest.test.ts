/** The published back-end SDK over REST and the device SDK over HTTPS, unmodified, on an embedded hub. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { shows } from '../compatibility/shows.ts'
import { ofDevice, portless } from '../sdk/connection-strings.ts'
import type { HttpDeviceOrder } from '../sdk/http-device-client.ts'
import type { SendAnswer, SendOrder } from '../sdk/iothub-client.ts'
import type { JobOrder } from '../sdk/job-client.ts'
import { registerBySdk } from '../sdk/register.ts'
import type { RegistryOrder } from '../sdk/registry-client.ts'
import { runClient } from '../sdk/run.ts'
import { enrolledCa } from '../test-ca.ts'
import { startWorld, type World } from '../world.ts'
import { answerTopic, connectDevice, hub, makeDevice, telemetryOf, textsOf } from './rig.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ standardPorts: true })
})
afterAll(() => world[Symbol.asyncDispose]())

interface Called {
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  readonly body?: any
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  readonly result?: any
  readonly error?: { readonly name: string; readonly message: string }
}

const connectionString = () => portless(world.connection.hubConnectionString)
const registry = (...calls: RegistryOrder['calls']) =>
  runClient<readonly Called[]>(world, 'registry-client.ts', { connectionString: connectionString(), calls })
const jobs = (...calls: JobOrder['calls']) =>
  runClient<readonly Called[]>(world, 'job-client.ts', { connectionString: connectionString(), calls })
const send = (...messages: SendOrder['messages']) =>
  runClient<SendAnswer>(world, 'iothub-client.ts', { connectionString: connectionString(), messages })

describe('modules', () => {
  test(
    'are added, found, listed, and their keys swapped, under the etag and forced',
    shows('azure-iothub', 'modules'),
    async () => {
      const module = { deviceId: 'modular', moduleId: 'camera' }
      const [, added, twice, read, list] = await registry(
        ['create', { deviceId: 'modular' }],
        ['addModule', module],
        ['addModule', module],
        ['getModule', 'modular', 'camera'],
        ['getModulesOnDevice', 'modular'],
      )
      expect(added?.body).toMatchObject({ ...module, authentication: { type: 'sas' } })
      expect(twice?.error?.name).toBe('DeviceAlreadyExistsError')
      expect(read?.body).toEqual(added?.body)
      expect(list?.body).toEqual([added?.body])
      const { primaryKey, secondaryKey } = added?.body.authentication.symmetricKey ?? {}
      const swapped = { type: 'sas', symmetricKey: { primaryKey: secondaryKey, secondaryKey: primaryKey } }
      const change = { ...added?.body, authentication: swapped }
      const [updated, stale, forced] = await registry(
        ['updateModule', change],
        ['updateModule', change],
        ['updateModule', change, true],
      )
      expect(updated?.body.authentication).toMatchObject(swapped)
      expect(stale?.error?.name).toBe('InvalidEtagError')
      expect(forced?.body.etag).not.toBe(updated?.body.etag)
      const [twin, removed, gone] = await registry(
        ['getModuleTwin', 'modular', 'camera'],
        ['removeModule', forced?.body],
        ['getModule', 'modular', 'camera'],
      )
      expect(twin?.body).toMatchObject({ deviceId: 'modular', moduleId: 'camera', version: 1 })
      expect(removed?.error).toBeUndefined()
      expect(gone?.error?.message).toBe('Not found')
    },
  )

  test('have twins of their own, which are found by a query', shows('azure-iothub', 'twins of modules'), async () => {
    const [, , patched, found, edge] = await registry(
      ['create', { deviceId: 'edge', capabilities: { iotEdge: true } }],
      ['addModule', { deviceId: 'edge', moduleId: 'filter' }],
      ['updateModuleTwin', 'edge', 'filter', { tags: { a: 1 }, properties: { desired: { level: 3 } } }, '*'],
      ['createQuery', "SELECT moduleId FROM devices.modules WHERE deviceId = 'edge' AND properties.desired.level = 3"],
      ['getModulesOnDevice', 'edge'],
    )
    expect(patched?.body.properties.desired).toMatchObject({ level: 3, $version: 2 })
    expect(found?.body).toEqual([[{ moduleId: 'filter' }]])
    expect(edge?.body.map(({ moduleId }: { moduleId: string }) => moduleId)).toEqual([
      '$edgeAgent',
      '$edgeHub',
      'filter',
    ])
  })
})

test(
  'configurations are added, listed, changed under the etag and forced, removed, and applied',
  shows('azure-iothub', 'configurations', 'configuration content applied to a device'),
  async () => {
    const configuration = {
      id: 'chiller',
      content: { deviceContent: { 'properties.desired.chiller': { temperature: 68 } } },
      targetCondition: "tags.environment='prod'",
      priority: 10,
    }
    const [added, read, all] = await registry(
      ['addConfiguration', configuration],
      ['getConfiguration', 'chiller'],
      ['getConfigurations'],
    )
    expect(added?.body).toMatchObject({ ...configuration, schemaVersion: '1.0', etag: expect.any(String) })
    expect(read?.body).toEqual(added?.body)
    expect(all?.body).toEqual([added?.body])
    const [updated, stale, forced] = await registry(
      ['updateConfiguration', { ...added?.body, priority: 11 }],
      ['updateConfiguration', { ...added?.body, priority: 12 }],
      ['updateConfiguration', { ...added?.body, priority: 12 }, true],
    )
    expect(updated?.body.priority).toBe(11)
    expect(stale?.error?.name).toBe('InvalidEtagError')
    expect(forced?.body.priority).toBe(12)
    const [, applied, twin, removed, gone] = await registry(
      ['create', { deviceId: 'chilled' }],
      ['applyConfigurationContentOnDevice', 'chilled', configuration.content],
      ['getTwin', 'chilled'],
      ['removeConfiguration', 'chiller'],
      ['getConfiguration', 'chiller'],
    )
    expect(applied?.error).toBeUndefined()
    expect(twin?.body.properties.desired.chiller).toEqual({ temperature: 68 })
    expect(removed?.error).toBeUndefined()
    expect(gone?.error?.message).toBe('Not found')
  },
)

test('twins are counted and grouped by a query', shows('azure-iothub', 'queries with groups and sums'), async () => {
  const devices = ['a', 'b', 'c'].map((name) => ({ deviceId: `grouped-${name}`, tags: { site: name === 'c' ? 2 : 1 } }))
  const [, grouped, top] = await registry(
    ['addDevices', devices],
    [
      'createQuery',
      "SELECT tags.site AS site, COUNT() AS n FROM devices WHERE STARTSWITH(deviceId, 'grouped') GROUP BY tags.site",
    ],
    ['createQuery', "SELECT TOP 2 * FROM devices WHERE STARTSWITH(deviceId, 'grouped')", 1],
  )
  expect(grouped?.body.flat()).toEqual([
    { site: 1, n: 2 },
    { site: 2, n: 1 },
  ])
  expect(top?.body.map((page: unknown[]) => page.length)).toEqual([1, 1])
})

test('a direct method is answered', shows('azure-iothub', 'direct methods'), async () => {
  const deviceKey = await makeDevice(world, 'called')
  const device = await connectDevice(world, { deviceId: 'called', deviceKey })
  await device.client.subscribeAsync('$iothub/methods/POST/#')
  const method = { methodName: 'reboot', payload: { in: 5 } }
  const order = { connectionString: connectionString(), deviceId: 'called', method }
  const called = runClient<Called>(world, 'hub-caller.ts', order)
  const { topic } = await device.hears(/methods\/POST/)
  await device.client.publishAsync(answerTopic(topic, 202), '[1]')
  expect((await called).result).toEqual({ status: 202, payload: [1] })
  await device.client.endAsync()
})

describe('jobs', () => {
  test('change twins when they are due, and are told of', shows('azure-iothub', 'jobs that change twins'), async () => {
    await makeDevice(world, 'job-twin')
    const patch = { etag: '*', tags: { job: 'done' } }
    const condition = "deviceId = 'job-twin'"
    const [made, ended, twice, list, missing] = await jobs(
      ['scheduleTwinUpdate', 'twins', condition, patch, new Date().toISOString(), 300],
      ['ended', 'twins'],
      ['scheduleTwinUpdate', 'twins', condition, patch, new Date().toISOString(), 300],
      ['createQuery', 'scheduleUpdateTwin', 'completed'],
      ['getJob', 'nothing'],
    )
    expect(made?.body).toMatchObject({ jobId: 'twins', type: 'scheduleUpdateTwin', status: 'queued' })
    expect(ended?.body).toMatchObject({ status: 'completed', deviceJobStatistics: { succeededCount: 1 } })
    expect(twice?.error?.name).toBe('DeviceAlreadyExistsError')
    expect(list?.body.flat()).toMatchObject([{ jobId: 'twins' }])
    expect(missing?.error?.message).toBe('Not found')
    const [twin, devices] = await registry(
      ['getTwin', 'job-twin'],
      ['createQuery', "SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'twins'"],
    )
    expect(twin?.body.tags).toEqual({ job: 'done' })
    expect(devices?.body.flat()).toMatchObject([{ deviceId: 'job-twin', status: 'completed' }])
  })

  test('call methods of devices that are there', shows('azure-iothub', 'jobs that call methods'), async () => {
    const deviceKey = await makeDevice(world, 'job-method')
    const device = await connectDevice(world, { deviceId: 'job-method', deviceKey })
    await device.client.subscribeAsync('$iothub/methods/POST/#')
    const done = jobs(
      ['scheduleDeviceMethod', 'calls', "deviceId = 'job-method'", { methodName: 'reboot', payload: { in: 5 } }],
      ['ended', 'calls'],
    )
    const { topic, payload } = await device.hears(/methods\/POST/)
    expect(JSON.parse(payload)).toEqual({ in: 5 })
    await device.client.publishAsync(answerTopic(topic, 201), '{"ok":true}')
    const [, ended] = await done
    expect(ended?.body).toMatchObject({ status: 'completed', deviceJobStatistics: { succeededCount: 1 } })
    await device.client.endAsync()
    const [rows] = await registry(['createQuery', "SELECT outcome FROM devices.jobs WHERE jobId = 'calls'"])
    expect(rows?.body.flat()).toEqual([{ outcome: { deviceMethodResponse: { status: 201, payload: { ok: true } } } }])
  })

  test('of the future wait, and are cancelled', async () => {
    const [, waiting, cancelled] = await jobs(
      ['scheduleTwinUpdate', 'later', '*', { tags: {} }, new Date(Date.now() + 3600_000).toISOString(), 300],
      ['getJob', 'later'],
      ['cancelJob', 'later'],
    )
    expect(waiting?.body.status).toBe('scheduled')
    expect(cancelled?.body.status).toBe('cancelled')
  })
})

describe('a device over HTTPS', () => {
  const device = (order: HttpDeviceOrder) => runClient<readonly Called[]>(world, 'http-device-client.ts', order)

  test(
    'sends one message and many',
    shows('azure-iot-device-http', 'a SAS token', 'telemetry with properties', 'telemetry in batches'),
    async () => {
      const key = await makeDevice(world, 'http-sender')
      const outcomes = await device({
        connectionString: ofDevice(world, 'http-sender', key),
        calls: [
          ['send', 'one', { level: '7' }],
          ['batch', ['two', 'three']],
        ] as never,
      })
      expect(outcomes).toEqual([{}, {}])
      const events = await telemetryOf(world, 'http-sender')
      expect(textsOf(events)).toEqual(['one', 'two', 'three'])
      expect(events.map(({ properties }) => properties)).toEqual([{ level: '7' }, { of: 'batch' }, { of: 'batch' }])
    },
  )

  test(
    'gives a message back, completes another, and rejects the first when it comes again',
    shows('azure-iot-device-http', 'messages, completed', 'messages given back and rejected'),
    async () => {
      const key = await makeDevice(world, 'http-receiver')
      await send(
        { deviceId: 'http-receiver', body: 'first', messageId: 'm1' },
        { deviceId: 'http-receiver', body: 'second', messageId: 'm2' },
      )
      const outcomes = await device({
        connectionString: ofDevice(world, 'http-receiver', key),
        calls: [
          ['settle', 'abandon'],
          ['settle', 'complete'],
          ['settle', 'reject'],
        ] as never,
      })
      expect(outcomes.map(({ result }) => result)).toEqual([
        { text: 'first', messageId: 'm1' },
        { text: 'second', messageId: 'm2' },
        { text: 'first', messageId: 'm1' },
      ])
      expect((await hub(world, 'GET /devices/http-receiver')).body.cloudToDeviceMessageCount).toBe(0)
    },
  )

  test('comes in with its certificate', shows('azure-iot-device-http', 'an X.509 certificate'), async () => {
    const ca = await enrolledCa(world)
    const { certificate, key } = await ca.device('http-x509')
    const { result } = await registerBySdk(world, { registrationId: 'http-x509', transport: 'http', certificate, key })
    const hostName = result?.assignedHub
    const outcomes = await device({
      connectionString: `HostName=${hostName};DeviceId=http-x509;x509=true`,
      certificate,
      key,
      calls: [['send', 'landed']] as never,
    })
    expect(outcomes).toEqual([{}])
    expect(textsOf(await telemetryOf(world, 'http-x509'))).toEqual(['landed'])
  })

  test('is refused with a wrong key, and when it is not there', async () => {
    await makeDevice(world, 'http-wrong')
    const wrong = Buffer.alloc(32).toString('base64')
    const [refused] = await device({
      connectionString: ofDevice(world, 'http-wrong', wrong),
      calls: [['send', 'x']] as never,
    })
    expect(refused?.error?.name).toBe('UnauthorizedError')
    const [missing] = await device({
      connectionString: ofDevice(world, 'nobody', wrong),
      calls: [['send', 'x']] as never,
    })
    expect(missing?.error?.name).toBe('DeviceNotFoundError')
  })
})
