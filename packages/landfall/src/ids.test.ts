import { expect, test } from 'vitest'
import { isSameId, parseCaName, parseGroupId, parseRegistrationId, printable } from './ids.ts'

test.each(['..', '.', '__proto__', 'a\n', 'pump-\u212a1', 'a/b', '', 'a'.repeat(129)])(
  'no registration or group is called %j',
  (text) => {
    expect(() => parseRegistrationId(text)).toThrow('not a legal registration id')
    expect(() => parseGroupId(text)).toThrow()
  },
)

test.each(['.', '..', 'a/b', 'a\n', '', 'a'.repeat(257)])('no CA certificate is called %j', (text) => {
  expect(() => parseCaName(text)).toThrow('not legal')
})

test('a CA certificate may be called by dots and letters', () => {
  for (const name of ['...', '..a', 'plant.root', 'a'.repeat(256)]) expect(parseCaName(name)).toBe(name)
})

test('letter case of ASCII makes no other id, and that of other letters does', () => {
  const id = parseRegistrationId('pump-k1')
  expect(['PUMP-K1', 'pump-k1', 'Pump-K1'].every((text) => isSameId(text, id))).toBe(true)
  expect(['pump-\u212a1', 'pump-k1 ', 'pump-k'].some((text) => isSameId(text, id))).toBe(false)
})

test('what is printable has no control characters, none that turn text around, and an end', () => {
  expect(printable('a\u0000\u001b[31m\u009b\u202e\u061cb')).toBe('a\ufffd\ufffd[31m\ufffd\ufffd\ufffdb')
  expect(printable('x'.repeat(200))).toHaveLength(141)
})
