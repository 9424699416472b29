/** Devices of an embedded hub over AMQP, by frames: how they come in, what they may not reach, and what they do that no SDK does. */
import { readFileSync } from 'node:fs'
import rhea, { type Connection, type EventContext, type Receiver, type Sender } from 'rhea'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DeviceId } from '../../src/ids.ts'
import { makeToken } from '../../src/sas/token.ts'
import { makeTestCa, type TestCa } from '../test-ca.ts'
import { startWorld, type World } from '../world.ts'
import { dialAmqp, next, putToken, refusalOf, tokenOf } from './amqp-rig.ts'
import { connectDevice, hub, hubOf, makeDevice, makeModule, telemetryOf, textsOf } from './rig.ts'

let world: World
let ca: TestCa
beforeAll(async () => {
  world = await startWorld()
  ca = await makeTestCa(world)
})
afterAll(() => world[Symbol.asyncDispose]())

const force = { 'if-match': '*' }
const inAnHour = () => Date.now() + 3_600_000
const tokenFor = (path: string, key: string, more: { expiry?: number; policyName?: string } = {}) =>
  makeToken({ resource: `${world.host}/devices/${path}`, key, expiry: inAnHour(), ...more })
const codeOf = (answer: { application_properties?: Record<string, unknown> }) =>
  answer.application_properties?.['status-code']

/** A device that has put its token. */
async function come(deviceId: string): Promise<Connection> {
  const connection = dialAmqp(world)
  expect(codeOf(await putToken(connection, tokenFor(deviceId, await makeDevice(world, deviceId))))).toBe(200)
  return connection
}

const events = (deviceId: string) => `/devices/${deviceId}/messages/events`
const mail = (deviceId: string) => ({ address: `/devices/${deviceId}/messages/devicebound` })
const data = (text: string | Buffer) => rhea.message.data_section(Buffer.from(text))

async function senderTo(connection: Connection, address: string): Promise<Sender> {
  const sender = connection.open_sender(address)
  await next(sender, 'sendable')
  return sender
}

/** Resolves to why it was rejected; undefined: it was accepted. */
async function send(sender: Sender, body: Buffer | string, format?: number): Promise<string | undefined> {
  const settled = Promise.race([next(sender, 'accepted'), next(sender, 'rejected')])
  // with a format, rhea takes it for encoded
  sender.send((format === undefined ? { body: data(body) } : body) as never, undefined, format)
  const state = (await settled).delivery?.remote_state as { error?: { condition: string } } | undefined
  return state?.error?.condition
}

async function sendMail(deviceId: string, text: string): Promise<void> {
  const order = { body: Buffer.from(text), properties: {}, system: { messageId: text }, ack: 'none' } as const
  await world.devices.sendCloudMessage({ hub: hubOf(world), deviceId: deviceId as DeviceId }, order)
}

const receiverOf = (connection: Connection, deviceId: string): Receiver =>
  connection.open_receiver({ source: mail(deviceId), autoaccept: false, credit_window: 10 } as never)
const textOf = ({ message }: EventContext) => message?.body.content.toString()

async function comesIn(connection: Connection, deviceId: string): Promise<boolean> {
  expect(await send(await senderTo(connection, events(deviceId)), 'in')).toBeUndefined()
  connection.close()
  return true
}

test('a device comes in by SASL PLAIN with its own name and token, and as nobody else', async () => {
  const key = await makeDevice(world, 'plain')
  await makeDevice(world, 'other')
  const password = tokenFor('plain', key)
  const dial = (username: string, token = password) => dialAmqp(world, { username, password: token })
  const connection = dial(`plain@sas.${world.host}`)
  const sender = await senderTo(connection, events('plain'))
  expect(await send(sender, 'plainly')).toBeUndefined()
  expect((await refusalOf(connection.open_sender(events('other')))).condition).toBe('amqp:unauthorized-access')
  connection.close()
  const refused = async (username: string, token?: string) =>
    String((await next(dial(username, token), 'connection_error')).error)
  expect(await refused(`other@sas.${world.host}`)).toContain('Failed to authenticate')
  expect(await refused(`plain@sas.${world.host}`, tokenFor('plain', 'AAAA'))).toContain('Failed to authenticate')
  await hub(world, 'PUT /devices/plain', { deviceId: 'plain', status: 'disabled' }, force)
  expect(await refused(`plain@sas.${world.host}`)).toContain('Failed to authenticate')
})

test('a device comes in by its TLS certificate, without SASL, and by no other certificate', async () => {
  const { certificate, key, issued } = await ca.device('printed')
  const authentication = {
    type: 'selfSigned',
    x509Thumbprint: { primaryThumbprint: issued.certificate.sha256Thumbprint },
  }
  await makeDevice(world, 'printed', { authentication })
  const shown = { cert: readFileSync(certificate), key: readFileSync(key) }
  expect(await comesIn(dialAmqp(world, shown), 'printed')).toBe(true)
  const stranger = await ca.device('stranger')
  const connection = dialAmqp(world, { cert: readFileSync(stranger.certificate), key: readFileSync(stranger.key) })
  const refusal = await refusalOf(connection.open_sender(events('printed')))
  expect(refusal).toMatchObject({
    condition: 'amqp:unauthorized-access',
    description: expect.stringContaining('thumb'),
  })
  connection.close()
})

test('a policy that may connect devices lets many in over one connection; one that may not, none', async () => {
  for (const id of ['pooled-1', 'pooled-2']) await makeDevice(world, id)
  const connection = dialAmqp(world)
  await putToken(connection, tokenOf(world, { policy: 'iothubowner' }))
  for (const id of ['pooled-1', 'pooled-2']) {
    expect(await send(await senderTo(connection, events(id)), id)).toBeUndefined()
    expect((await telemetryOf(world, id))[0]?.authMethod).toContain('"scope":"hub"')
  }
  connection.close()
  const back = dialAmqp(world)
  await putToken(back, tokenOf(world, { policy: 'service' }))
  expect((await refusalOf(back.open_sender(events('pooled-1')))).condition).toBe('amqp:unauthorized-access')
  back.close()
})

test.each([
  ['a wrong key', async () => tokenFor('knocks', 'AAAA'), 401],
  ['a token that has expired', async (key: string) => tokenFor('knocks', key, { expiry: Date.now() - 600_000 }), 401],
  ['a device that nobody made', async (key: string) => tokenFor('nobody', key), 404],
  [
    'a device that is disabled',
    async () => {
      const key = await makeDevice(world, 'off')
      await hub(world, 'PUT /devices/off', { deviceId: 'off', status: 'disabled' }, force)
      return tokenFor('off', key)
    },
    401,
  ],
])('%s is told as the answer to the token, and the connection stays for a better one', async (_name, token, code) => {
  const key = await makeDevice(world, 'knocks').then(async (made) => made || ((await keyOf('knocks')) ?? ''))
  const connection = dialAmqp(world)
  expect(codeOf(await putToken(connection, await token(key)))).toBe(code)
  expect((await refusalOf(connection.open_sender(events('knocks')))).condition).toBe('amqp:unauthorized-access')
  expect(codeOf(await putToken(connection, tokenFor('knocks', key)))).toBe(200)
  expect(await comesIn(connection, 'knocks')).toBe(true)
})
const keyOf = async (deviceId: string) =>
  (await hub(world, `GET /devices/${deviceId}`)).body.authentication?.symmetricKey?.primaryKey as string | undefined

test.each([
  ['telemetry of another device', (id: string) => events(id), 'unauthorized-access'],
  ['the mail of another device', (id: string) => mail(id).address, 'unauthorized-access'],
  ['the twin of another device', (id: string) => `/devices/${id}/twin`, 'unauthorized-access'],
  ['methods of another device', (id: string) => `/devices/${id}/methods/devicebound`, 'unauthorized-access'],
  ['a module of its own', () => '/devices/nosy/modules/m/twin', 'unauthorized-access'],
  ['a name that goes on after its own', () => '/devices/nosy2/messages/events', 'not-found'],
  ['a path that climbs', () => '/devices/nosy/../watched/messages/events', 'not-found'],
  ['an id that is encoded twice', () => '/devices/wat%2563hed/messages/events', 'not-found'],
  ['a node that there is not', () => '/devices/nosy/files', 'not-found'],
  ['messages to all devices', () => '/messages/devicebound', 'unauthorized-access'],
])('a device does not reach %s', async (_name, addressOf, condition) => {
  await makeDevice(world, 'watched')
  await makeModule(world, 'nosy', 'm')
  const connection = dialAmqp(world)
  const key = (await makeDevice(world, 'nosy')) || ((await keyOf('nosy')) ?? '')
  await putToken(connection, tokenFor('nosy', key))
  await makeModule(world, 'nosy', 'm')
  expect((await refusalOf(connection.open_sender(addressOf('watched')))).condition).toBe(`amqp:${condition}`)
  expect(await comesIn(connection, 'nosy')).toBe(true)
  expect(await telemetryOf(world, 'watched')).toEqual([])
})

test('an address is read as a URI, in any case and with doubled slashes', async () => {
  const connection = await come('spelled')
  for (const address of [
    `amqps://${world.host}:5671/Devices/spelled/Messages/Events`,
    '//devices//spelled/messages/events',
  ])
    expect(await send(await senderTo(connection, address), 'x')).toBeUndefined()
  expect(await telemetryOf(world, 'spelled')).toHaveLength(2)
  connection.close()
})

test('messages of a batch are stored each for itself, all or none', async () => {
  const connection = await come('batch')
  const sender = await senderTo(connection, events('batch'))
  const encoded = (text: string, properties: object) =>
    rhea.message.encode({ body: data(text), application_properties: properties } as never)
  const batchOf = (bodies: readonly Buffer[]) =>
    rhea.message.encode({ body: rhea.message.data_sections(bodies) } as never)
  const batch = batchOf(['one', 'two', 'three'].map((text, number) => encoded(text, { number })))
  expect(await send(sender, batch, 0x80013700)).toBeUndefined()
  const stored = await telemetryOf(world, 'batch')
  expect(textsOf(stored)).toEqual(['one', 'two', 'three'])
  expect(stored.map(({ properties }) => properties.number)).toEqual([0, 1, 2])
  const bad = batchOf([encoded('good', {}), Buffer.from('bad')])
  expect(await send(sender, bad, 0x80013700)).toBe('amqp:decode-error')
  expect(await telemetryOf(world, 'batch')).toHaveLength(3)
  connection.close()
})

test('a message of 256 KiB is stored; one byte more, or a giant, is rejected and the link lives', async () => {
  const connection = await come('large')
  const sender = await senderTo(connection, events('large'))
  expect(await send(sender, Buffer.alloc(256 * 1024))).toBeUndefined()
  expect(await send(sender, Buffer.alloc(256 * 1024 + 1))).toBe('amqp:link:message-size-exceeded')
  expect(await send(sender, Buffer.alloc(20 * 1024 * 1024))).toBe('amqp:link:message-size-exceeded')
  expect(await send(sender, 'small')).toBeUndefined()
  expect((await telemetryOf(world, 'large')).map(({ body }) => body.length)).toEqual([256 * 1024, 5])
  connection.close()
})

test('a second connection takes over, and the first is told by its links', async () => {
  const first = await come('twice')
  const sender = await senderTo(first, events('twice'))
  const stolen = next(sender, 'sender_error')
  const second = dialAmqp(world)
  await putToken(second, tokenFor('twice', (await keyOf('twice')) ?? ''))
  const lives = await senderTo(second, events('twice'))
  await stolen
  expect(sender.error).toMatchObject({ condition: 'amqp:link:stolen' })
  expect(await send(lives, 'mine')).toBeUndefined()
  second.close()
  first.close()
})

test.each([
  ['disabled', (id: string) => hub(world, `PUT /devices/${id}`, { deviceId: id, status: 'disabled' }, force)],
  ['deleted', (id: string) => hub(world, `DELETE /devices/${id}`, undefined, force)],
])('a device that is %s is cut off, and what it sends without heed is not stored', async (how, change) => {
  const connection = await come(how)
  const sender = await senderTo(connection, events(how))
  expect(await send(sender, 'before')).toBeUndefined()
  // deaf: it does not answer the detach, so its link stands on its side
  const told = new Promise((resolve) => Object.assign(sender, { on_detach: resolve }))
  await change(how)
  await told
  for (let more = 0; more < 20; more++) sender.send({ body: data('after') } as never)
  // in order on one connection: when this is answered, those before were read
  await putToken(connection, 'nothing')
  expect(textsOf(await telemetryOf(world, how))).toEqual(['before'])
  connection.close()
})

test('a message whose connection is lost comes again, and that counts as no refusal', async () => {
  const connection = await come('unlucky')
  connection.close()
  await sendMail('unlucky', 'hold on')
  const token = tokenFor('unlucky', (await keyOf('unlucky')) ?? '')
  for (let lost = 0; lost < 12; lost++) {
    const one = dialAmqp(world)
    await putToken(one, token)
    const context = await next(receiverOf(one, 'unlucky'), 'message')
    expect(textOf(context)).toBe('hold on')
    expect(context.message?.message_annotations?.['iothub-deliverycount']).toBe(0)
    ;(one as unknown as { socket: { destroy(): void } }).socket.destroy()
  }
})

test('a message that is given back ten times is dead', async () => {
  const connection = await come('stubborn')
  await sendMail('stubborn', 'no')
  const receiver = receiverOf(connection, 'stubborn')
  let times = 0
  receiver.on('message', ({ delivery }) => {
    times++
    delivery?.release({ delivery_failed: true })
  })
  await expect
    .poll(async () => (await hub(world, 'GET /devices/stubborn')).body.cloudToDeviceMessageCount, { timeout: 5000 })
    .toBe(0)
  expect(times).toBe(10)
  connection.close()
})

test('a device that settles nothing is given one message, with a lock token of sixteen bytes, and the others wait', async () => {
  const connection = await come('hoarder')
  for (const text of ['one', 'two', 'three']) await sendMail('hoarder', text)
  const receiver = receiverOf(connection, 'hoarder')
  const got: EventContext[] = []
  receiver.on('message', (context) => got.push(context))
  await expect.poll(() => got.length).toBe(1)
  expect(Buffer.from(got[0]?.delivery?.tag as never)).toHaveLength(16)
  expect(await send(await senderTo(connection, events('hoarder')), 'busy')).toBeUndefined()
  expect(got.map(textOf)).toEqual(['one'])
  got[0]?.delivery?.reject()
  await expect.poll(() => got.map(textOf)).toEqual(['one', 'two'])
  got[1]?.delivery?.accept()
  await expect.poll(() => got.map(textOf)).toEqual(['one', 'two', 'three'])
  connection.close()
})

test('a device that wants messages settled is given each once, and is given all', async () => {
  const connection = await come('careless')
  for (const text of ['one', 'two', 'three']) await sendMail('careless', text)
  const receiver = connection.open_receiver({
    source: mail('careless'),
    snd_settle_mode: 1,
    autoaccept: false,
    credit_window: 10,
  } as never)
  const got: EventContext[] = []
  receiver.on('message', (context) => got.push(context))
  await expect.poll(() => got.map(textOf)).toEqual(['one', 'two', 'three'])
  expect(got.map(({ delivery }) => delivery?.remote_settled)).toEqual([true, true, true])
  await expect.poll(async () => (await hub(world, 'GET /devices/careless')).body.cloudToDeviceMessageCount).toBe(0)
  connection.close()
})

test('a newer token keeps a device connected, its own as that of a policy for many', async () => {
  const soon = Date.now() - 300_000 + 4000
  const own = dialAmqp(world)
  const key = await makeDevice(world, 'renews')
  await makeDevice(world, 'renewed')
  await putToken(own, tokenFor('renews', key, { expiry: soon }))
  const many = dialAmqp(world)
  await putToken(many, tokenOf(world, { policy: 'iothubowner', expiry: soon }))
  const senders = [await senderTo(own, events('renews')), await senderTo(many, events('renewed'))]
  await putToken(own, tokenFor('renews', key))
  await putToken(many, tokenOf(world, { policy: 'iothubowner' }))
  const idle = dialAmqp(world)
  await makeDevice(world, 'lapses')
  await putToken(idle, tokenOf(world, { policy: 'iothubowner', expiry: soon }))
  const lapses = await senderTo(idle, events('lapses'))
  // those with an old token are looked for every five seconds, all devices in one round
  await next(lapses, 'sender_error')
  for (const sender of senders) expect(await send(sender, 'still here')).toBeUndefined()
  for (const connection of [own, many, idle]) connection.close()
}, 20_000)

test('a method is answered over a pair of links; an answer without a status is the fault of the device', async () => {
  const connection = await come('called')
  const answers = await senderTo(connection, '/devices/called/methods/devicebound')
  const calls = connection.open_receiver({ source: { address: '/devices/called/methods/devicebound' } } as never)
  await next(calls, 'receiver_open')
  const answer = (context: EventContext, properties: object) =>
    answers.send({
      correlation_id: context.message?.correlation_id,
      application_properties: properties,
      body: data('{"b":2}'),
    } as never)
  const call = () => hub(world, 'POST /twins/called/methods', { methodName: 'Go', payload: { a: 1 } })
  await expect.poll(async () => (await hub(world, 'GET /devices/called')).body.connectionState).toBe('Connected')
  const good = call()
  const first = await next(calls, 'message')
  expect(first.message?.application_properties).toEqual({ 'IoThub-methodname': 'Go' })
  expect(Buffer.isBuffer(first.message?.correlation_id)).toBe(true)
  answer(first, { 'IoThub-status': 203 })
  expect(await good).toEqual({ status: 200, body: { status: 203, payload: { b: 2 } } })
  const bad = call()
  answer(await next(calls, 'message'), {})
  expect((await bad).status).toBe(502)
  connection.close()
})

test('a twin request is accepted before it is answered, and a broken one too', async () => {
  const connection = await come('orderly')
  const address = '/devices/orderly/twin'
  const receiver = connection.open_receiver({ source: { address } } as never)
  await next(receiver, 'receiver_open')
  const sender = await senderTo(connection, address)
  const heard: string[] = []
  sender.on('accepted', () => heard.push('accepted'))
  receiver.on('message', ({ message }) => heard.push(String(message?.message_annotations?.status)))
  const patch = { operation: 'PATCH', resource: '/properties/reported' }
  const requests = [
    { message_annotations: { operation: 'GET' }, body: data(' ') },
    { message_annotations: patch, body: data('{"a":1}') },
    { message_annotations: patch, body: data('no JSON') },
  ]
  for (const [number, request] of requests.entries()) {
    sender.send({ correlation_id: `r${number}`, ...request } as never)
    await expect.poll(() => heard.length).toBe(2 * number + 2)
  }
  expect(heard).toEqual(['accepted', '200', 'accepted', '200', 'accepted', '400'])
  connection.close()
})

test('a twin link that comes again hears nothing of what went before', async () => {
  const connection = await come('forgetful')
  const asks = await senderTo(connection, '/devices/forgetful/twin')
  const open = (credit: number) => {
    const receiver = connection.open_receiver({
      source: { address: '/devices/forgetful/twin' },
      credit_window: credit,
    } as never)
    return next(receiver, 'receiver_open').then(() => receiver)
  }
  const ask = (operation: string, correlation_id: string, resource?: string) =>
    asks.send({
      correlation_id,
      message_annotations: { operation, ...(resource && { resource }) },
      body: data(' '),
    } as never)
  const old = await open(0)
  ask('PUT', 'p', '/notifications/twin/properties/desired')
  await next(asks, 'accepted')
  await hub(world, 'PATCH /twins/forgetful', { properties: { desired: { rate: 1 } } })
  old.close()
  await next(old, 'receiver_close')
  const receiver = await open(10)
  ask('GET', 'g')
  const { message } = await next(receiver, 'message')
  expect(message?.correlation_id).toBe('g')
  expect(message?.message_annotations?.status).toBe(200)
  ask('PATCH', 'bad', '/properties/reported')
  const refused = await next(receiver, 'message')
  expect(refused.message?.message_annotations?.status).toBe(400)
  expect(JSON.parse(textOf(refused) ?? '')).toMatchObject({ errorCode: 400004, trackingId: expect.any(String) })
  connection.close()
})

test('links that come and go without end, refused and taken, leave nothing behind and others served', async () => {
  const storm = await come('storm')
  const bystander = await connectDevice(world, { deviceId: 'calm', deviceKey: await makeDevice(world, 'calm') })
  for (let round = 0; round < 200; round++) {
    const refused = Array.from({ length: 8 }, () => refusalOf(storm.open_sender(events('calm'))))
    const sender = await senderTo(storm, events('storm'))
    for (const { condition } of await Promise.all(refused)) expect(condition).toBe('amqp:unauthorized-access')
    const closed = next(sender, 'sender_close')
    sender.close()
    await closed
  }
  await bystander.client.publishAsync('devices/calm/messages/events/', 'served', { qos: 1 })
  await expect.poll(async () => (await hub(world, 'GET /devices/storm')).body.connectionState).toBe('Disconnected')
  expect(await comesIn(storm, 'storm')).toBe(true)
  await bystander.client.endAsync()
}, 30_000)

test('more links than a connection may have end it, and nobody else', async () => {
  const storm = await come('many')
  const ended = next(storm, 'disconnected')
  for (let count = 0; count < 1100; count++) storm.open_sender(events('many'))
  await ended
  const connection = dialAmqp(world)
  await putToken(connection, tokenFor('many', (await keyOf('many')) ?? ''))
  expect(await comesIn(connection, 'many')).toBe(true)
})
