import rhea, { type Connection, type ConnectionOptions, type EventContext, type Message } from 'rhea'
import { expect, test } from 'vitest'
import { assigned, assigning, operationId } from '../../test/transport/recorder.ts'
import { deviceTls, dial, readToEnd, startTransports, type TransportWorld } from '../../test/transport/world.ts'
import { ProvisioningError } from '../fault.ts'

const address = '0ne00000A0A/registrations/dev-1'
const token = 'SharedAccessSignature sr=a&sig=b&se=1'
const noCertificate = { cert: undefined, key: undefined }
const plain = { ...noCertificate, username: address, password: token }

type Emitter = { once(event: string, listener: (context: EventContext) => void): unknown }
const next = (emitter: Emitter, event: string): Promise<EventContext> =>
  new Promise((resolve) => emitter.once(event, resolve))

function dialAmqp(world: TransportWorld, options: object = {}): Connection {
  const container = rhea.create_container({ id: '' })
  for (const event of ['error', 'connection_error', 'connection_close', 'disconnected']) container.on(event, () => {})
  const tls = { ...deviceTls(world), port: world.amqpPort, transport: 'tls', reconnect: false }
  return container.connect({ ...tls, ...options } as unknown as ConnectionOptions)
}

const properties = { 'com.microsoft:api-version': '2019-03-31', 'com.microsoft:client-version': 'test/1' }

/** Both links of a device, attached at once as Java does. */
async function attached(connection: Connection, at: string = address) {
  const receiver = connection.open_receiver({ source: { address: at }, properties } as never)
  const sender = connection.open_sender({ target: { address: at }, properties } as never)
  await Promise.all([next(receiver, 'receiver_open'), next(sender, 'sendable')])
  return {
    receiver,
    async ask(request: Partial<Message>): Promise<Message> {
      const answer = next(receiver, 'message')
      sender.send(request as Message)
      return (await answer).message as Message
    },
    /** Resolves to the error of the rejection. */
    async refused(request: Partial<Message>) {
      const rejected = next(sender, 'rejected')
      sender.send(request as Message)
      const error = rejectionOf(await rejected)
      return { ...error, said: JSON.parse(error.description) as Record<string, unknown> }
    },
  }
}

interface Refused {
  readonly condition: string
  readonly description: string
  readonly info?: Record<string, unknown>
}

/** Its fields, which rhea reads when they are asked for. */
function told(error: unknown): Refused {
  const { condition, description, info } = error as Refused
  return { condition, description, info }
}
const rejectionOf = ({ delivery }: EventContext) =>
  told((delivery?.remote_state as { error?: unknown } | undefined)?.error)

const registering = { 'iotdps-operation-type': 'iotdps-register', 'iotdps-forceRegistration': false }
const register: Partial<Message> = {
  correlation_id: 'c0ffee00-0000-4000-8000-000000000000',
  application_properties: registering,
  body: rhea.message.data_section(Buffer.from('{"registrationId":"dev-1","payload":{"model":"x"}}')),
}
const jsonOf = ({ body }: Message) => JSON.parse((body as { content: Buffer }).content.toString('ascii'))

test('a device registers by AMQP with its chain and no SASL, and is assigned in the first answer', async () => {
  await using world = await startTransports()
  const connection = dialAmqp(world)
  const { ask } = await attached(connection)
  const answer = await ask(register)
  expect(jsonOf(answer)).toMatchObject({ operationId, status: 'assigned', registrationState: { deviceId: 'dev-1' } })
  expect(answer).toMatchObject({ correlation_id: register.correlation_id, content_type: expect.stringMatching(/json/) })
  expect(answer.application_properties).toEqual({ 'iotdps-status': 200 })
  expect(world.device.registered).toHaveLength(1)
  expect(world.device.registered[0]).toMatchObject({
    idScope: '0ne00000A0A',
    registrationId: 'dev-1',
    apiVersion: '2019-03-31',
    bodyRegistrationId: 'dev-1',
    payload: { model: 'x' },
    transport: 'amqp',
    remoteAddress: '127.0.0.1',
  })
  const evidence = world.device.registered[0]?.evidence
  expect(evidence?.certificates).toHaveLength(1)
  expect(evidence?.more?.(1)).toHaveLength(2)
  expect(evidence?.sasToken).toBeUndefined()
  connection.close()
})

test('a SAS token comes as the password of SASL PLAIN, and is never logged', async () => {
  await using world = await startTransports()
  const connection = dialAmqp(world, plain)
  const { ask } = await attached(connection)
  await ask(register)
  expect(world.device.proved).toHaveLength(1)
  expect(world.device.registered[0]?.evidence).toMatchObject({ certificates: [], sasToken: token })
  expect(JSON.stringify(world.log)).not.toContain('SharedAccessSignature')
  connection.close()
})

const spellings = [address, `/${address}`, `amqps://localhost/${address}`, '0ne00000A0A/registrations/DEV-1']
for (const spelling of spellings) {
  test(`a link is taken at ${spelling}, and told so`, async () => {
    await using world = await startTransports()
    const connection = dialAmqp(world, plain)
    const { ask, receiver } = await attached(connection, spelling)
    expect(receiver.source.address).toBe(spelling)
    expect(jsonOf(await ask(register)).status).toBe('assigned')
    connection.close()
  })
}

const bodies: readonly [what: string, Partial<Message>][] = [
  ['none', {}],
  ['empty data', { body: rhea.message.data_section(Buffer.alloc(0)) }],
  ['an empty value', { body: '' }],
  ['JSON as a value', { body: '{"registrationId":"dev-1"}' }],
]
for (const [what, body] of bodies) {
  test(`the body of a registration may be ${what}, and without a correlation id there is none in the answer`, async () => {
    await using world = await startTransports()
    const connection = dialAmqp(world, plain)
    const { ask } = await attached(connection)
    const answer = await ask({ application_properties: registering, ...body })
    expect(jsonOf(answer).status).toBe('assigned')
    expect(answer.correlation_id).toBeUndefined()
    connection.close()
  })
}

test('while it is being assigned a device is told in text when to ask again, and asks by the operation id', async () => {
  await using world = await startTransports()
  world.device.onRegister = () => assigning
  const connection = dialAmqp(world, plain)
  const { ask } = await attached(connection)
  const first = await ask(register)
  expect(jsonOf(first)).toMatchObject({ operationId, status: 'assigning' })
  expect(first.application_properties).toEqual({ 'iotdps-status': 202, 'retry-after': '2', 'Retry-After': '2' })
  for (const body of [undefined, '', 'iotdps-get-operationstatus']) {
    const question = { 'iotdps-operation-type': 'iotdps-get-operationstatus', 'iotdps-operation-id': operationId }
    const later = await ask({ correlation_id: 'again', application_properties: question, body })
    expect(jsonOf(later).status).toBe('assigned')
  }
  expect(world.device.polled.map((request) => request.operationId)).toEqual([operationId, operationId, operationId])
  connection.close()
})

test('a device reads its registration without registering', async () => {
  await using world = await startTransports()
  const connection = dialAmqp(world, plain)
  const { ask } = await attached(connection)
  const answer = await ask({ application_properties: { 'iotdps-operation-type': 'iotdps-get-registration' } })
  expect(jsonOf(answer)).toMatchObject({ registrationId: 'dev-1', status: 'assigned' })
  expect(world.device.registered).toEqual([])
  connection.close()
})

const refusals: readonly [Partial<ProvisioningError>['reason'], string, number][] = [
  ['sas_wrong_key', 'amqp:unauthorized-access', 401002],
  ['operation_unknown', 'amqp:not-found', 404202],
  ['registration_conflict', 'com.microsoft:precondition-failed', 409203],
  ['internal', 'amqp:internal-error', 500000],
]
for (const [reason = 'internal', condition, errorCode] of refusals) {
  test(`a registration that fails with ${errorCode} is rejected as ${condition}, with its sentence`, async () => {
    await using world = await startTransports()
    world.device.onRegister = () => {
      throw new ProvisioningError(reason, { id: 'dev-1', operationId: 'x', trackingId: 't' })
    }
    const connection = dialAmqp(world, plain)
    const { refused } = await attached(connection)
    const error = await refused(register)
    expect(error.condition).toBe(condition)
    expect(error.said).toMatchObject({ errorCode, message: expect.any(String), trackingId: expect.any(String) })
    expect(world.log.at(-1)?.facts).toMatchObject({ trackingId: error.said.trackingId, reason })
    connection.close()
  })
}

test('what may be tried again says when, in both spellings', async () => {
  await using world = await startTransports()
  world.device.onRegister = () => {
    throw new ProvisioningError('storage_unavailable', {})
  }
  const connection = dialAmqp(world, plain)
  const { refused } = await attached(connection)
  const { info } = await refused(register)
  expect(info).toEqual({ 'retry-after': expect.stringMatching(/^\d+$/), 'Retry-After': info?.['retry-after'] })
  connection.close()
})

const nonsense: readonly [string, Partial<Message>, string][] = [
  ['no operation', {}, 'iotdps-operation-type is missing'],
  ['an unknown operation', { application_properties: { 'iotdps-operation-type': 'iotdps-x' } }, '"iotdps-x"'],
  ['no JSON', { application_properties: registering, body: rhea.message.data_section(Buffer.from('{')) }, 'JSON'],
  ['a list', { application_properties: registering, body: [1, 2] }, 'neither data nor a string'],
]
for (const [what, message, says] of nonsense) {
  test(`a message with ${what} is rejected and told why; the connection lives`, async () => {
    await using world = await startTransports()
    const connection = dialAmqp(world, plain)
    const { ask, refused } = await attached(connection)
    const error = await refused(message)
    expect(error).toMatchObject({ condition: 'amqp:not-allowed', said: { message: expect.stringContaining(says) } })
    expect(world.device.unread).toHaveLength(1)
    expect(jsonOf(await ask(register)).status).toBe('assigned')
    connection.close()
  })
}

test('who shows neither certificate nor token is told so on its link, and cut off with the next', async () => {
  await using world = await startTransports()
  world.device.onProve = () => {
    throw new ProvisioningError('credentials_missing', { id: 'dev-1' })
  }
  const connection = dialAmqp(world, noCertificate)
  const refused = told((await next(connection.open_receiver(address), 'receiver_error')).receiver?.error)
  const closed = next(connection, 'connection_error')
  connection.open_sender(address)
  await closed
  for (const { condition, description } of [refused, told(connection.error)]) {
    expect(condition).toBe('amqp:unauthorized-access')
    expect(JSON.parse(description)).toMatchObject({ errorCode: 401002, message: expect.stringContaining('dev-1') })
  }
  expect(world.device.registered).toEqual([])
})

test('SASL ends with the outcome auth where the token is no good, and the socket is closed', async () => {
  await using world = await startTransports()
  world.device.onProve = () => {
    throw new ProvisioningError('sas_wrong_key', { id: 'dev-1' })
  }
  const socket = await dial(world, world.amqpPort, noCertificate)
  const everything = readToEnd(socket)
  const response = Buffer.from(`\0${address}\0${token}`)
  const fields = Buffer.concat([Buffer.from([0xa3, 5, ...Buffer.from('PLAIN'), 0xa0, response.length]), response])
  const init = Buffer.concat([Buffer.from([0x00, 0x53, 0x41, 0xc0, fields.length + 1, 2]), fields])
  const head = Buffer.from([0, 0, 0, 8 + init.length, 2, 1, 0, 0])
  socket.write(Buffer.concat([Buffer.from('AMQP\x03\x01\x00\x00', 'latin1'), head, init]))
  const tail = (await everything).subarray(-16)
  expect(tail.toString('hex')).toBe('0000001002010000005344c003015001')
  expect(world.log.some(({ facts }) => facts.reason === 'sas_wrong_key')).toBe(true)
})

test('a connection is one device: links of another are refused by name', async () => {
  await using world = await startTransports()
  const connection = dialAmqp(world, plain)
  const { ask } = await attached(connection)
  const stranger = connection.open_receiver('0ne00000A0A/registrations/dev-2')
  const { condition, description } = told((await next(stranger, 'receiver_error')).receiver?.error)
  expect(condition).toBe('amqp:unauthorized-access')
  expect(JSON.parse(description).message).toContain('dev-2')
  expect(jsonOf(await ask(register)).status).toBe('assigned')
  connection.close()
})

test('who has no link for the answer is told to attach one, and the registration stands', async () => {
  await using world = await startTransports()
  const connection = dialAmqp(world, plain)
  const sender = connection.open_sender(address)
  await next(sender, 'sendable')
  const rejected = next(sender, 'rejected')
  sender.send(register as Message)
  const error = rejectionOf(await rejected)
  expect(error.condition).toBe('amqp:precondition-failed')
  connection.close()
})

test('a device that drops its socket after the answer leaves nothing in the log but its registration', async () => {
  await using world = await startTransports()
  const connection = dialAmqp(world, plain)
  const { ask } = await attached(connection)
  await ask(register)
  const { socket } = connection as unknown as { socket: { destroy(): void } }
  socket.destroy()
  await world.close()
  expect(world.log.filter(({ level }) => level !== 'info')).toEqual([])
})

test('what was asked before closing is answered', async () => {
  await using world = await startTransports()
  const asked = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  world.device.onRegister = async ({ registrationId }) => {
    asked.resolve()
    await released.promise
    return assigned(registrationId)
  }
  const connection = dialAmqp(world, plain)
  const { ask } = await attached(connection)
  const answer = ask(register)
  await asked.promise
  const closed = world.close()
  released.resolve()
  expect(jsonOf(await answer).status).toBe('assigned')
  await closed
})

test('what a device would not take the answer of is not done', async () => {
  await using world = await startTransports()
  const connection = dialAmqp(world, plain)
  const receiver = connection.open_receiver({ source: { address }, credit_window: 0 } as never)
  const sender = connection.open_sender(address)
  await Promise.all([next(receiver, 'receiver_open'), next(sender, 'sendable')])
  let accepted = 0
  const rejections: Refused[] = []
  sender.on('accepted', () => accepted++)
  sender.on('rejected', (context) => rejections.push(rejectionOf(context)))
  for (let sent = 0; sent < 40; sent++) {
    if (!sender.sendable()) await next(sender, 'sendable')
    sender.send(register as Message)
  }
  await expect.poll(() => accepted + rejections.length).toBe(40)
  expect(rejections.map(({ condition }) => condition)).toEqual(Array(8).fill('amqp:resource-limit-exceeded'))
  expect(world.device.registered).toHaveLength(32)
  const told: Message[] = []
  receiver.on('message', ({ message }) => told.push(message as Message))
  receiver.add_credit(40)
  await expect.poll(() => told.length).toBe(32)
  connection.close()
})

test('of a batch of a thousand registrations one is done at a time', async () => {
  await using world = await startTransports()
  let [now, most] = [0, 0]
  world.device.onRegister = async ({ registrationId }) => {
    most = Math.max(most, ++now)
    await new Promise((resolve) => setImmediate(resolve))
    now--
    return assigned(registrationId)
  }
  const connection = dialAmqp(world, plain)
  const receiver = connection.open_receiver({ source: { address }, credit_window: 1000 } as never)
  const sender = connection.open_sender(address)
  await Promise.all([next(receiver, 'receiver_open'), next(sender, 'sendable')])
  const one = rhea.message.encode({ application_properties: registering, body: '' })
  const parts = Array.from({ length: 1000 }, () => one)
  const batch = rhea.message.encode({ body: rhea.message.data_sections(parts) })
  const accepted = next(sender, 'accepted')
  sender.send(batch, undefined, 0x80013700)
  await accepted
  expect(world.device.registered).toHaveLength(1000)
  expect(most).toBe(1)
  connection.close()
})
