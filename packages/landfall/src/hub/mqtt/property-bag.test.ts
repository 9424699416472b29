import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DeviceId, HubName } from '../../ids.ts'
import type { CloudMessage } from '../device/message.ts'
import { readBag, writeBag } from './property-bag.ts'

// contract/iot-hub 10.10
test.each([
  ['', {}, {}],
  ['/', {}, {}],
  ['a=1&b=2', { a: '1', b: '2' }, {}],
  ['null&empty=', { null: null, empty: '' }, {}],
  ['a%20b=c%26d%3De%2Ff', { 'a b': 'c&d=e/f' }, {}],
  ['a+b=c+d', { 'a+b': 'c+d' }, {}],
  ['a=b=c', { a: 'b=c' }, {}],
  ['%24.mid=1&$.cid=2', {}, { messageId: '1', correlationId: '2' }],
  ['%24.ct=application%2Fjson&%24.ce=utf-8', {}, { contentType: 'application/json', contentEncoding: 'utf-8' }],
  ['%24.on=out&%24.sub=thermostat/', {}, { outputName: 'out', component: 'thermostat' }],
  ['$.unknown=x', { '$.unknown': 'x' }, {}],
  ['a=%zz', { a: '%zz' }, {}],
  ['$.mid', {}, {}],
  ['__proto__=1', JSON.parse('{"__proto__":"1"}'), {}],
])('the bag "%s" is read as the clients mean it', (bag, properties, system) => {
  const read = readBag(bag)
  expect(Object.entries(read.properties)).toEqual(Object.entries(properties))
  expect(read.system).toEqual(system)
})

const message = (rest: Partial<CloudMessage>): CloudMessage => ({
  hub: 'h' as HubName,
  deviceId: 'd1' as DeviceId,
  id: '1',
  enqueuedAt: 0,
  expiresAt: 0,
  ack: 'none',
  deliveryCount: 0,
  body: Buffer.alloc(0),
  properties: {},
  system: {},
  ...rest,
})

test('what a back end wrote is what a device reads, whatever it is', () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => !text.startsWith('$.'))
  const values = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.constant(null))
  fc.assert(
    fc.property(fc.dictionary(name, values, { maxKeys: 8 }), (properties) => {
      const bag = writeBag(message({ properties }))
      expect(bag).not.toMatch(/[+#/]/)
      expect(Object.entries(readBag(bag).properties)).toEqual(Object.entries(properties))
    }),
  )
})

test('names the device it is for, and the acknowledgement that was asked for', () => {
  expect(writeBag(message({ ack: 'full', system: { messageId: 'm' } }))).toBe(
    '%24.mid=m&%24.to=%2Fdevices%2Fd1%2Fmessages%2FdeviceBound&%24.exp=1970-01-01T00%3A00%3A00.000Z&iothub-ack=full',
  )
})
