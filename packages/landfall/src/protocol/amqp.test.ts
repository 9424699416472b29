import { type TLSSocket, connect as tlsConnect } from 'node:tls'
import { asyncProperty, constant, assert as fcAssert, nat, oneof, record, uint8Array } from 'fast-check'
import rhea, { type Connection, type EventContext } from 'rhea'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeTestPki, type TestPki } from '../../test/transport/test-pki.ts'
import { realTimers } from '../system.ts'
import { type Amqp, makeAmqp, makeAmqpServer } from './amqp.ts'
import type { AmqpMessage } from './amqp-message.ts'
import { type AmqpHandler, type AmqpPeer, AmqpRefusal, type OutgoingLink } from './amqp-service.ts'
import { defaultLimits, type ProtocolLimits } from './limits.ts'
import { listen, stopListening } from './listener.ts'

interface Echo {
  readonly port: number
  readonly amqp: Amqp
  readonly peers: AmqpPeer[]
  readonly taken: AmqpMessage[]
  readonly logged: string[]
  [Symbol.asyncDispose](): Promise<void>
}

let pki: TestPki
beforeAll(async () => {
  pki = await makeTestPki()
})
const open: Echo[] = []
afterAll(async () => {
  for (const echo of open) await echo[Symbol.asyncDispose]()
})

/** What is sent to `in` comes out of `out`. */
async function startEcho(changed: Partial<ProtocolLimits> = {}): Promise<Echo> {
  const limits = { ...defaultLimits, ...changed }
  const peers: AmqpPeer[] = []
  const taken: AmqpMessage[] = []
  const logged: string[] = []
  const log = { info: note, warn: note, error: note, debug: note }
  function note(facts: object, message: string) {
    logged.push(`${message} ${JSON.stringify(facts)}`)
  }
  const connect = (peer: AmqpPeer): AmqpHandler => {
    peers.push(peer)
    const outs = new Set<OutgoingLink>()
    return {
      async attach(link) {
        if (link.address === 'forbidden') throw new AmqpRefusal('amqp:unauthorized-access', 'not you')
        if (link.direction === 'outgoing' && link.address === 'out') {
          outs.add(link)
          link.accept({ room: () => {} })
          return true
        }
        if (link.direction !== 'incoming' || link.address !== 'in') return false
        const take = async (messages: readonly AmqpMessage[]) => {
          taken.push(...messages)
          if (messages[0]?.subject === 'no') throw new AmqpRefusal('amqp:not-allowed', 'no means no')
          for (const message of messages) for (const out of outs) if (out.credit > 0) out.send({ message })
        }
        link.accept({ credit: 10, take })
        return true
      },
    }
  }
  const knows = async ({ userName, password }: { userName: string; password: string }) => userName === password
  const amqp = makeAmqp({ services: [{ knows, connect }], limits, timers: realTimers, log })
  const server = makeAmqpServer(amqp, { key: pki.server.key, certificate: pki.server.pem }, limits)
  const port = await listen(server, { host: '127.0.0.1', port: 0 })
  const echo = {
    port,
    amqp,
    peers,
    taken,
    logged,
    async [Symbol.asyncDispose]() {
      await Promise.all([amqp.close(), stopListening(server)])
    },
  }
  open.push(echo)
  return echo
}

function dial({ port }: Echo, options: object = {}): Connection {
  const container = rhea.create_container({ id: 'client' })
  for (const event of ['error', 'disconnected']) container.on(event, () => {})
  const tls = { transport: 'tls' as const, ca: pki.root.pem, servername: 'localhost' }
  return container.connect({
    host: '127.0.0.1',
    port,
    reconnect: false,
    hostname: 'Hub.Example:5671',
    ...tls,
    ...options,
  })
}

const next = (emitter: { once(event: string, listener: (context: EventContext) => void): unknown }, event: string) =>
  new Promise<EventContext>((resolve) => emitter.once(event, resolve))

const raw = ({ port }: Echo) =>
  new Promise<TLSSocket>((resolve, reject) => {
    const socket: TLSSocket = tlsConnect({ host: '127.0.0.1', port, ca: pki.root.pem, servername: 'localhost' }, () =>
      resolve(socket),
    )
    socket.once('error', reject)
  })

const closed = (socket: TLSSocket) =>
  new Promise<void>((resolve) => socket.on('error', () => {}).once('close', () => resolve()))

test('a message goes in, is settled, and comes out with its properties', async () => {
  const echo = await startEcho()
  const connection = dial(echo)
  const receiver = connection.open_receiver({ source: 'amqps://hub.example:5671//out/', autoaccept: false })
  await next(receiver, 'receiver_open')
  const sender = connection.open_sender('in')
  await next(sender, 'sendable')
  const id = rhea.string_to_uuid('b1e02da8-c3a0-4ff2-a121-7ea7a6b7f550')
  const settled = next(sender, 'accepted')
  sender.send({
    message_id: id,
    to: '/devices/a',
    content_type: 'text/plain',
    application_properties: { k: 'v', n: 1 },
    message_annotations: { a: 'b' },
    body: rhea.message.data_section(Buffer.from('hello')),
  })
  const { message } = await next(receiver, 'message')
  await settled
  expect(message).toMatchObject({ message_id: id, to: '/devices/a', content_type: 'text/plain' })
  expect(message?.application_properties).toEqual({ k: 'v', n: 1 })
  expect(message?.message_annotations).toEqual({ a: 'b' })
  expect(message?.body.content.toString()).toBe('hello')
  expect(echo.peers[0]).toMatchObject({ host: 'hub.example', transport: 'amqp', localPort: echo.port })
  connection.close()
})

test('a message of many frames arrives whole, and one too large is rejected', async () => {
  const echo = await startEcho({ amqpFrameBytes: 4096, amqpMessageBytes: 100_000 })
  const connection = dial(echo)
  const sender = connection.open_sender('in')
  await next(sender, 'sendable')
  const accepted = next(sender, 'accepted')
  sender.send({ body: rhea.message.data_section(Buffer.alloc(90_000, 'x')) })
  await accepted
  const rejected = next(sender, 'rejected')
  sender.send({ body: rhea.message.data_section(Buffer.alloc(200_000, 'x')) })
  const { delivery } = await rejected
  expect(delivery?.remote_state?.error.condition).toBe('amqp:link:message-size-exceeded')
  expect(echo.taken.map(({ body }) => ('data' in body ? body.data.length : 0))).toEqual([90_000])
  connection.close()
})

test('a refused message leaves the link, and credit comes back for ever', async () => {
  const echo = await startEcho()
  const connection = dial(echo)
  const sender = connection.open_sender('in')
  await next(sender, 'sendable')
  const refused = next(sender, 'rejected')
  sender.send({ subject: 'no', body: 'x' })
  const { delivery } = await refused
  expect(delivery?.remote_state?.error.description).toBe('no means no')
  for (let sent = 0; sent < 50; sent++) {
    const accepted = next(sender, 'accepted')
    sender.send({ body: String(sent) })
    await accepted
  }
  expect(echo.taken).toHaveLength(51)
  connection.close()
})

test.each([
  ['forbidden', 'amqp:unauthorized-access'],
  ['nowhere', 'amqp:not-found'],
])('a link to "%s" is refused with %s and without a target', async (address, condition) => {
  const connection = dial(await startEcho())
  const sender = connection.open_sender(address)
  const opened = next(sender, 'sender_open').then(() => sender.target)
  await next(sender, 'sender_error')
  expect((sender.error as { condition?: string } | undefined)?.condition).toBe(condition)
  expect((await opened)?.address).toBeUndefined()
  connection.close()
})

test('a handle is free again as soon as its link is detached', async () => {
  const echo = await startEcho()
  const socket = await raw(echo)
  const gone = closed(socket)
  socket.resume()
  const detachFrame = frameOf(0x16, 2, '4341')
  socket.write(Buffer.concat([header, openFrame, beginFrame, attachFrame, detachFrame, attachFrame, detachFrame]))
  socket.write(frameOf(0x18, 0, ''))
  await gone
  expect(echo.logged.filter((line) => line.includes('handle'))).toEqual([])
})

test.each([
  ['no SASL', {}],
  ['ANONYMOUS', { username: 'anyone' }],
  ['a good PLAIN', { username: 'same', password: 'same' }],
])('%s opens a connection', async (_name, options) => {
  const echo = await startEcho()
  const connection = dial(echo, options)
  await next(connection, 'connection_open')
  expect(echo.peers[0]?.credentials?.userName).toBe('password' in options ? 'same' : undefined)
  connection.close()
})

test('a bad PLAIN is refused as SASL refuses', async () => {
  const echo = await startEcho()
  const connection = dial(echo, { username: 'one', password: 'other' })
  const { error } = await next(connection, 'connection_error')
  expect(String(error)).toContain('Failed to authenticate')
  expect(echo.peers).toEqual([])
})

test('each performative has all its fields, as Python counts on', async () => {
  const echo = await startEcho()
  const socket = await raw(echo)
  const bytes: Buffer[] = []
  socket.on('data', (chunk: Buffer) => bytes.push(chunk))
  // header, then open with a container id alone
  socket.write(Buffer.concat([header, openFrame]))
  await next(socket as never, 'data')
  while (Buffer.concat(bytes).length < 20) await next(socket as never, 'data')
  const frame = Buffer.concat(bytes).subarray(8)
  // doff 2, channel 0, described 0x10, list32: its count
  expect(frame.subarray(8, 12).toString('hex')).toBe('005310d0')
  expect(frame.readUInt32BE(16)).toBe(10)
  socket.destroy()
})

const header = Buffer.from('414d515000010000', 'hex')

/** A performative with its fields in hex. */
function frameOf(code: number, count: number, fields: string): Buffer {
  const list = Buffer.from(fields, 'hex')
  const head = Buffer.from([0, 0, 0, 14 + list.length, 2, 0, 0, 0])
  return Buffer.concat([head, Buffer.from([0, 0x53, code, 0xc0, list.length + 1, count]), list])
}

const openFrame = frameOf(0x10, 1, 'a10161')
const beginFrame = frameOf(0x11, 4, '404352ff52ff')
/** A sender named "a" to "in", handle 0. */
const attachFrame = frameOf(0x12, 7, 'a10161434250025000' + '00532845' + '005329c00501a102696e')

const hexOf = (...frames: readonly Buffer[]) => Buffer.concat(frames).toString('hex')

const messages = (count: number) =>
  Array.from({ length: count }, (_, id) => frameOf(0x14, 3, `4352${id.toString(16).padStart(2, '0')}a00161`))

/** Frames that end a connection, each for a reason of its own. */
const hostile: readonly (readonly [string, string])[] = [
  ['an array of four thousand million nulls', hexOf(frameOf(0x10, 1, 'f000000005f000000040'))],
  ['a list of more values than it has bytes', hexOf(frameOf(0x11, 200, '404352ff52ff'))],
  ['a nest of a hundred lists', hexOf(frameOf(0x11, 1, '00'.repeat(100)))],
  ['a frame of four gigabytes', 'fffffff002000000'],
  ['a frame of no bytes', '0000000002000000'],
  ['a header longer than its frame', '00000008ff000000'],
  ['a SASL frame after the header', '0000000802010000'],
  ['an unknown type', '0000000d020000000053103f00'],
  ['a second protocol header', '414d515000010000'],
  ['another protocol', '16030100c8010000c4'],
  ['a second OPEN', hexOf(openFrame)],
  ['a second BEGIN', hexOf(beginFrame, beginFrame)],
  ['a link without a session', hexOf(attachFrame)],
  ['a second link with one handle', hexOf(beginFrame, attachFrame, attachFrame)],
  ['a message on no link', hexOf(beginFrame, frameOf(0x14, 3, '4343a00161'))],
  ['more messages than there is credit for', hexOf(beginFrame, attachFrame, ...messages(11))],
  ['a disposition over four thousand million deliveries', hexOf(beginFrame, frameOf(0x15, 3, '414370ffffffff'))],
]

test.each(hostile)('%s ends the connection, not the service', async (_name, hex) => {
  const echo = await startEcho()
  const socket = await raw(echo)
  const gone = closed(socket)
  socket.resume()
  socket.write(Buffer.concat([header, openFrame, Buffer.from(hex, 'hex')]))
  await gone
  const connection = dial(echo)
  await next(connection, 'connection_open')
  connection.close()
})

const attachOf = (handle: number, name = 'a') =>
  frameOf(
    0x12,
    7,
    `a1${Buffer.from([name.length, ...Buffer.from(name)]).toString('hex')}${`70${handle.toString(16).padStart(8, '0')}`}425002500000532845005329c00501a102696e`,
  )
/** Begins a message of which no more ever comes. */
const beginMessage = (handle: number, bytes: number) => {
  const transfer = frameOf(
    0x14,
    6,
    `70${handle.toString(16).padStart(8, '0')}70${handle.toString(16).padStart(8, '0')}a00161404241`,
  )
  const frame = Buffer.concat([transfer, Buffer.alloc(bytes, 'x')])
  frame.writeUInt32BE(frame.length, 0)
  return frame
}

test.each([
  ['sessions', 'amqp:not-allowed', () => Array.from({ length: 5 }, (_, channel) => onChannel(beginFrame, channel))],
  [
    'links',
    'amqp:session:handle-in-use',
    () => [beginFrame, ...Array.from({ length: 9 }, (_, handle) => attachOf(handle))],
  ],
  [
    'words of its links',
    'amqp:resource-limit-exceeded',
    () => [beginFrame, ...Array.from({ length: 6 }, (_, handle) => attachOf(handle, 'a'.repeat(150)))],
  ],
  [
    'messages in parts',
    'amqp:resource-limit-exceeded',
    () => [
      beginFrame,
      ...Array.from({ length: 4 }, (_, handle) => attachOf(handle)),
      ...Array.from({ length: 4 }, (_, handle) => beginMessage(handle, 30_000)),
    ],
  ],
])('a connection has its share of %s and no more', async (_name, condition, frames) => {
  const echo = await startEcho({ amqpSessions: 4, amqpLinks: 8, amqpPartialBytes: 100_000, amqpSaidBytes: 1100 })
  const socket = await raw(echo)
  const gone = closed(socket)
  socket.resume()
  socket.write(Buffer.concat([header, openFrame, ...frames().slice(0, -1)]))
  const again = await raw(echo)
  again.destroy()
  expect(echo.logged.filter((line) => line.includes('amqp:'))).toEqual([])
  socket.write(frames().at(-1) ?? '')
  await gone
  expect(echo.logged.some((line) => line.includes(condition))).toBe(true)
})

function onChannel(frame: Buffer, channel: number): Buffer {
  const copy = Buffer.from(frame)
  copy.writeUInt16BE(channel, 6)
  return copy
}

test('any bytes in place of frames leave the service standing', async () => {
  const echo = await startEcho({ amqpOpenMs: 200 })
  const frame = record({
    type: oneof(constant(0), constant(1), nat(255)),
    channel: nat(3),
    code: oneof(
      nat({ max: 15 }).map((code) => 0x10 + code),
      nat(255),
    ),
    fields: uint8Array({ maxLength: 60 }),
  }).map(({ type, channel, code, fields }) => {
    const body = Buffer.concat([Buffer.from([0, 0x53, code, 0xc0, fields.length + 1, 3]), fields])
    const head = Buffer.from([0, 0, 0, body.length + 8, 2, type, 0, channel])
    return Buffer.concat([head, body])
  })
  await fcAssert(
    asyncProperty(uint8Array({ maxLength: 40 }), frame, frame, async (noise, one, other) => {
      const socket = await raw(echo)
      const gone = closed(socket)
      socket.resume()
      socket.end(Buffer.concat([header, openFrame, one, other, noise]))
      await gone
    }),
    { numRuns: 60 },
  )
  const connection = dial(echo)
  await next(connection, 'connection_open')
  connection.close()
  expect(echo.logged.filter((line) => line.includes('unforeseen'))).toEqual([])
})

test('whoever does not open in time is cut off', async () => {
  const echo = await startEcho({ amqpOpenMs: 50 })
  const socket = await raw(echo)
  socket.resume().write(header)
  await closed(socket)
  expect(echo.logged.at(-1)).toContain('no OPEN in time')
})

test('whoever is silent longer than was agreed is told and cut off', async () => {
  const echo = await startEcho({ amqpIdleMs: 100 })
  const socket = await raw(echo)
  const gone = closed(socket)
  socket.resume()
  socket.write(Buffer.concat([header, openFrame]))
  await gone
  await expect.poll(() => echo.amqp.open).toBe(0)
})

test('closing answers what is in work and tells clients that they are closed', async () => {
  const echo = await startEcho()
  const connection = dial(echo)
  await next(connection, 'connection_open')
  const told = next(connection, 'connection_error')
  await echo.amqp.close()
  expect((await told).connection.error).toMatchObject({ condition: 'amqp:connection:forced' })
  expect(echo.amqp.open).toBe(0)
})
