/** Back ends of an embedded hub over AMQP, by frames: rights, refusals, queues that are shared, readers that are slow. */
import rhea, { type Connection, type EventContext } from 'rhea'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { partitionOf } from '../../src/hub/telemetry/partition.ts'
import { parseDeviceId } from '../../src/ids.ts'
import { makeToken } from '../../src/sas/token.ts'
import { startWorld, type World } from '../world.ts'
import { ask, dialAmqp, dialAs, next, putToken, readerOf, refusalOf, startAt, tokenOf } from './amqp-rig.ts'
import { connectDevice, makeDevice, type RawHubDevice } from './rig.ts'

let world: World
let back: Connection
beforeAll(async () => {
  world = await startWorld()
  back = await dialAs(world)
})
afterAll(async () => {
  back.close()
  await world[Symbol.asyncDispose]()
})

const dataOf = ({ message }: EventContext) => message?.body.content.toString()
const codeOf = (message: { application_properties?: Record<string, unknown> }) =>
  message.application_properties?.['status-code']

async function deviceThatListens(deviceId: string): Promise<RawHubDevice> {
  const device = await connectDevice(world, { deviceId, deviceKey: await makeDevice(world, deviceId) })
  await device.client.subscribeAsync(`devices/${deviceId}/messages/devicebound/#`, { qos: 1 })
  return device
}

async function send(connection: Connection, message: object): Promise<EventContext> {
  const sender = connection.open_sender('/messages/devicebound')
  await next(sender, 'sendable')
  const settled = Promise.race([next(sender, 'accepted'), next(sender, 'rejected')])
  sender.send({ body: rhea.message.data_section(Buffer.from('x')), ...message } as never)
  const outcome = await settled
  sender.close()
  return outcome
}

const errorOf = ({ delivery }: EventContext) =>
  (delivery?.remote_state as { error?: { condition: string; description: string } } | undefined)?.error

test.each([
  ['none', undefined, 200],
  ['a bare host', () => tokenOf(world), 200],
  ['the URI of an event hub', () => tokenOf(world, { resource: `sb://${world.host}/x` }), 200],
  ['one that has expired', () => tokenOf(world, { expiry: Date.now() - 600_000 }), 401],
  ['one of another host', () => tokenOf(world, { resource: 'elsewhere.example' }), 401],
  ['no token at all', () => 'hello', 401],
])('a put-token is answered in the types of its request: %s', async (_name, token, code) => {
  const connection = dialAmqp(world)
  const id = rhea.string_to_uuid('b1e02da8-c3a0-4ff2-a121-7ea7a6b7f550')
  const answer = await ask(connection, '$cbs', {
    message_id: id,
    application_properties: { operation: 'put-token', type: 'servicebus.windows.net:sastoken' },
    body: token?.() ?? tokenOf(world),
  })
  expect(answer.correlation_id).toEqual(id)
  expect(codeOf(answer)).toBe(code)
  connection.close()
})

test.each([
  ['messages are not sent', (connection: Connection) => connection.open_sender('/messages/deviceBound')],
  ['feedback is not heard', (connection: Connection) => connection.open_receiver('/messages/serviceBound/feedback')],
  ['telemetry is not read', (connection: Connection) => readerOf(connection, 0)],
])('without a token %s', async (_name, attach) => {
  const connection = dialAmqp(world)
  expect((await refusalOf(attach(connection))).condition).toBe('amqp:unauthorized-access')
  connection.close()
})

test('a token for one resource is not good for another', async () => {
  const connection = await dialAs(world, { resource: `${world.host}/messages/devicebound` })
  const { description } = await refusalOf(readerOf(connection, 0))
  expect(description).toContain('/messages/devicebound')
  connection.close()
})

test('a token of a device does not make a back end', async () => {
  const connection = dialAmqp(world)
  const key = await makeDevice(world, 'climber')
  const resource = `${world.host}/devices/climber`
  await putToken(connection, makeToken({ resource, key, expiry: Date.now() + 3_600_000 }))
  expect((await refusalOf(readerOf(connection, 0))).condition).toBe('amqp:unauthorized-access')
  connection.close()
})

test('SASL PLAIN with a token as password is as good as a put-token, as az does it', async () => {
  const username = `service@sas.root.${world.host}`
  const connection = dialAmqp(world, { username, password: tokenOf(world) })
  await next(readerOf(connection, 0), 'receiver_open')
  connection.close()
  const refused = dialAmqp(world, { username, password: tokenOf(world, { expiry: 0 }) })
  expect(String((await next(refused, 'connection_error')).error)).toContain('Failed to authenticate')
})

test.each([
  ['of another case, as a URI', 'mail', 'amqps://h:5671/devices/mail/messages/deviceBound'],
  ['that is encoded', 'mail:2', '/devices/mail%3A2/messages/devicebound'],
])('a message arrives at an address %s, and shows it as it was written', async (_name, deviceId, to) => {
  const device = await deviceThatListens(deviceId)
  expect(errorOf(await send(back, { to }))).toBeUndefined()
  const { topic, payload } = await device.hears(/devicebound/)
  expect(payload).toBe('x')
  expect(topic).toContain(`%24.to=${encodeURIComponent(to)}&`)
  device.client.end()
})

test.each([
  ['no device that is there', { to: '/devices/nobody/messages/devicebound' }, 'amqp:not-found'],
  ['no address', {}, 'com.microsoft:argument-error'],
  ['another address', { to: '/devices/mail/messages/events' }, 'com.microsoft:argument-error'],
  [
    'a wish that is none',
    { to: '/devices/mail/messages/devicebound', application_properties: { 'iothub-ack': 'maybe' } },
    'com.microsoft:argument-error',
  ],
  [
    'too much to say',
    { to: '/devices/mail/messages/devicebound', body: rhea.message.data_section(Buffer.alloc(70_000)) },
    'amqp:link:message-size-exceeded',
  ],
])('a message with %s is rejected', async (_name, message, condition) => {
  expect(errorOf(await send(back, message))?.condition).toBe(condition)
})

// azure-iot-sdk-c testtools/iothub_test: so it reads telemetry
test('SASL PLAIN with a policy and its key will do as well, for as long as it is its key', async () => {
  const [, key = ''] = /SharedAccessKey=([^;]+)/.exec(world.connection.eventHubConnectionString) ?? []
  const connection = dialAmqp(world, { username: 'service', password: key })
  await next(readerOf(connection, 0), 'receiver_open')
  connection.close()
  const refused = async (username: string, password: string) =>
    String((await next(dialAmqp(world, { username, password }), 'connection_error')).error)
  expect(await refused('service', Buffer.alloc(32).toString('base64'))).toContain('Failed to authenticate')
  expect(await refused('nobody', key)).toContain('Failed to authenticate')
  const device = dialAmqp(world, { username: 'device', password: key })
  expect(String((await next(device, 'connection_error')).error)).toContain('Failed to authenticate')
})

test('feedback that a back end gives back goes to the next one', async () => {
  const device = await deviceThatListens('told')
  const to = '/devices/told/messages/devicebound'
  await send(back, { to, message_id: 'm', application_properties: { 'iothub-ack': 'full' } })
  await device.hears(/devicebound/)
  device.client.end()
  const listen = (connection: Connection) =>
    connection.open_receiver({ source: 'messages/servicebound/feedback', autoaccept: false, credit_window: 1 })
  const first = await dialAs(world)
  const told = await next(listen(first), 'message')
  expect(told.delivery?.tag).toHaveLength(16)
  expect(JSON.parse(dataOf(told))).toMatchObject([
    { originalMessageId: 'm', deviceId: 'told', statusCode: 'Success', description: 'Success' },
  ])
  expect(told.message?.content_type).toBe('application/vnd.microsoft.iothub.feedback.json')
  first.close()
  const receiver = listen(back)
  const again = await next(receiver, 'message')
  expect(dataOf(again)).toBe(dataOf(told))
  again.delivery?.accept()
  receiver.close()
})

test('whoever asks the hub where its telemetry is, is told: here', async () => {
  const { condition, info } = await refusalOf(back.open_receiver(`amqps://${world.host}/messages/events/$management`))
  const { amqp: port } = world.connection.ports
  expect(condition).toBe('amqp:link:redirect')
  expect(info).toEqual({
    hostname: world.host,
    'network-host': world.host,
    port,
    address: `amqps://${world.host}:${port}/${world.host}/`,
  })
})

test.each([['messages/events'], ['{host}'], ['{host}/Partitions/0'], ['{host}/Publishers/me']])(
  'whoever sends telemetry to %s as to an event hub is told that devices do',
  async (address) => {
    const { condition, description } = await refusalOf(back.open_sender(address.replace('{host}', world.host)))
    expect(condition).toBe('amqp:not-allowed')
    expect(description).toMatch(/is read only: .* Send it as a device/)
  },
)

test('whoever sends to what is not there is told so', async () => {
  const { condition, description } = await refusalOf(back.open_sender('elsewhere/Partitions/0'))
  expect([condition, description]).toEqual(['amqp:not-found', 'There is no "elsewhere/Partitions/0" here.'])
})

test.each([
  ["amqp.annotation.x-opt-offset > 'soon'"],
  ["amqp.annotation.x-opt-offset < '5'"],
  ["1 = 1 or amqp.annotation.x-opt-offset > '5'"],
])('the filter %s is refused in words', async (filter) => {
  const { condition, description } = await refusalOf(readerOf(back, 0, {}, startAt(filter)))
  expect(condition).toBe('com.microsoft:argument-error')
  expect(description).toContain('x-opt-sequence-number')
})

test('a reader begins where "az iot hub monitor-events" asks it to', async () => {
  const deviceId = 'monitored'
  const { client } = await connectDevice(world, { deviceId, deviceKey: await makeDevice(world, deviceId) })
  await client.publishAsync(`devices/${deviceId}/messages/events/`, 'seen', { qos: 1 })
  const since = startAt('amqp.annotation.x-opt-enqueuedtimeutc > 0')
  const reader = readerOf(back, partitionOf(parseDeviceId(deviceId)), {}, since)
  expect((await next(reader, 'message')).message?.message_annotations).toHaveProperty('x-opt-enqueued-time')
  reader.close()
  client.end()
})

test.each(['4', '-1', 'x', '1e0'])('there is no partition %s', async (partition) => {
  const address = `messages/events/ConsumerGroups/$Default/Partitions/${partition}`
  expect((await refusalOf(back.open_receiver(address))).condition).toBe('amqp:not-found')
})

test('a reader gets as many events as it asked for, in order, and the rest when it asks again', async () => {
  const deviceId = 'many'
  const { client } = await connectDevice(world, { deviceId, deviceKey: await makeDevice(world, deviceId) })
  const bodies = Array.from({ length: 40 }, (_, number) => `${number}`)
  await Promise.all(bodies.map((body) => client.publishAsync(`devices/${deviceId}/messages/events/`, body, { qos: 1 })))
  client.end()
  const heard: string[] = []
  const receivers = [0, 1, 2, 3].map((partition) => readerOf(back, partition, { credit_window: 0, autoaccept: true }))
  for (const receiver of receivers)
    receiver.on('message', (context) => {
      if (context.message?.message_annotations?.['iothub-connection-device-id'] === deviceId)
        heard.push(dataOf(context) ?? '')
    })
  for (const receiver of receivers) receiver.add_credit(10)
  await expect.poll(() => heard.length).toBeGreaterThanOrEqual(10)
  expect(heard).toHaveLength(10)
  for (const receiver of receivers) receiver.add_credit(1000)
  await expect.poll(() => heard).toEqual(bodies)
  for (const receiver of receivers) receiver.close()
})

test('a reader that asks for everything and reads nothing keeps nobody else waiting, and holds little', async () => {
  const deviceId = 'loud'
  const { client } = await connectDevice(world, { deviceId, deviceKey: await makeDevice(world, deviceId) })
  const body = Buffer.alloc(64 * 1024, 'x')
  for (let sent = 0; sent < 200; sent++)
    await client.publishAsync(`devices/${deviceId}/messages/events/`, body, { qos: 1 })
  client.end()
  const lazy = await dialAs(world)
  const socket = (lazy as unknown as { socket: { pause(): void; resume(): void } }).socket
  const links = [0, 1, 2, 3].map((partition) => readerOf(lazy, partition, { credit_window: 1000 }))
  await Promise.all(links.map((link) => next(link, 'receiver_open')))
  socket.pause()
  let heard = 0
  const receivers = [0, 1, 2, 3].map((partition) => readerOf(back, partition, { credit_window: 1000 }))
  for (const receiver of receivers)
    receiver.on('message', (context) => {
      if (dataOf(context)?.length === body.length) heard++
    })
  await expect.poll(() => heard, { timeout: 20_000 }).toBe(200)
  // it was not cut off either: it gets all once it reads
  let late = 0
  for (const link of links)
    link.on('message', (context) => {
      if (dataOf(context)?.length === body.length) late++
    })
  socket.resume()
  await expect.poll(() => late, { timeout: 20_000 }).toBeGreaterThan(150)
  for (const receiver of receivers) receiver.close()
  lazy.close()
})
