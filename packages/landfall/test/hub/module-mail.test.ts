/** Messages from back ends to modules: a queue for each, beside that of its device (contract/iot-hub 13, 15.1). */
import rhea, { type Connection, type EventContext, type Receiver } from 'rhea'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeToken } from '../../src/sas/token.ts'
import { startWorld, type World } from '../world.ts'
import { dialAmqp, dialAs, next, putToken } from './amqp-rig.ts'
import { connectDevice, hub, makeDevice, makeModule } from './rig.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const force = { 'if-match': '*' }
const mailOf = (deviceId: string) => `/devices/${deviceId}/modules/m/messages/devicebound`
const filterOf = (deviceId: string) => `devices/${deviceId}/modules/m/messages/devicebound/#`

/** With a module m; gives its key. */
async function makeBoth(deviceId: string): Promise<string> {
  await makeDevice(world, deviceId)
  return makeModule(world, deviceId, 'm')
}

interface Sent {
  readonly to: string
  readonly ack?: string
  readonly messageId?: string
}

/** Resolves to the condition by which it was rejected; undefined: it was accepted. */
async function send(back: Connection, text: string, { to, ack = 'none', messageId = text }: Sent) {
  const sender = back.open_sender('/messages/devicebound')
  await next(sender, 'sendable')
  const settled = Promise.race([next(sender, 'accepted'), next(sender, 'rejected')])
  const body = rhea.message.data_section(Buffer.from(text))
  sender.send({ to, message_id: messageId, application_properties: { 'iothub-ack': ack }, body } as never)
  const state = (await settled).delivery?.remote_state as { error?: { condition: string } } | undefined
  sender.close()
  return state?.error?.condition
}

/** What comes over a link, for a test to settle. */
async function listen(deviceId: string, key: string): Promise<{ connection: Connection; receiver: Receiver }> {
  const connection = dialAmqp(world)
  const resource = `${world.host}/devices/${deviceId}/modules/m`
  await putToken(connection, makeToken({ resource, key, expiry: Date.now() + 3_600_000 }))
  const source = { address: mailOf(deviceId) }
  const receiver = connection.open_receiver({ source, autoaccept: false, credit_window: 10 } as never)
  await next(receiver, 'receiver_open')
  return { connection, receiver }
}

const textOf = ({ message }: EventContext) => message?.body.content.toString()
const waiting = async (path: string) => (await hub(world, `GET ${path}`)).body.cloudToDeviceMessageCount

// azure-iot-sdk-java subscribes to the first, C# and C to the second
test.each([
  ['its messages', filterOf],
  ['all its topics', (deviceId: string) => `devices/${deviceId}/modules/m/#`],
])('wait for a module over MQTT that asks for %s, and for nobody else', async (what, filter) => {
  const deviceId = `mqtt-${what.replaceAll(' ', '-')}`
  const deviceKey = await makeBoth(deviceId)
  const back = await dialAs(world)
  expect(await send(back, 'to m', { to: mailOf(deviceId) })).toBeUndefined()
  expect(await waiting(`/devices/${deviceId}/modules/m`)).toBe(1)
  expect(await waiting(`/twins/${deviceId}/modules/m`)).toBe(1)
  expect(await waiting(`/devices/${deviceId}`)).toBe(0)
  const module = await connectDevice(world, { deviceId, moduleId: 'm', deviceKey })
  await module.client.subscribeAsync(filter(deviceId), { qos: 1 })
  const heard = await module.hears(/devicebound/)
  expect(heard).toMatchObject({ payload: 'to m', qos: 1 })
  expect(heard.topic).toMatch(new RegExp(`^devices/${deviceId}/modules/m/messages/devicebound/%24.mid=to%20m&`))
  await expect.poll(() => waiting(`/devices/${deviceId}/modules/m`)).toBe(0)
  await module.client.endAsync()
  back.close()
})

test('over AMQP a module completes, gives back and rejects them, and the sender is told of which', async () => {
  const { connection, receiver } = await listen('amqp', await makeBoth('amqp'))
  const back = await dialAs(world)
  const feedback = back.open_receiver('/messages/serviceBound/feedback')
  const outcomes = [
    ['first', 'Success'],
    ['second', 'Rejected'],
  ] as const
  for (const [text, statusCode] of outcomes) {
    const coming = next(receiver, 'message')
    expect(await send(back, text, { to: mailOf('amqp'), ack: 'full' })).toBeUndefined()
    const come = await coming
    expect([textOf(come), come.message?.to]).toEqual([text, mailOf('amqp')])
    const told = next(feedback, 'message')
    if (statusCode === 'Success') come.delivery?.accept()
    else {
      const again = next(receiver, 'message')
      come.delivery?.release()
      ;(await again).delivery?.reject()
    }
    const [record] = JSON.parse(textOf(await told) ?? '[]')
    expect(record).toMatchObject({ originalMessageId: text, deviceId: 'amqp', moduleId: 'm', statusCode })
  }
  connection.close()
  back.close()
})

test('a module that is absent, of a device that is or is not there, is not found', async () => {
  await makeDevice(world, 'alone')
  const back = await dialAs(world)
  expect(await send(back, 'x', { to: mailOf('alone') })).toBe('amqp:not-found')
  expect(await send(back, 'x', { to: mailOf('nobody') })).toBe('amqp:not-found')
  back.close()
})

test('a module has room for fifty, whatever its device has', async () => {
  await makeBoth('full')
  const back = await dialAs(world)
  for (let count = 0; count < 50; count++) await send(back, String(count), { to: mailOf('full') })
  expect(await send(back, 'one more', { to: mailOf('full') })).toBe('amqp:resource-limit-exceeded')
  expect(await send(back, 'x', { to: '/devices/full/messages/devicebound' })).toBeUndefined()
  expect((await hub(world, 'DELETE /devices/full/commands')).body.totalMessagesPurged).toBe(1)
  expect(await waiting('/devices/full/modules/m')).toBe(50)
  back.close()
})

test.each([
  ['its device', 'DELETE /devices/anew-1', 'anew-1'],
  ['it', 'DELETE /devices/anew-2/modules/m', 'anew-2'],
])('they go with the module when %s is deleted: one made anew under its name has none', async (_what, line, id) => {
  await makeBoth(id)
  const back = await dialAs(world)
  await send(back, 'old', { to: mailOf(id) })
  await hub(world, line, undefined, force)
  const key = await makeBoth(id)
  await send(back, 'new', { to: mailOf(id) })
  const module = await connectDevice(world, { deviceId: id, moduleId: 'm', deviceKey: key })
  await module.client.subscribeAsync(filterOf(id), { qos: 1 })
  expect((await module.hears(/devicebound/)).payload).toBe('new')
  await module.client.endAsync()
  back.close()
})

test("a device, and a sibling, hear nothing of a module's messages", async () => {
  const deviceId = 'nosy'
  const deviceKey = await makeDevice(world, deviceId)
  const siblingKey = await makeModule(world, deviceId, 'sibling')
  await makeModule(world, deviceId, 'm')
  const grantOf = async (order: { moduleId?: string; deviceKey: string }) => {
    const { client } = await connectDevice(world, { deviceId, ...order })
    const [granted] = await client.subscribeAsync(filterOf(deviceId)).catch(() => [{ qos: 128 }])
    await client.endAsync()
    return granted?.qos
  }
  expect(await grantOf({ deviceKey })).toBe(128)
  expect(await grantOf({ moduleId: 'sibling', deviceKey: siblingKey })).toBe(128)
})
