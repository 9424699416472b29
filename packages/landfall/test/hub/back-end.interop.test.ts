/** The published back-end SDKs, Node and Python, send messages to devices, hear what became of them, and read telemetry. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { partitionOf } from '../../src/hub/telemetry/partition.ts'
import type { DeviceId } from '../../src/ids.ts'
import { shows } from '../compatibility/shows.ts'
import type { SendAnswer, SendOrder } from '../sdk/iothub-client.ts'
import { run, runClient } from '../sdk/run.ts'
import { startWorld, type World } from '../world.ts'
import { tokenOf } from './amqp-rig.ts'
import { connectDevice, hub, makeDevice } from './rig.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ standardPorts: true })
})
afterAll(() => world[Symbol.asyncDispose]())

const send = (order: Omit<SendOrder, 'connectionString'>) =>
  runClient<SendAnswer>(world, 'iothub-client.ts', { connectionString: world.connection.hubConnectionString, ...order })

async function python(order: object) {
  const script = join(import.meta.dirname, '../sdk/python/hub_client.py')
  const ran = await run(world, 'python3', [script, JSON.stringify(order)])
  const last = ran.stdout.trim().split('\n').at(-1) ?? ''
  if (!last.startsWith('{')) throw new Error(`${ran.code}: ${ran.stdout}${ran.stderr}`)
  return JSON.parse(last)
}

async function listen(deviceId: string, deviceKey: string) {
  const device = await connectDevice(world, { deviceId, deviceKey })
  await device.client.subscribeAsync(`devices/${deviceId}/messages/devicebound/#`, { qos: 1 })
  return device
}

describe.each([
  ['AMQP', false],
  ['AMQP over WebSocket', true],
])('Node over %s', (name, overWebSocket) => {
  const deviceId = `pump%23=${name.length}`

  test(
    'a message waits for its device, arrives as it was sent, and its sender is told',
    shows('azure-iothub', 'messages to devices', 'feedback'),
    async () => {
      const key = await makeDevice(world, deviceId)
      const { sent } = await send({
        overWebSocket,
        messages: [{ deviceId, body: 'open', messageId: 'm1', ack: 'full', properties: { k: 'ä b' } }],
      })
      expect(sent).toEqual([{}])
      expect((await hub(world, `GET /devices/${encodeURIComponent(deviceId)}`)).body.cloudToDeviceMessageCount).toBe(1)
      const device = await listen(deviceId, key)
      const { topic, payload } = await device.hears(/devicebound/)
      expect(payload).toBe('open')
      expect(topic).toContain('%24.mid=m1')
      expect(topic).toContain('k=%C3%A4%20b')
      const { feedback } = await send({ overWebSocket, messages: [], feedback: 1 })
      expect(feedback).toMatchObject([{ originalMessageId: 'm1', statusCode: 'Success', deviceId }])
      device.client.end()
    },
  )

  test('an unknown device and a full queue are errors of their own, and the link lives on', async () => {
    const full = `full-${name.length}`
    await makeDevice(world, full)
    const messages = Array.from({ length: 51 }, (_, number) => ({ deviceId: full, body: String(number) }))
    const { sent } = await send({ overWebSocket, messages: [{ deviceId: 'nobody', body: 'x' }, ...messages] })
    expect(sent[0]?.error).toBe('DeviceNotFoundError')
    expect(sent.slice(1, 51)).toEqual(Array.from({ length: 50 }, () => ({})))
    expect(sent[51]?.error).toBe('DeviceMaximumQueueDepthExceededError')
  })
})

test('a wrong key is an UnauthorizedError', async () => {
  const connectionString = world.connection.hubConnectionString.replace(/Key=[^=]+=$/, `Key=${'A'.repeat(43)}=`)
  await expect(
    runClient(world, 'iothub-client.ts', { connectionString, messages: [{ deviceId: 'x', body: 'x' }] }),
  ).rejects.toThrow(/UnauthorizedError/)
})

test('Python sends a message by uamqp', shows('azure-iot-hub (Python)', 'messages to devices'), async () => {
  const key = await makeDevice(world, 'py-1')
  const { sent } = await python({
    do: 'send',
    connectionString: world.connection.hubConnectionString,
    messages: [
      { deviceId: 'py-1', body: 'hello', properties: { k: 'v' } },
      { deviceId: 'nobody', body: 'x' },
    ],
  })
  expect(sent[0]).toEqual({})
  expect(sent[1].error).toBeDefined()
  const device = await listen('py-1', key)
  expect(await device.hears(/devicebound/)).toMatchObject({ payload: 'hello', topic: expect.stringContaining('k=v') })
  device.client.end()
})

test('Python reads telemetry by pyamqp', shows('azure-eventhub (Python)', 'telemetry'), async () => {
  const deviceId = 'py-talks'
  const { client } = await connectDevice(world, { deviceId, deviceKey: await makeDevice(world, deviceId) })
  const topic = `devices/${deviceId}/messages/events/%24.mid=m&k=%C3%A4`
  for (const body of ['one', 'two']) await client.publishAsync(topic, body, { qos: 1 })
  await client.publishAsync(`devices/${deviceId}/messages/events/`, 'bare', { qos: 1 })
  const { hub: properties, events } = await python({
    do: 'read',
    connectionString: world.connection.eventHubConnectionString,
    rootCaPath: world.connection.rootCaPath,
    count: 3,
  })
  expect(properties.partition_ids).toEqual(['0', '1', '2', '3'])
  const mine = events.filter(
    (event: { system: Record<string, string> }) => event.system['iothub-connection-device-id'] === deviceId,
  )
  expect(mine.map((event: { body: string }) => event.body)).toEqual(['one', 'two', 'bare'])
  expect(mine[0].properties).toEqual({ k: 'ä' })
  expect(mine.map((event: { hasProperties: boolean }) => event.hasProperties)).toEqual([true, true, false])
  client.end()
})

test('the steps of az iot hub monitor-events lead to an event', async () => {
  const deviceId = 'watched'
  const { client } = await connectDevice(world, { deviceId, deviceKey: await makeDevice(world, deviceId) })
  await client.publishAsync(`devices/${deviceId}/messages/events/`, 'seen', { qos: 1 })
  client.end()
  const { redirect, events } = await python({
    do: 'monitor',
    host: world.host,
    policy: 'service',
    token: tokenOf(world),
    partition: partitionOf(deviceId as DeviceId),
    count: 10,
  })
  expect(redirect).toContain(world.host)
  expect(events).toContainEqual({ body: 'seen', device: deviceId })
})
