import { generate, type IConnectPacket, type Packet, parser } from 'mqtt-packet'
import { expect, test } from 'vitest'
import { assigned } from '../../test/transport/recorder.ts'
import {
  connectMqtt,
  dial,
  nextReply,
  readToEnd,
  registerTopic,
  startTransports,
  type TransportWorld,
  userName,
} from '../../test/transport/world.ts'
import { responseFilter } from '../device-api/topics.ts'
import type { MqttService, MqttSession } from './mqtt-service.ts'

const connectPacket = (change: Partial<IConnectPacket> = {}) =>
  generate({
    cmd: 'connect',
    clientId: 'dev-1',
    username: userName(),
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: false,
    keepalive: 0,
    ...change,
  })

const publishPacket = (change: object = {}) =>
  generate({
    cmd: 'publish',
    topic: registerTopic(),
    payload: '{}',
    qos: 1,
    messageId: 1,
    dup: false,
    retain: false,
    ...change,
  })

/** Sends bytes on a connection of its own, and reads packets until `enough` have come or the server closes. */
async function exchange(world: TransportWorld, bytes: readonly Uint8Array[], enough = Number.POSITIVE_INFINITY) {
  const socket = await dial(world, world.mqttPort)
  const packets: Packet[] = []
  const reader = parser({ protocolVersion: 4 })
  reader.on('packet', (packet) => packets.push(packet))
  const closed = await new Promise<boolean>((resolve) => {
    socket.on('data', (chunk) => {
      reader.parse(chunk)
      if (packets.length >= enough) resolve(false)
    })
    socket.once('close', () => resolve(true))
    for (const part of bytes) socket.write(part)
  })
  socket.destroy()
  return { packets, closed }
}

const names = ({ packets }: { packets: readonly Packet[] }) => packets.map(({ cmd }) => cmd)

test('CONNACK says that no session was kept, also to a client that wants one', async () => {
  await using world = await startTransports()
  const { packets } = await exchange(world, [connectPacket({ clean: false })], 1)
  expect(packets[0]).toMatchObject({ cmd: 'connack', returnCode: 0, sessionPresent: false })
})

test('PUBACK goes out before the reply, and a packet may come before CONNACK', async () => {
  await using world = await startTransports()
  const subscribe = generate({ cmd: 'subscribe', messageId: 9, subscriptions: [{ topic: responseFilter, qos: 1 }] })
  const result = await exchange(world, [Buffer.concat([connectPacket(), subscribe, publishPacket()])], 4)
  expect(names(result)).toEqual(['connack', 'suback', 'puback', 'publish'])
})

test('PINGREQ is answered, DISCONNECT closes', async () => {
  await using world = await startTransports()
  const result = await exchange(world, [connectPacket(), generate({ cmd: 'pingreq' }), generate({ cmd: 'disconnect' })])
  expect(names(result)).toEqual(['connack', 'pingresp'])
  expect(result.closed).toBe(true)
})

test('a QoS 2 message is taken once, however often it comes before PUBREL', async () => {
  await using world = await startTransports()
  const twice = publishPacket({ qos: 2, messageId: 5 })
  const result = await exchange(world, [connectPacket(), twice, twice, generate({ cmd: 'pubrel', messageId: 5 })], 4)
  expect(names(result)).toEqual(['connack', 'pubrec', 'pubrec', 'pubcomp'])
  expect(world.device.registered).toHaveLength(1)
})

test('MQTT 3.1 gets CONNACK 1, an unknown level too', async () => {
  await using world = await startTransports()
  const old = await exchange(world, [connectPacket({ protocolId: 'MQIsdp', protocolVersion: 3 })])
  expect(old).toMatchObject({ packets: [{ cmd: 'connack', returnCode: 1 }], closed: true })
  const strange = connectPacket()
  strange[8] = 9
  expect(await exchange(world, [strange])).toMatchObject({ packets: [{ returnCode: 1 }], closed: true })
})

test('MQTT 5 gets the CONNACK of MQTT 5: unsupported protocol version', async () => {
  await using world = await startTransports()
  const socket = await dial(world, world.mqttPort)
  const answer = readToEnd(socket)
  socket.write(connectPacket({ protocolVersion: 5 }))
  expect([...(await answer)]).toEqual([0x20, 3, 0, 0x84, 0])
})

const garbage: readonly [string, readonly Uint8Array[]][] = [
  ['an HTTP request', [Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')]],
  ['zeros', [Buffer.alloc(100)]],
  ['a packet before CONNECT', [publishPacket()]],
  ['a remaining length of five bytes', [Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0x7f])]],
  ['a CONNECT that announces 1 MiB', [Buffer.from([0x10, 0x80, 0x80, 0x40])]],
  ['a CONNECT cut short', [Buffer.from([0x10, 4, 0, 4, 0x4d, 0x51])]],
  ['a second CONNECT', [connectPacket(), connectPacket()]],
  ['a PUBLISH that announces 1 MiB', [connectPacket(), Buffer.from([0x30, 0x80, 0x80, 0x40])]],
  ['a SUBACK', [connectPacket(), generate({ cmd: 'suback', messageId: 1, granted: [0] })]],
]
for (const [what, bytes] of garbage) {
  test(`${what} closes the connection, and others are served`, async () => {
    await using world = await startTransports()
    const result = await exchange(world, bytes)
    expect(result.closed).toBe(true)
    expect(names(result).filter((name) => name !== 'connack')).toEqual([])
    expect(names(await exchange(world, [connectPacket()], 1))).toEqual(['connack'])
  })
}

/** Sleeps end when the test says so. */
function heldTimers() {
  const held: { readonly ms: number; readonly end: () => void }[] = []
  return {
    held,
    sleep(ms: number, signal?: AbortSignal) {
      return new Promise<void>((resolve) => {
        held.push({ ms, end: resolve })
        signal?.addEventListener('abort', () => resolve(), { once: true })
      })
    },
  }
}

test('a connection without CONNECT is cut off in time, also one that dribbles', async () => {
  const timers = heldTimers()
  await using world = await startTransports({ timers })
  const socket = await dial(world, world.mqttPort)
  const closed = readToEnd(socket)
  socket.write(connectPacket().subarray(0, 10))
  while (timers.held.length === 0) await new Promise(setImmediate)
  expect(timers.held[0]?.ms).toBe(10_000)
  timers.held[0]?.end()
  expect(await closed).toHaveLength(0)
  expect(world.log).toContainEqual(
    expect.objectContaining({ facts: expect.objectContaining({ why: 'no CONNECT in time' }) }),
  )
})

test('silence is cut off after one and a half keep-alives, or at the idle limit without one', async () => {
  await using world = await startTransports({ limits: { mqttIdleMs: 60 } })
  expect(await exchange(world, [connectPacket({ keepalive: 1 })])).toMatchObject({ closed: true })
  expect(await exchange(world, [connectPacket({ keepalive: 0 })])).toMatchObject({ closed: true })
})

test('a client that sends and never reads is cut off, and memory stays bounded', async () => {
  await using world = await startTransports({ limits: { unreadBytes: 64 * 1024 } })
  world.device.onRegister = ({ registrationId }) => assigned(registrationId, { payload: { x: 'x'.repeat(50_000) } })
  const socket = await dial(world, world.mqttPort)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.pause()
  const subscribe = generate({ cmd: 'subscribe', messageId: 9, subscriptions: [{ topic: responseFilter, qos: 0 }] })
  socket.write(Buffer.concat([connectPacket(), subscribe]))
  const flood = setInterval(() => socket.write(publishPacket({ qos: 1 })), 1)
  while (!world.log.some(({ facts }) => facts.why === 'it does not read')) await new Promise(setImmediate)
  clearInterval(flood)
  socket.resume()
  await closed
  expect(world.mqtt.open).toBe(0)
})

test('so many publishes are in work and no more are read; all are answered in the end', async () => {
  await using world = await startTransports({ limits: { mqttInFlight: 2 } })
  const release: (() => void)[] = []
  world.device.onRegister = async ({ registrationId }) => {
    await new Promise<void>((resolve) => release.push(resolve))
    return assigned(registrationId)
  }
  const client = await connectMqtt(world)
  await client.subscribeAsync(responseFilter, { qos: 1 })
  let answered = 0
  client.on('message', () => answered++)
  for (let turn = 0; turn < 10; turn++) client.publish(registerTopic(String(turn)), '{}', { qos: 1 })
  while (release.length < 2) await new Promise(setImmediate)
  // all ten have arrived, and a third would have been taken by now
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
  expect(release.length).toBe(2)
  while (answered < 10) {
    release.shift()?.()
    await new Promise(setImmediate)
  }
  await client.endAsync()
})

test('closing finishes what was begun, refuses newcomers, and ends idle connections', async () => {
  await using world = await startTransports()
  let finish = () => {}
  world.device.onRegister = async ({ registrationId }) => {
    await new Promise<void>((resolve) => {
      finish = resolve
    })
    return assigned(registrationId)
  }
  const idle = await connectMqtt(world, { clientId: 'idle', username: userName('idle') })
  const idleClosed = new Promise((resolve) => idle.once('close', () => resolve(true)))
  const late = await dial(world, world.mqttPort)
  const lateClosed = readToEnd(late)
  const client = await connectMqtt(world)
  await client.subscribeAsync(responseFilter, { qos: 1 })
  const reply = nextReply(client)
  await client.publishAsync(registerTopic(), '{}', { qos: 1 })
  const closed = world.close()
  expect(await idleClosed).toBe(true)
  finish()
  expect((await reply).body.status).toBe('assigned')
  await closed
  expect(await lateClosed).toHaveLength(0)
  await expect(dial(world, world.mqttPort)).rejects.toThrow()
})

test('a second service takes the connections that are meant for it', async () => {
  let hub: MqttSession | undefined
  let acknowledged = 0
  const service: MqttService = {
    matches: ({ userName: name }) => name?.startsWith('hub.example/') ?? false,
    async connect(_connect, session) {
      hub = session
      return {
        subscribe: (subscriptions, grant) => grant(subscriptions.map(() => 1)),
        unsubscribe: () => {},
        async publish({ payload }, acknowledge) {
          acknowledge()
          session.publish('echo', payload, 1, { acknowledged: () => acknowledged++ })
        },
      }
    },
  }
  await using world = await startTransports({ services: [service] })
  const client = await connectMqtt(world, { clientId: 'd', username: 'hub.example/d/?api-version=2021-04-12' })
  await client.subscribeAsync('echo', { qos: 1 })
  const echo = new Promise((resolve) => client.once('message', (_topic, payload) => resolve(payload.toString())))
  await client.publishAsync('anything', 'hello', { qos: 1 })
  expect(await echo).toBe('hello')
  expect(hub?.moreCertificates(1)).toHaveLength(2)
  await client.endAsync()
  expect(acknowledged).toBe(1)
  expect(hub?.certificates).toHaveLength(1)
})
