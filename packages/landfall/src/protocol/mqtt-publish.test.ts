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

test('a PUBACK is written as mqtt-packet writes it', () => {
  for (const messageId of [1, 255, 256, 0xffff])
    expect(writePuback(messageId)).toEqual(generate({ cmd: 'puback', messageId }))
})
