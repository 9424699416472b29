import fc from 'fast-check'
import { generate, type IPublishPacket, type Packet, parser } from 'mqtt-packet'
import { expect, test } from 'vitest'
import { MqttFault } from './mqtt-fault.ts'
import { readPublish, writePuback } from './mqtt-publish.ts'

function readByLibrary(bytes: Buffer): Packet | undefined {
  let read: Packet | undefined
  const reader = parser({ protocolVersion: 4 })
  reader.on('packet', (packet) => {
    read = packet
  })
  reader.on('error', () => {
    read = undefined
  })
  reader.parse(bytes)
  return read
}

const membersOf = ({ cmd, topic, payload, qos, dup, retain, messageId }: IPublishPacket) => ({
  cmd,
  topic,
  payload,
  qos,
  dup,
  retain,
  messageId,
})

test('a PUBLISH is read as mqtt-packet reads it', () => {
  const topic = fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme' }).filter((text) => !/[+#\0]/.test(text))
  const identifier = fc.integer({ min: 1, max: 0xffff })
  const qos = fc.constantFrom(0 as const, 1 as const, 2 as const)
  fc.assert(
    fc.property(
      topic,
      fc.uint8Array({ maxLength: 300 }),
      qos,
      identifier,
      fc.boolean(),
      (name, body, how, id, flag) => {
        const bytes = generate({
          cmd: 'publish',
          topic: name,
          payload: Buffer.from(body),
          qos: how,
          dup: flag && how > 0,
          retain: flag,
          ...(how > 0 && { messageId: id }),
        })
        expect(readPublish(bytes)).toEqual(membersOf(readByLibrary(bytes) as IPublishPacket))
      },
    ),
  )
})

test('bytes that mqtt-packet takes for no PUBLISH are none', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0x30, max: 0x3f }), fc.uint8Array({ maxLength: 12 }), (first, rest) => {
      const bytes = Buffer.from([first, rest.length, ...rest])
      if (readByLibrary(bytes) === undefined) expect(() => readPublish(bytes)).toThrow(MqttFault)
    }),
    { numRuns: 5000 },
  )
})

function readOrRefuse(bytes: Uint8Array): IPublishPacket | undefined {
  try {
    return readPublish(bytes)
  } catch (error) {
    expect(error).toBeInstanceOf(MqttFault)
  }
}

test('a PUBLISH that is damaged is refused, or read as mqtt-packet reads it, and nothing behind it is touched', () => {
  const flags = fc.integer({ min: 0x30, max: 0x3f })
  const damage = fc.array(fc.tuple(fc.nat(20), fc.nat(0xff)), { maxLength: 3 })
  fc.assert(
    fc.property(flags, damage, (first, changes) => {
      const rest = Buffer.from('\0\x07devices\0\x01warm')
      for (const [at, byte] of changes) rest[at % rest.length] = byte
      const stream = Buffer.concat([Buffer.of(first, rest.length), rest, Buffer.from('devices of others')])
      const packet = stream.subarray(0, 2 + rest.length)
      const read = readOrRefuse(packet)
      if (read) expect(read).toEqual(membersOf(readByLibrary(packet) as IPublishPacket))
    }),
    { numRuns: 5000 },
  )
})

// as by mqtt-packet; MQTT 3.1.1, 1.5.3 and 3.3.1.1, would have the first two refused
test.each([
  ['a topic that is no UTF-8', [0x30, 5, 0, 2, 0xc3, 0x28, 0x78], '\ufffd('],
  ['DUP at QoS 0', [0x38, 4, 0, 1, 0x61, 0x78], 'a'],
  ['a length with a byte too many', [0x30, 0x84, 0, 0, 1, 0x61, 0x78], 'a'],
])('%s is let pass', (_what, bytes, topic) => {
  expect(readPublish(Uint8Array.from(bytes))).toMatchObject({ topic, payload: Buffer.from('x') })
})

test('a PUBACK is written as mqtt-packet writes it', () => {
  for (const messageId of [1, 255, 256, 0xffff])
    expect(writePuback(messageId)).toEqual(generate({ cmd: 'puback', messageId }))
})
