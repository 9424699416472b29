import { generate } from 'mqtt-packet'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { call, deviceTls, startTransports, type TransportWorld, userName } from '../../test/transport/world.ts'

const open = (world: TransportWorld, protocols: string[], path = '/$iothub/websocket') =>
  new WebSocket(`wss://localhost:${world.httpsPort}${path}`, protocols, { ...deviceTls(world), host: undefined })

const opened = (socket: WebSocket) =>
  new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })

const connect = generate({
  cmd: 'connect',
  clientId: 'dev-1',
  username: userName(),
  protocolId: 'MQTT',
  protocolVersion: 4,
  clean: true,
  keepalive: 0,
})

for (const spelling of ['mqtt', 'MQTT']) {
  test(`echoes the sub-protocol ${spelling} as it was offered`, async () => {
    await using world = await startTransports()
    const socket = open(world, ['other', spelling])
    await opened(socket)
    expect(socket.protocol).toBe(spelling)
    expect(socket.extensions).toBe('')
    socket.terminate()
  })
}

test('a packet may come in many frames', async () => {
  await using world = await startTransports()
  const socket = open(world, ['mqtt'])
  await opened(socket)
  const answer = new Promise<Buffer>((resolve) => socket.once('message', (data) => resolve(data as Buffer)))
  for (const byte of connect) socket.send(Uint8Array.of(byte))
  expect([...(await answer)]).toEqual([0x20, 2, 0, 0])
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.close()
  await closed
  while (world.mqtt.open > 0) await new Promise(setImmediate)
})

test('nothing is left of a connection, however it ends', async () => {
  await using world = await startTransports()
  for (const end of ['close', 'terminate', 'disconnect'] as const) {
    const socket = open(world, ['mqtt'])
    await opened(socket)
    socket.on('error', () => {})
    const answer = new Promise((resolve) => socket.once('message', resolve))
    socket.send(connect)
    await answer
    expect(world.mqtt.open).toBe(1)
    if (end === 'disconnect') socket.send(generate({ cmd: 'disconnect' }))
    else socket[end]()
    while (world.mqtt.open > 0) await new Promise(setImmediate)
  }
})

test('frames of text and frames too large close the connection', async () => {
  await using world = await startTransports()
  for (const data of ['text', Buffer.alloc(1024 * 1024)]) {
    const socket = open(world, ['mqtt'])
    socket.on('error', () => {})
    await opened(socket)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.send(data)
    await closed
    while (world.mqtt.open > 0) await new Promise(setImmediate)
  }
})

for (const protocols of [['chat'], []]) {
  test(`refuses an upgrade to [${protocols}], and stays up`, async () => {
    await using world = await startTransports()
    await expect(opened(open(world, protocols))).rejects.toThrow('400')
    expect((await call(world, 'GET', '/nothing')).status).toBe(404)
  })
}

test('the paths of clients, asked without an upgrade, say what they want', async () => {
  await using world = await startTransports()
  for (const path of ['/$iothub/websocket', '/mqtt']) {
    const answer = await call(world, 'GET', path)
    expect(answer).toMatchObject({ status: 426, headers: { upgrade: 'websocket' }, body: { errorCode: 426000 } })
  }
})

test('an offer of another protocol is no reason to leave HTTP/1.1', async () => {
  await using world = await startTransports()
  const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAAP__' }
  expect((await call(world, 'GET', '/nothing', { headers })).status).toBe(404)
})
