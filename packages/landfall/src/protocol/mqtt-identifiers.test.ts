import { expect, test } from 'vitest'
import { MqttFault } from './mqtt-fault.ts'
import { PacketIdentifiers } from './mqtt-identifiers.ts'

test('a message that comes again before it is released is known', () => {
  const identifiers = new PacketIdentifiers()
  expect(identifiers.receive(7)).toBe(true)
  expect(identifiers.receive(7)).toBe(false)
  identifiers.release(7)
  expect(identifiers.receive(7)).toBe(true)
})

test('a client that releases nothing is a fault at the 257th message', () => {
  const identifiers = new PacketIdentifiers()
  for (let id = 1; id <= 256; id++) identifiers.receive(id)
  expect(identifiers.receive(256)).toBe(false)
  expect(() => identifiers.receive(257)).toThrow(MqttFault)
})

test('a client that acknowledges nothing is a fault at the 257th message', () => {
  const identifiers = new PacketIdentifiers()
  for (let count = 1; count <= 256; count++) identifiers.send(undefined)
  expect(() => identifiers.send(undefined)).toThrow(MqttFault)
})

test('an acknowledgement is told once, to whoever sent the message', () => {
  const identifiers = new PacketIdentifiers()
  const told: string[] = []
  const first = identifiers.send(() => told.push('first'))
  const second = identifiers.send(() => told.push('second'))
  for (const id of [second, second, 999, first]) identifiers.acknowledge(id)
  expect(told).toEqual(['second', 'first'])
})

test('an identifier in use is passed over when the numbers begin again', () => {
  const identifiers = new PacketIdentifiers()
  expect(identifiers.send(undefined)).toBe(1)
  for (let count = 2; count <= 0xffff; count++) identifiers.acknowledge(identifiers.send(undefined))
  expect(identifiers.send(undefined)).toBe(2)
})
