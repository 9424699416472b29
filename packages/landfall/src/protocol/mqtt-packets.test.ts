import fc from 'fast-check'
import { generate } from 'mqtt-packet'
import { expect, test } from 'vitest'
import { MqttFault } from './mqtt-fault.ts'
import { PacketCutter, protocolLevelOf, readConnect, readPacket } from './mqtt-packets.ts'

const connect = generate({
  cmd: 'connect',
  clientId: 'c',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clean: true,
  username: 'u',
  password: Buffer.from('p'),
  keepalive: 5,
})
const publish = generate({
  cmd: 'publish',
  topic: 'a',
  payload: 'hello',
  qos: 1,
  messageId: 7,
  dup: false,
  retain: false,
})
const ping = generate({ cmd: 'pingreq' })

test('packets are cut whole, however the bytes come', () => {
  const all = Buffer.concat([publish, ping, publish, ping])
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sizes) => {
      const cutter = new PacketCutter()
      const packets: Uint8Array[] = []
      for (let at = 0, turn = 0; at < all.length; turn++) {
        const size = sizes[turn % sizes.length] ?? 1
        packets.push(...cutter.push(all.subarray(at, at + size), 1000))
        at += size
      }
      expect(packets.map((packet) => Buffer.from(packet))).toEqual([publish, ping, publish, ping])
    }),
  )
})

test('a large packet that dribbles in byte by byte is cut as well', () => {
  const large = generate({
    cmd: 'publish',
    topic: 'a',
    payload: Buffer.alloc(20_000),
    qos: 0,
    dup: false,
    retain: false,
  })
  const cutter = new PacketCutter()
  const packets = [...large].flatMap((_byte, at) => cutter.push(large.subarray(at, at + 1), 1 << 18))
  expect(packets.map((packet) => packet.length)).toEqual([large.length])
})

test('a packet is refused by the length it announces, before it comes', () => {
  expect(() => new PacketCutter().push(Uint8Array.of(0x30, 0xff, 0xff, 0x7f), 1 << 18)).toThrow(MqttFault)
  expect(() => new PacketCutter().push(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff), 1 << 28)).toThrow('four bytes')
})

test('reads a CONNECT and its level, also of protocols that are not spoken', () => {
  expect(readConnect(connect)).toMatchObject({ clientId: 'c', username: 'u', keepalive: 5 })
  expect(protocolLevelOf(connect)).toBe(4)
  expect(
    protocolLevelOf(
      generate({ cmd: 'connect', clientId: 'c', protocolId: 'MQTT', protocolVersion: 5, clean: true, keepalive: 0 }),
    ),
  ).toBe(5)
  expect(
    protocolLevelOf(
      generate({ cmd: 'connect', clientId: 'c', protocolId: 'MQIsdp', protocolVersion: 3, clean: true, keepalive: 0 }),
    ),
  ).toBe(3)
  expect(protocolLevelOf(Uint8Array.of(0x10, 7, 0, 4, 0x4d, 0x51, 0x54, 0x54, 9))).toBe(9)
})

const malformed: readonly [string, readonly number[]][] = [
  ['a PUBLISH without identifier', [0x32, 3, 0, 1, 0x61]],
  ['a PUBLISH with identifier 0', [0x32, 5, 0, 1, 0x61, 0, 0]],
  ['a PUBLISH of QoS 2 with identifier 0', [0x34, 5, 0, 1, 0x61, 0, 0]],
  ['a PUBLISH with half an identifier', [0x32, 4, 0, 1, 0x61, 1]],
  ['a PUBLISH with half a length', [0x30, 1, 0]],
  ['a PUBLISH of QoS 3', [0x36, 5, 0, 1, 0x61, 0, 1]],
  ['a topic longer than its packet', [0x30, 3, 0, 9, 0x61]],
  ['a topic with a wildcard', [0x30, 3, 0, 1, 0x23]],
  ['a topic with the other wildcard below', [0x30, 5, 0, 3, 0x61, 0x2f, 0x2b]],
  ['a topic without characters', [0x30, 2, 0, 0]],
  ['a topic with NUL', [0x30, 3, 0, 1, 0]],
  ['an empty PUBLISH', [0x30, 0]],
  ['a SUBSCRIBE without filters', [0x82, 2, 0, 1]],
  ['a SUBSCRIBE with other flags', [0x80, 6, 0, 1, 0, 1, 0x61, 0]],
  ['a SUBSCRIBE of QoS 3', [0x82, 6, 0, 1, 0, 1, 0x61, 3]],
  ['a PUBREL without identifier', [0x62, 0]],
  ['an AUTH', [0xf0, 0]],
  ['a packet of type 0', [0x00, 0]],
  ['a second CONNECT', [...connect]],
]
for (const [what, bytes] of malformed) {
  test(`refuses ${what}, and reads the next packet`, () => {
    expect(() => readPacket(Uint8Array.from(bytes))).toThrow(MqttFault)
    expect(readPacket(publish)).toMatchObject({ cmd: 'publish', topic: 'a', messageId: 7 })
  })
}

test('any bytes are packets or faults, and never spoil the next', () => {
  const header = fc.constantFrom(
    0x10,
    0x20,
    0x30,
    0x32,
    0x34,
    0x3d,
    0x40,
    0x50,
    0x62,
    0x70,
    0x82,
    0x90,
    0xa2,
    0xc0,
    0xe0,
    0xf0,
  )
  fc.assert(
    fc.property(header, fc.uint8Array({ maxLength: 60 }), (first, rest) => {
      const bytes = Uint8Array.of(first, rest.length, ...rest)
      for (const read of [readPacket, readConnect, protocolLevelOf]) {
        try {
          read(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(MqttFault)
        }
      }
      expect(readPacket(ping).cmd).toBe('pingreq')
    }),
    { numRuns: 20_000 },
  )
})
