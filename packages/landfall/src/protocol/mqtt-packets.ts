/** Bytes to MQTT packets: cut to size before anything is parsed or kept, then read by mqtt-packet. */
import { generate, type IConnectPacket, type Packet, type Parser, parser } from 'mqtt-packet'
import { MqttFault } from './mqtt-fault.ts'
import { isPublish, readPublish } from './mqtt-publish.ts'

/** More pieces than this are joined, so that a dribble of single bytes costs bytes and not objects. */
const mostPieces = 32

/** Cuts a stream of bytes into whole packets, and refuses a packet by the length it announces. */
export class PacketCutter {
  #pieces: Uint8Array[] = []
  #held = 0
  /** Bytes without which no further packet is whole. */
  #needed = 2

  /** Whether the next byte begins a packet. */
  get isEmpty(): boolean {
    return this.#held === 0
  }

  /** The packets that `chunk` completes. */
  push(chunk: Uint8Array, mostBytes: number): Uint8Array[] {
    this.#pieces.push(chunk)
    this.#held += chunk.length
    if (this.#held < this.#needed && this.#pieces.length <= mostPieces) return []
    const packets: Uint8Array[] = []
    let rest = this.#pieces.length === 1 ? chunk : Buffer.concat(this.#pieces)
    for (;;) {
      const size = packetSize(rest)
      if (size !== undefined && size > mostBytes)
        throw new MqttFault(`a packet of ${size} bytes; at most ${mostBytes} are taken`)
      this.#needed = size ?? rest.length + 1
      if (size === undefined || size > rest.length) break
      packets.push(rest.subarray(0, size))
      rest = rest.subarray(size)
    }
    this.#pieces = rest.length === 0 ? [] : [rest]
    this.#held = rest.length
    return packets
  }
}

/** MQTT 3.1.1, 2.2.3: one to four bytes of seven bits; undefined while they are not all there. */
function packetSize(bytes: Uint8Array): number | undefined {
  let length = 0
  for (let at = 1; at <= 4; at++) {
    const byte = bytes[at]
    if (byte === undefined) return
    length += (byte & 0x7f) * 128 ** (at - 1)
    if (byte < 0x80) return 1 + at + length
  }
  throw new MqttFault('a remaining length of more than four bytes')
}

const packetType = (bytes: Uint8Array) => (bytes[0] ?? 0) >> 4
export const isConnect = (bytes: Uint8Array) => packetType(bytes) === 1

/** The protocol level of a CONNECT, read without judging the rest, which differs between levels (3.1.2.1-3.1.2.2). */
export function protocolLevelOf(connect: Uint8Array): number {
  const bytes = Buffer.from(connect.buffer, connect.byteOffset, connect.length)
  let at = 1
  while ((bytes[at] ?? 0) >= 0x80) at++
  at++
  const end = at + 2 + (bytes.length >= at + 2 ? bytes.readUInt16BE(at) : 0)
  const name = bytes.toString('latin1', at + 2, end)
  const level = bytes[end]
  if (level === undefined || (name !== 'MQTT' && name !== 'MQIsdp')) throw new MqttFault('no CONNECT of MQTT')
  return name === 'MQIsdp' ? 3 : level
}

/** mqtt-packet keeps the last CONNECT as its settings, hence a parser of its own for each. */
export function readConnect(bytes: Uint8Array): IConnectPacket {
  const packet = readWith(parser(), bytes)
  if (packet.cmd !== 'connect') throw new MqttFault('the first packet is no CONNECT')
  return packet
}

/** Whole packets leave nothing behind, so all connections share one parser. */
let shared = parser({ protocolVersion: 4 })

export function readPacket(bytes: Uint8Array): Packet {
  if (isPublish(bytes)) return readPublish(bytes)
  if (isConnect(bytes)) throw new MqttFault('a second CONNECT')
  try {
    return checked(readWith(shared, bytes))
  } catch (error) {
    shared = parser({ protocolVersion: 4 })
    throw error
  }
}

function readWith(reader: Parser, bytes: Uint8Array): Packet {
  const read: Packet[] = []
  const keep = (packet: Packet) => read.push(packet)
  const fail = (error: Error) => {
    throw new MqttFault(error.message)
  }
  reader.on('packet', keep)
  reader.on('error', fail)
  try {
    reader.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
  } catch (error) {
    throw error instanceof MqttFault ? error : new MqttFault('a packet that cannot be read')
  } finally {
    reader.off('packet', keep)
    reader.off('error', fail)
  }
  const [packet] = read
  if (packet === undefined || read.length > 1) throw new MqttFault('a packet that cannot be read')
  return packet
}

const hasId = (packet: Packet) => packet.messageId !== undefined && packet.messageId >= 1 && packet.messageId <= 0xffff

/** What mqtt-packet lets pass: identifiers out of range (2.3.1), no filters. */
function checked(packet: Packet): Packet {
  switch (packet.cmd) {
    case 'subscribe':
      if (!hasId(packet) || packet.subscriptions.length === 0) throw new MqttFault('a SUBSCRIBE without filters')
      return packet
    case 'unsubscribe':
      if (!hasId(packet) || packet.unsubscriptions.length === 0) throw new MqttFault('an UNSUBSCRIBE without filters')
      return packet
    case 'puback':
    case 'pubrel':
      if (!hasId(packet)) throw new MqttFault(`a ${packet.cmd.toUpperCase()} without packet identifier`)
      return packet
    default:
      return packet
  }
}

export const writePacket = (packet: Packet): Buffer => generate(packet)
/** A CONNACK in the form of MQTT 5, for a client that reads no other: 0x84 Unsupported Protocol Version. */
export const refusalOfLevel5 = (): Buffer =>
  generate({ cmd: 'connack', reasonCode: 0x84, sessionPresent: false }, { protocolVersion: 5 })
