/**
 * PUBLISH and PUBACK, which are all that a device under load sends and is sent. By mqtt-packet they were half of what was
 * allocated for a message, and a quarter of its CPU; here they are read and written as there.
 */
import type { IPublishPacket, QoS } from 'mqtt-packet'
import { MqttFault } from './mqtt-fault.ts'

export const isPublish = (bytes: Uint8Array) => (bytes[0] ?? 0) >> 4 === 3

/** Of a whole packet (MQTT 3.1.1, 3.3). The payload lies in the same memory. */
export function readPublish(packet: Uint8Array): IPublishPacket {
  const bytes = Buffer.from(packet.buffer, packet.byteOffset, packet.length)
  const flags = bytes[0] ?? 0
  const qos = qosOf(flags)
  const from = afterLength(bytes) + 2
  const to = from + numberAt(bytes, from - 2)
  const payloadFrom = qos === 0 ? to : to + 2
  if (payloadFrom > bytes.length) throw new MqttFault('a PUBLISH that ends too soon')
  return {
    cmd: 'publish',
    qos,
    dup: (flags & 0x08) !== 0,
    retain: (flags & 0x01) !== 0,
    topic: checkedTopic(bytes.toString('utf8', from, to)),
    messageId: qos === 0 ? undefined : identifierAt(bytes, to),
    payload: bytes.subarray(payloadFrom),
  }
}

function qosOf(flags: number): QoS {
  const qos = (flags >> 1) & 0x03
  if (qos === 3) throw new MqttFault('a PUBLISH of QoS 3')
  return qos as QoS
}

/** The remaining length was read when the packet was cut. */
function afterLength(bytes: Buffer): number {
  let at = 1
  while ((bytes[at] ?? 0) >= 0x80) at++
  return at + 1
}

const numberAt = (bytes: Buffer, at: number) => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)

// 3.3.2.1, 1.5.3
function checkedTopic(topic: string): string {
  if (topic === '' || /[+#\0]/.test(topic)) throw new MqttFault('a topic name that is none')
  return topic
}

// 2.3.1
function identifierAt(bytes: Buffer, at: number): number {
  const identifier = numberAt(bytes, at)
  if (identifier === 0) throw new MqttFault('a PUBLISH without packet identifier')
  return identifier
}

export const writePuback = (messageId: number): Buffer => Buffer.of(0x40, 2, messageId >> 8, messageId & 0xff)
