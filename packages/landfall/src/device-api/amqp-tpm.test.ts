import type { TLSSocket } from 'node:tls'
import fc from 'fast-check'
import rhea, { type Connection, type ConnectionOptions } from 'rhea'
import { expect, test } from 'vitest'
import { operationId, registrationOf } from '../../test/transport/recorder.ts'
import { deviceTls, dial, startTransports, type TransportWorld } from '../../test/transport/world.ts'
import { ProvisioningError } from '../fault.ts'

const noCertificate = { cert: undefined, key: undefined }
const idScope = '0ne00000A0A'
const endorsementKey = Buffer.concat([Buffer.from([0x01, 0x3a, 0x00, 0x01]), Buffer.alloc(312, 0xee)])
const storageRootKey = Buffer.concat([Buffer.from([0x01, 0x1a, 0x00, 0x01]), Buffer.alloc(280, 0x55)])
const blob = Buffer.from(Array.from({ length: 777 }, (_, index) => index % 251))
const token = 'SharedAccessSignature sr=a&sig=b&se=1&skn=registration'
const nul = Buffer.from([0])

const initial = Buffer.concat([nul, Buffer.from(idScope), nul, Buffer.from('dev-1'), nul, endorsementKey])
const root = Buffer.concat([nul, storageRootKey])
const proof = Buffer.concat([nul, Buffer.from(token)])

const u32 = (value: number) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value].map((byte) => byte & 0xff))
const binary = (bytes: Buffer) => Buffer.concat([Buffer.from([0xb0]), u32(bytes.length), bytes])

function saslFrame(code: number, ...fields: readonly Buffer[]): Buffer {
  const content = Buffer.concat(fields)
  const list = Buffer.concat([Buffer.from([0xd0]), u32(content.length + 4), u32(fields.length), content])
  const body = Buffer.concat([Buffer.from([0x00, 0x53, code]), list])
  return Buffer.concat([u32(8 + body.length), Buffer.from([2, 1, 0, 0]), body])
}
const init = (response: Buffer) => saslFrame(0x41, Buffer.from([0xa3, 3, ...Buffer.from('TPM')]), binary(response))
const response = (bytes: Buffer) => saslFrame(0x43, binary(bytes))

/** One end of SASL, frame by frame. */
async function saslClient(world: TransportWorld, port = world.amqpPort) {
  const socket = await dial(world, port, noCertificate)
  const frames = framesOf(socket)
  socket.write(Buffer.from('AMQP\x03\x01\x00\x00', 'latin1'))
  const mechanisms = await frames.next()
  return {
    socket,
    mechanisms,
    /** The frame after what is said; undefined: the end. */
    async say(frame: Buffer): Promise<Buffer | undefined> {
      socket.write(frame)
      return frames.next()
    },
    next: () => frames.next(),
  }
}

function framesOf(socket: TLSSocket) {
  let held = Buffer.alloc(0)
  let ended = false
  let woken = () => {}
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk])
    woken()
  })
  socket.on('close', () => {
    ended = true
    woken()
  })
  const isHeader = () => held.subarray(0, 4).toString('latin1') === 'AMQP'
  return {
    async next(): Promise<Buffer | undefined> {
      for (;;) {
        if (held.length >= 8) {
          if (isHeader()) {
            held = held.subarray(8)
            continue
          }
          const size = held.readUInt32BE(0)
          if (held.length >= size) {
            const frame = held.subarray(0, size)
            held = held.subarray(size)
            return frame
          }
        }
        if (ended) return
        await new Promise<void>((resolve) => {
          woken = resolve
        })
      }
    },
  }
}

/** The bytes of a sasl-challenge. */
function challengeIn(frame: Buffer | undefined): Buffer {
  const bytes = frame ?? Buffer.alloc(0)
  expect(bytes.subarray(4, 11).toString('hex')).toBe('02010000005342')
  return bytes[11] === 0xc0 ? bytes.subarray(16) : bytes.subarray(25)
}

const outcome = (code: 0 | 1) => `0000001002010000005344c0030150${code === 0 ? '00' : '01'}`

async function startWithTpm(options: Parameters<typeof startTransports>[0] = {}) {
  const world = await startTransports(options)
  world.device.onProve = ({ evidence }) =>
    evidence.sasToken ? undefined : { kind: 'challenge', authenticationKey: blob.toString('base64') }
  return world
}

test('a TPM is challenged in the nine steps that clients know, byte by byte', async () => {
  await using world = await startWithTpm()
  const client = await saslClient(world)
  expect(client.mechanisms?.toString('latin1')).toContain('\x03TPM')
  expect((await client.say(init(initial)))?.toString('hex')).toBe('0000001102010000005342c00401a00100')
  const first = await client.say(response(root))
  expect(first).toHaveLength(389 + 1 + 25)
  expect(challengeIn(first)).toEqual(Buffer.concat([Buffer.from([0x80]), blob.subarray(0, 389)]))
  const second = challengeIn(await client.say(response(nul)))
  expect(second).toEqual(Buffer.concat([Buffer.from([0xc1]), blob.subarray(389)]))
  expect((await client.say(response(proof)))?.toString('hex')).toBe(outcome(0))
  const tpm = {
    endorsementKey: endorsementKey.toString('base64'),
    storageRootKey: storageRootKey.toString('base64'),
  }
  expect(world.device.proved).toMatchObject([
    { idScope, registrationId: 'dev-1', transport: 'amqp', evidence: { tpm, certificates: [] } },
    { idScope, registrationId: 'dev-1', evidence: { tpm, sasToken: token } },
  ])
  expect(world.device.proved[0]?.evidence.sasToken).toBeUndefined()
  expect(JSON.stringify(world.log)).not.toContain('SharedAccessSignature')
  client.socket.destroy()
})

test('then the device registers on the same connection, with the keys that SASL brought', async () => {
  await using world = await startWithTpm()
  const connection = dialByTpm(world)
  const answer = await register(connection, {
    registrationId: 'dev-1',
    tpm: { endorsementKey: 'other', storageRootKey: 'other' },
  })
  expect(answer).toMatchObject({ status: 'assigned' })
  expect(world.device.proved).toHaveLength(2)
  expect(world.device.registered[0]?.evidence).toMatchObject({
    sasToken: token,
    tpm: { endorsementKey: endorsementKey.toString('base64') },
  })
  connection.close()
})

test('an assigned device is told the key of its hub', async () => {
  await using world = await startWithTpm()
  world.device.onRegister = () => ({
    kind: 'assigned',
    operationId,
    registration: registrationOf('dev-1', { attestation: 'tpm' }),
    authenticationKey: 'ADQAIwrapped',
  })
  const connection = dialByTpm(world)
  expect(await register(connection, {})).toMatchObject({
    registrationState: { tpm: { authenticationKey: 'ADQAIwrapped' } },
  })
  connection.close()
})

type Answered = (error: undefined, response: Buffer | undefined) => void

/** rhea with a mechanism of our own: the device, from the first byte to the last. */
function dialByTpm(world: TransportWorld): Connection {
  const container = rhea.create_container({ id: '' })
  for (const event of ['error', 'connection_error', 'disconnected']) container.on(event, () => {})
  const answers = [root, nul, proof]
  const mechanism = {
    start: (done: Answered) => done(undefined, initial),
    step: (_challenge: Buffer, done: Answered) => done(undefined, answers.shift()),
  }
  const tls = { ...deviceTls(world), ...noCertificate, port: world.amqpPort, transport: 'tls', reconnect: false }
  return container.connect({ ...tls, sasl_mechanisms: { TPM: () => mechanism } } as unknown as ConnectionOptions)
}

function register(connection: Connection, body: object): Promise<unknown> {
  const address = `${idScope}/registrations/dev-1`
  return new Promise((resolve) => {
    connection.open_receiver({ source: { address } } as never)
    const sender = connection.open_sender({ target: { address } } as never)
    connection.on('message', ({ message }) => {
      resolve(JSON.parse(String((message?.body as { content?: Buffer } | undefined)?.content)))
    })
    sender.once('sendable', () =>
      sender.send({
        application_properties: { 'iotdps-operation-type': 'iotdps-register' },
        body: rhea.message.data_section(Buffer.from(JSON.stringify(body))),
      }),
    )
  })
}

const cut = (bytes: Buffer, ...ends: readonly number[]) => ends.map((end) => bytes.subarray(0, end))
const segmented = Buffer.concat([Buffer.from([0x80]), initial.subarray(1)])
const hostile: readonly [what: string, sent: readonly Buffer[]][] = [
  ['an empty message', [init(Buffer.alloc(0))]],
  ['one byte', [init(nul)]],
  ['no NUL', [init(Buffer.concat([nul, Buffer.from('abc')]))]],
  ['one NUL', [init(Buffer.concat([nul, Buffer.from('abc'), nul, Buffer.from('dev-1')]))]],
  ['no id scope', [init(Buffer.concat([nul, nul, Buffer.from('dev-1'), nul, endorsementKey]))]],
  ['no registration id', [init(Buffer.concat([nul, Buffer.from(idScope), nul, nul, endorsementKey]))]],
  ['no endorsement key', [init(initial.subarray(0, -endorsementKey.length))]],
  ['an endorsement key in parts', [init(segmented)]],
  ['more than there can be', [init(Buffer.concat([initial, Buffer.alloc(5000)]))]],
  ['no storage root key', [init(initial), response(nul)]],
  ['a storage root key in parts', [init(initial), response(Buffer.concat([Buffer.from([0x80]), storageRootKey]))]],
  ['a giant storage root key', [init(initial), response(Buffer.concat([nul, Buffer.alloc(5000)]))]],
  ['a wrong word between the parts', [init(initial), response(root), response(Buffer.from([0x01]))]],
]
for (const [what, sent] of hostile) {
  test(`SASL TPM with ${what} ends with the outcome auth, and the connection`, async () => {
    await using world = await startWithTpm()
    const client = await saslClient(world)
    let last: Buffer | undefined
    for (const frame of sent) last = await client.say(frame)
    expect(last?.toString('hex')).toBe(outcome(1))
    expect(await client.next()).toBeUndefined()
    expect(world.device.registered).toEqual([])
    expect(world.log.filter(({ level }) => level === 'error')).toEqual([])
  })
}

const inVain = () =>
  ({
    kind: 'challenge',
    authenticationKey: blob.toString('base64'),
    refusal: new ProvisioningError('tpm_other_endorsement_key', { id: 'dev-1' }),
  }) as const

test('who is refused hears so when it has signed, since clients do not listen before; the log tells why at once', async () => {
  await using world = await startWithTpm()
  world.device.onProve = inVain
  const client = await saslClient(world)
  await client.say(init(initial))
  expect(challengeIn(await client.say(response(root)))[0]).toBe(0x80)
  expect(world.log.at(-1)?.facts).toMatchObject({ reason: 'tpm_other_endorsement_key', code: 400004 })
  expect(challengeIn(await client.say(response(nul)))[0]).toBe(0xc1)
  expect((await client.say(response(proof)))?.toString('hex')).toBe(outcome(1))
  expect(await client.next()).toBeUndefined()
  expect(world.device.proved).toHaveLength(1)
})

test('who is refused at the challenge or at the proof hears the outcome auth; the log tells why', async () => {
  await using world = await startWithTpm()
  const refuse = () => {
    throw new ProvisioningError('tpm_other_endorsement_key', { id: 'dev-1' })
  }
  world.device.onProve = refuse
  const early = await saslClient(world)
  expect(challengeIn(await early.say(init(initial)))).toEqual(nul)
  expect((await early.say(response(root)))?.toString('hex')).toBe(outcome(1))
  expect(await early.next()).toBeUndefined()
  expect(world.log).toContainEqual(
    expect.objectContaining({ facts: expect.objectContaining({ reason: 'tpm_other_endorsement_key', code: 400004 }) }),
  )
  world.device.onProve = ({ evidence }) =>
    evidence.sasToken ? refuse() : { kind: 'challenge', authenticationKey: blob.toString('base64') }
  const late = await saslClient(world)
  for (const said of [init(initial), response(root), response(nul)]) await late.say(said)
  expect((await late.say(response(proof)))?.toString('hex')).toBe(outcome(1))
})

test('a service that fails unforeseen refuses, and stands', async () => {
  await using world = await startWithTpm()
  world.device.onProve = () => {
    throw new Error('unforeseen')
  }
  const client = await saslClient(world)
  await client.say(init(initial))
  expect((await client.say(response(root)))?.toString('hex')).toBe(outcome(1))
})

test('a frame that is no sasl-response in the middle of it ends the connection', async () => {
  await using world = await startWithTpm()
  const client = await saslClient(world)
  await client.say(init(initial))
  expect(await client.say(init(initial))).toBeUndefined()
})

test('a TPM has the time that it takes once its key is on the way; a stranger has not', async () => {
  await using world = await startWithTpm({ limits: { amqpOpenMs: 300, amqpTpmMs: 60_000 } })
  const client = await saslClient(world)
  for (const said of [init(initial), response(root), response(nul)]) await client.say(said)
  world.device.onProve = inVain
  const stranger = await saslClient(world)
  for (const said of [init(initial), response(root), response(nul)]) await stranger.say(said)
  // the stranger is cut off, and the device, which came before it, is still there
  expect(await stranger.next()).toBeUndefined()
  world.device.onProve = () => undefined
  expect((await client.say(response(proof)))?.toString('hex')).toBe(outcome(0))
  client.socket.destroy()
})

test('a device that does not come back from its TPM is cut off in the end', async () => {
  await using world = await startWithTpm({ limits: { amqpTpmMs: 100 } })
  const client = await saslClient(world)
  for (const said of [init(initial), response(root), response(nul)]) await client.say(said)
  expect(await client.next()).toBeUndefined()
})

test('any bytes in the place of what a TPM says leave the service standing', async () => {
  await using world = await startWithTpm({ limits: { amqpOpenMs: 2000, amqpTpmMs: 2000 } })
  const bytes = fc.uint8Array({ maxLength: 600 }).map((data) => Buffer.from(data))
  const first = fc.oneof(bytes, fc.constantFrom(initial, ...cut(initial, 1, 5, 12, 13, 18, 19)))
  await fc.assert(
    fc.asyncProperty(first, bytes, bytes, async (one, two, three) => {
      const client = await saslClient(world)
      for (const frame of [init(one), response(two), response(three), response(proof)]) client.socket.write(frame)
      client.socket.end()
      while ((await client.next()) !== undefined) {
        // to its end
      }
    }),
    { numRuns: 60 },
  )
  const client = await saslClient(world)
  for (const said of [init(initial), response(root), response(nul)]) await client.say(said)
  expect((await client.say(response(proof)))?.toString('hex')).toBe(outcome(0))
  client.socket.destroy()
})
