/**
 * One device's conversation: a fresh connection, a full handshake with its own certificate, a request, the answer.
 * Every target gets the same handshake: TLS 1.3, X25519, AES-128-GCM, no ticket of an earlier one.
 */

import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import { generate, type IPublishPacket, type Packet, parser } from 'mqtt-packet'
import type { Device } from './test-ca.ts'

export type Talk = 'handshake' | 'https' | 'mqtt-register' | 'mqtt-publish'

/** Where to, and what to say there. */
export interface Address {
  readonly port: number
  readonly talk: Talk
  readonly idScope: string
}

/** A device ready to connect: making the context is the generator's own cost, and is paid before a round begins. */
export interface ReadyDevice {
  readonly registrationId: string
  readonly context: SecureContext
}

/** Longer than any answer of a service that keeps its aims; then it is an error, not a latency. */
const patienceMs = 10_000

export function makeReady({ registrationId, chainPem, keyPem }: Device): ReadyDevice {
  const context = createSecureContext({
    cert: chainPem,
    key: keyPem,
    minVersion: 'TLSv1.3',
    ciphers: 'TLS_AES_128_GCM_SHA256',
    // Node would offer X25519MLKEM768 first, which only some of the servers know: the handshakes would not be the same
    ecdhCurve: 'X25519',
  })
  return { registrationId, context }
}

/** Resolves when the answer has arrived and is the right one. */
export async function converse(device: ReadyDevice, address: Address): Promise<void> {
  const socket = connect({
    host: '127.0.0.1',
    port: address.port,
    servername: 'localhost',
    secureContext: device.context,
    // a bench of servers: what the client would spend on checking them is left out
    rejectUnauthorized: false,
  })
  socket.setTimeout(patienceMs, () => socket.destroy(new Error(`no answer within ${patienceMs / 1000} s`)))
  try {
    await talks[address.talk](socket, device.registrationId, address.idScope)
  } finally {
    socket.destroy()
  }
}

const talks: Record<Talk, (socket: TLSSocket, registrationId: string, idScope: string) => Promise<void>> = {
  handshake: (socket) => readToEnd(socket).then(() => undefined),
  https: registerOverHttps,
  'mqtt-register': registerOverMqtt,
  'mqtt-publish': publishOverMqtt,
}

async function registerOverHttps(socket: TLSSocket, registrationId: string, idScope: string): Promise<void> {
  const body = JSON.stringify({ registrationId })
  socket.write(
    `PUT /${idScope}/registrations/${registrationId}/register?api-version=2021-06-01 HTTP/1.1\r\n` +
      `Host: localhost:${socket.remotePort}\r\nConnection: close\r\nAccept: application/json\r\n` +
      `Content-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  const answer = await readToEnd(socket)
  if (!answer.startsWith('HTTP/1.1 200 ') || !answer.includes('"status":"assigned"'))
    throw new Error(`answered ${answer.slice(0, 20)}… ${answer.slice(answer.indexOf('\r\n\r\n') + 4)}`.slice(0, 600))
}

function readToEnd(socket: TLSSocket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    socket.setEncoding('latin1')
    socket.on('data', (part: string) => {
      text += part
    })
    socket.once('end', () => resolve(text))
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('the connection was closed in the middle')))
  })
}

// contract/device-api 5: in the order of the public SDKs, each step after the answer to the one before
async function registerOverMqtt(socket: TLSSocket, registrationId: string, idScope: string): Promise<void> {
  const session = openMqtt(socket)
  session.send({
    cmd: 'connect',
    clientId: registrationId,
    username: `${idScope}/registrations/${registrationId}/api-version=2021-06-01`,
    keepalive: 60,
    clean: true,
  })
  await session.connected()
  const filter = '$dps/registrations/res/#'
  session.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: filter, qos: 1 }] })
  await session.next('suback')
  session.send(publish('$dps/registrations/PUT/iotdps-register/?$rid=1', JSON.stringify({ registrationId })))
  await session.next('puback')
  const reply = (await session.next('publish')) as IPublishPacket
  if (reply.messageId !== undefined) session.send({ cmd: 'puback', messageId: reply.messageId })
  session.send({ cmd: 'disconnect' })
  if (!reply.topic.startsWith('$dps/registrations/res/200/'))
    throw new Error(`answered ${reply.topic} ${reply.payload}`.slice(0, 600))
}

async function publishOverMqtt(socket: TLSSocket, registrationId: string): Promise<void> {
  const session = openMqtt(socket)
  session.send({ cmd: 'connect', clientId: registrationId, keepalive: 60, clean: true })
  await session.connected()
  session.send(publish('registrations', JSON.stringify({ registrationId })))
  await session.next('puback')
  session.send({ cmd: 'disconnect' })
}

const publish = (topic: string, payload: string): IPublishPacket => ({
  cmd: 'publish',
  messageId: 2,
  qos: 1,
  dup: false,
  retain: false,
  topic,
  payload,
})

function openMqtt(socket: TLSSocket) {
  const arrived: Packet[] = []
  let wake: () => void = () => {}
  let failed: Error | undefined
  const fail = (error: Error) => {
    failed ??= error
    wake()
  }
  const reading = parser({ protocolVersion: 4 })
  reading.on('packet', (packet: Packet) => {
    arrived.push(packet)
    wake()
  })
  reading.on('error', fail)
  socket.on('data', (bytes) => reading.parse(bytes))
  socket.once('error', fail)
  socket.once('close', () => fail(new Error('the connection was closed in the middle')))

  /** The next packet of this kind; what came before it is left for those who ask for it. */
  async function next(cmd: Packet['cmd']): Promise<Packet> {
    for (;;) {
      const at = arrived.findIndex((packet) => packet.cmd === cmd)
      const [packet] = at < 0 ? [] : arrived.splice(at, 1)
      if (packet) return packet
      if (failed) throw failed
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return {
    send: (packet: Packet) => socket.write(generate(packet)),
    next,
    async connected(): Promise<void> {
      const answer = await next('connack')
      const code = 'returnCode' in answer ? answer.returnCode : undefined
      if (code !== 0) throw new Error(`CONNACK said ${code}`)
    },
  }
}

/** What was agreed in a handshake, to show that every target has had the same. */
export function handshakeWith(device: ReadyDevice, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port,
      servername: 'localhost',
      secureContext: device.context,
      rejectUnauthorized: false,
    })
    socket.once('error', reject)
    socket.once('secureConnect', () => {
      const exchange = socket.getEphemeralKeyInfo()
      const group = exchange && 'name' in exchange ? exchange.name : 'unknown group'
      const key = socket.getPeerX509Certificate()?.publicKey
      const curve = key?.asymmetricKeyDetails?.namedCurve ?? key?.asymmetricKeyType
      resolve([socket.getProtocol(), socket.getCipher().standardName, group, `server key ${curve}`].join(', '))
      socket.destroy()
    })
  })
}
