import fc from 'fast-check'
import rhea from 'rhea'
import { expect, test } from 'vitest'
import { type AmqpMessage, amqpUuid, readMessages, textOf, writeMessage } from './amqp-message.ts'
import { AmqpFault, scanMessage } from './amqp-scan.ts'

const message = (more: Partial<AmqpMessage>): AmqpMessage => ({
  applicationProperties: {},
  annotations: {},
  body: { data: Buffer.alloc(0) },
  ...more,
})

test('properties of any value come back as they were written', () => {
  const name = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => text !== '__proto__')
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.boolean(),
    fc.constant(null),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true }).filter((number) => !Object.is(number, -0)),
    fc.constantFrom(1e300, -1e300, Number.MAX_VALUE),
  )
  fc.assert(
    fc.property(fc.dictionary(name, value), fc.uint8Array({ maxLength: 500 }), (properties, body) => {
      const bytes = writeMessage(message({ applicationProperties: properties, body: { data: Buffer.from(body) } }))
      scanMessage(bytes)
      const [read] = readMessages(bytes, 0)
      expect(read?.applicationProperties).toEqual({ ...properties })
      expect(read?.body).toEqual({ data: Buffer.from(body) })
    }),
  )
})

test.each([
  ['a text', 'm1', 'm1'],
  ['a number', 7, '7'],
  ['a uuid', amqpUuid('b1e02da8-c3a0-4ff2-a121-7ea7a6b7f550'), 'b1e02da8-c3a0-4ff2-a121-7ea7a6b7f550'],
] as const)('a message id that is %s keeps its type, and has a text', (_name, messageId, text) => {
  const [read] = readMessages(writeMessage(message({ messageId })), 0)
  expect(read?.messageId).toEqual(messageId)
  expect(textOf(read?.messageId)).toBe(text)
})

test.each([
  ['none', {}, false],
  ['a content type', { contentType: 'text/plain' }, true],
] as const)('a message with properties: %s has a section of them: %s', (_name, properties, isThere) => {
  const annotations = { 'x-opt-offset': '1' }
  const bytes = writeMessage(message({ annotations, body: { data: Buffer.from('warm') }, ...properties }))
  expect(bytes.includes(Buffer.from('005373', 'hex'))).toBe(isThere)
  expect(readMessages(bytes, 0)).toMatchObject([{ annotations, body: { data: Buffer.from('warm') }, ...properties }])
})

test('a batch is as many messages as it has data sections', () => {
  const parts = ['one', 'two'].map((text) => writeMessage(message({ body: { data: Buffer.from(text) } })))
  const batch = rhea.message.encode({ body: rhea.message.data_sections(parts) })
  const read = readMessages(batch, 0x80013700)
  expect(read.map(({ body }) => ('data' in body ? body.data.toString() : ''))).toEqual(['one', 'two'])
})

test('any bytes are a message or an AmqpFault', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.integer({ min: 0x70, max: 0x78 }), (bytes, section) => {
      try {
        readMessages(Buffer.from([0, 0x53, section, ...bytes]), 0)
      } catch (error) {
        expect(error).toBeInstanceOf(AmqpFault)
      }
    }),
    { numRuns: 3000 },
  )
})
