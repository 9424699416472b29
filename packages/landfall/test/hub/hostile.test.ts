/** Devices that send what they should not, too much of it, or nothing any more: others are served meanwhile. */
import { readFileSync } from 'node:fs'
import { type TLSSocket, connect as tlsConnect } from 'node:tls'
import { generate } from 'mqtt-packet'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DeviceId } from '../../src/ids.ts'
import { makeToken } from '../../src/sas/token.ts'
import { startWorld, type World } from '../world.ts'
import { connectDevice, hub, hubOf, makeDevice, telemetryOf } from './rig.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

/** A connection that passed CONNECT, and sends whatever bytes it is given. */
async function rawDevice(deviceId: string, keepalive = 60): Promise<TLSSocket> {
  const deviceKey = await makeDevice(world, deviceId)
  const { rootCaPath, ports } = world.connection
  const socket = tlsConnect({ host: world.host, port: ports.mqtt, ca: readFileSync(rootCaPath) })
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  socket.on('error', () => {})
  const password = makeToken({
    resource: `${world.host}/devices/${deviceId}`,
    key: deviceKey,
    expiry: Date.now() + 60_000,
  })
  const username = `${world.host}/${deviceId}/?api-version=2021-04-12`
  const connack = new Promise<Buffer>((resolve) => socket.once('data', resolve))
  socket.write(
    generate({
      cmd: 'connect',
      clientId: deviceId,
      username,
      password,
      keepalive,
      clean: true,
      protocolId: 'MQTT',
      protocolVersion: 4,
    } as never),
  )
  expect([...(await connack)]).toEqual([0x20, 2, 0, 0])
  return socket
}

const closed = (socket: TLSSocket) =>
  new Promise<void>((resolve) => (socket.destroyed ? resolve() : socket.once('close', () => resolve())))

test.each([
  ['a reserved packet type', Buffer.from([0xf0, 0])],
  [
    'a second CONNECT',
    generate({
      cmd: 'connect',
      clientId: 'x',
      keepalive: 0,
      clean: true,
      protocolId: 'MQTT',
      protocolVersion: 4,
    } as never),
  ],
  ['a PUBLISH with a wildcard', Buffer.from([0x30, 3, 0, 1, 0x23])],
  ['a length of five bytes', Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x7f])],
  ['a packet of 16 MiB', Buffer.from([0x30, 0xff, 0xff, 0xff, 0x07])],
])('%s closes the connection, and that of nobody else', async (what, bytes) => {
  const deviceId = `bystander-of-${what.replaceAll(' ', '-')}`
  const bystander = await connectDevice(world, { deviceId, deviceKey: await makeDevice(world, deviceId) })
  const socket = await rawDevice(what.replaceAll(' ', '-'))
  socket.write(bytes)
  await closed(socket)
  await bystander.client.publishAsync(`devices/${deviceId}/messages/events/`, 'served', { qos: 1 })
  await bystander.client.endAsync()
})

test('a device that falls silent is gone after one and a half of its keep-alive', async () => {
  const socket = await rawDevice('half-open', 1)
  await closed(socket)
  expect((await hub(world, 'GET /devices/half-open')).body.connectionState).toBe('Disconnected')
})

test('a flood of one device is kept whole and in order, and others are served meanwhile', async () => {
  const flood = 3000
  const socket = await rawDevice('flood')
  const packets = Array.from({ length: flood }, (_, count) =>
    generate({
      cmd: 'publish',
      topic: 'devices/flood/messages/events/',
      payload: `${count}`,
      qos: 1,
      messageId: (count % 60_000) + 1,
      dup: false,
      retain: false,
    }),
  )
  let acknowledged = 0
  const done = new Promise<void>((resolve) =>
    socket.on('data', (bytes: Buffer) => {
      acknowledged += bytes.length / 4
      if (acknowledged === flood) resolve()
    }),
  )
  socket.write(Buffer.concat(packets))
  const deviceKey = await makeDevice(world, 'quiet')
  const quiet = await connectDevice(world, { deviceId: 'quiet', deviceKey })
  await quiet.client.publishAsync('devices/quiet/messages/events/', 'between', { qos: 1 })
  expect((await telemetryOf(world, 'quiet')).length).toBe(1)
  await done
  const kept = await telemetryOf(world, 'flood')
  expect(kept.map(({ body }) => Number(Buffer.from(body).toString()))).toEqual(packets.map((_, count) => count))
  socket.destroy()
  await quiet.client.endAsync()
})

test('a device that reads nothing is cut off, before what waits for it grows without bound', async () => {
  const socket = await rawDevice('deaf')
  socket.write(
    generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: '$iothub/twin/res/#', qos: 0 }] } as never),
  )
  const large = { a: 'x'.repeat(4000), b: 'x'.repeat(4000), c: 'x'.repeat(4000), d: 'x'.repeat(4000) }
  await hub(world, 'PATCH /twins/deaf', { properties: { desired: large } })
  socket.pause()
  const get = generate({
    cmd: 'publish',
    topic: '$iothub/twin/GET/?$rid=1',
    payload: ' ',
    qos: 0,
    dup: false,
    retain: false,
  })
  socket.write(Buffer.concat(Array.from({ length: 2000 }, () => get)))
  await expect
    .poll(async () => (await hub(world, 'GET /devices/deaf')).body.connectionState, { timeout: 20_000 })
    .toBe('Disconnected')
  socket.destroy()
})

test('a device that subscribes and takes it back in one breath loses no message', async () => {
  const socket = await rawDevice('fickle')
  const order = { body: Buffer.from('kept'), properties: {}, system: {}, ack: 'none' } as const
  await world.devices.sendCloudMessage({ hub: hubOf(world), deviceId: 'fickle' as DeviceId }, order)
  const filter = 'devices/fickle/messages/devicebound/#'
  const heard: Buffer[] = []
  socket.on('data', (bytes: Buffer) => heard.push(bytes))
  socket.write(
    Buffer.concat([
      generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: filter, qos: 1 }] } as never),
      generate({ cmd: 'unsubscribe', messageId: 2, unsubscriptions: [filter] } as never),
      generate({ cmd: 'pingreq' }),
    ]),
  )
  // PINGRESP, and SUBACK whenever it is on disk
  for (const packet of [
    [0xd0, 0],
    [0x90, 3, 0, 1, 1],
  ])
    await expect.poll(() => Buffer.concat(heard).includes(Buffer.from(packet))).toBe(true)
  socket.destroy()
  await expect.poll(async () => (await hub(world, 'GET /devices/fickle')).body.connectionState).toBe('Disconnected')
  expect((await hub(world, 'GET /devices/fickle')).body.cloudToDeviceMessageCount).toBe(1)
})
