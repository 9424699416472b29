/** A back end that writes what no header and no topic can carry: its device takes it, and what comes after it. */
import { readFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { request } from 'node:https'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DeviceId } from '../../src/ids.ts'
import { makeToken } from '../../src/sas/token.ts'
import { dialAmqp, next } from '../hub/amqp-rig.ts'
import { answerTopic, connectDevice, hub, hubOf, makeDevice } from '../hub/rig.ts'
import { startWorld, type World } from '../world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

interface Told {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
}

function ask(line: string, authorization: string): Promise<Told> {
  const [method, path] = line.split(' ')
  const { rootCaPath, ports } = world.connection
  const { promise, resolve, reject } = Promise.withResolvers<Told>()
  const order = { host: world.host, port: ports.https, ca: readFileSync(rootCaPath), agent: false } as const
  const sent = request(
    { ...order, method, path: `${path}?api-version=2021-04-12`, headers: { authorization }, maxHeaderSize: 2 ** 20 },
    ({ statusCode, headers }) => resolve({ status: statusCode, headers }),
  )
  sent.once('error', reject)
  sent.end()
  return promise
}

const half = '\ud800'
const many = Object.fromEntries(Array.from({ length: 900 }, (_, count) => [`p${count}`, '€']))
const letters = [
  { properties: { [half]: 'x' } },
  { properties: { a: half } },
  { properties: { 'a: b\r\nset-cookie: c': 'd\r\ntransfer-encoding: chunked' } },
  { properties: { 'content-length': '1000', 'transfer-encoding': 'chunked' } },
  { system: { contentType: 'text/€\r\nset-cookie: c' } },
  { system: { contentType: '' } },
  { system: { contentType: 'a'.repeat(20_000) } },
  { system: { contentType: 'text/plain; charset=\0' } },
  { system: { contentEncoding: 'gzip', messageId: half, correlationId: half, userId: half, to: half } },
  { properties: many },
] as const

const textOf = (letter: object) => JSON.stringify(letter).slice(0, 70)
const orderOf = (letter: object) =>
  ({ body: Buffer.from('x'), properties: {}, system: {}, ack: 'none', ...letter }) as const

test.each(letters.map((letter) => [textOf(letter), letter] as const))('over HTTPS: %s', async (_, letter) => {
  const deviceId = `reader-${letters.indexOf(letter as never)}` as DeviceId
  const key = await makeDevice(world, deviceId)
  const authorization = makeToken({
    resource: `${world.host}/devices/${deviceId}`,
    key,
    expiry: Date.now() + 3_600_000,
  })
  await world.devices.sendCloudMessage({ hub: hubOf(world), deviceId }, orderOf(letter))
  const box = `/devices/${deviceId}/messages/devicebound`
  const { status, headers } = await ask(`GET ${box}`, authorization)
  expect(status).toBe(200)
  expect(headers['set-cookie']).toBeUndefined()
  expect(headers['content-length']).toBe('1')
  const lock = headers.etag?.replaceAll('"', '')
  expect((await ask(`DELETE ${box}/${lock}`, authorization)).status).toBe(204)
  expect((await ask(`GET ${box}`, authorization)).status).toBe(204)
})

test('over MQTT a device takes them, too, and what comes after them', async () => {
  const deviceId = 'subscriber' as DeviceId
  const { client, hears } = await connectDevice(world, { deviceId, deviceKey: await makeDevice(world, deviceId) })
  await client.subscribeAsync(`devices/${deviceId}/messages/devicebound/#`, { qos: 1 })
  for (const letter of letters) await world.devices.sendCloudMessage({ hub: hubOf(world), deviceId }, orderOf(letter))
  await world.devices.sendCloudMessage({ hub: hubOf(world), deviceId }, orderOf({ properties: { last: 'yes' } }))
  await hears(/last=yes/)
  await expect.poll(async () => (await hub(world, `GET /devices/${deviceId}`)).body.cloudToDeviceMessageCount).toBe(0)
  await client.endAsync()
})

test.each([
  { properties: { a: '€'.repeat(20_000) } },
  { properties: { ['€'.repeat(20_000)]: 1 } },
  { system: { to: 'x'.repeat(70_000) } },
])('what no topic has room for is not taken: %j', async (letter) => {
  const deviceId = `full-${Object.keys(letter)}-${JSON.stringify(letter).length}` as DeviceId
  await makeDevice(world, deviceId)
  const sent = world.devices.sendCloudMessage({ hub: hubOf(world), deviceId }, orderOf(letter))
  await expect(sent).rejects.toMatchObject({ code: 'MessageTooLarge' })
})

test('a method of any name is called over MQTT', async () => {
  const deviceId = 'called'
  const { client, hears } = await connectDevice(world, { deviceId, deviceKey: await makeDevice(world, deviceId) })
  await client.subscribeAsync('$iothub/methods/POST/#')
  for (const methodName of [half, 'a/b', '#', '€'.repeat(256)]) {
    const answered = hub(world, `POST /twins/${deviceId}/methods`, { methodName })
    const { topic } = await hears(/methods\/POST/)
    client.publish(answerTopic(topic), '{}')
    expect((await answered).status).toBe(200)
  }
  await client.endAsync()
})

test('a device over AMQP that takes no call is told to be away, and the service stands', async () => {
  const deviceId = 'stingy'
  const key = await makeDevice(world, deviceId)
  const password = makeToken({ resource: `${world.host}/devices/${deviceId}`, key, expiry: Date.now() + 3_600_000 })
  const connection = dialAmqp(world, { username: `${deviceId}@sas.${world.host}`, password })
  const address = `devices/${deviceId}/methods/devicebound`
  const receiver = connection.open_receiver({ source: { address }, credit_window: 0 } as never)
  await next(receiver, 'receiver_open')
  receiver.add_credit(1)
  const call = () => hub(world, `POST /twins/${deviceId}/methods`, { methodName: 'm', responseTimeoutInSeconds: 1 })
  const first = next(receiver, 'message')
  const waiting = hub(world, `POST /twins/${deviceId}/methods`, {
    methodName: 'm',
    responseTimeoutInSeconds: 1,
    connectTimeoutInSeconds: 20,
  })
  await first
  expect((await call()).body.Message).toContain('takes no more calls')
  expect((await waiting).status).toBe(504)
  connection.close()
})
