import { expect, test } from 'vitest'
import type { JsonObject } from '../json.ts'
import { formFault, sizeFault } from './twin-limits.ts'

const nested = (depth: number): JsonObject => (depth === 1 ? { a: 1 } : { a: nested(depth - 1) })

const allowed: [string, JsonObject][] = [
  ['ten levels', nested(10)],
  ['a name of 1024 bytes', { ['n'.repeat(1024)]: 1 }],
  ['a text of 4096 bytes', { a: 'x'.repeat(4096) }],
  ['the largest integer', { a: 4503599627370495 }],
  ['the smallest integer', { a: -4503599627370496 }],
  ['a large number that is no integer', { a: 1.5 }],
  ['null and boolean and array', { a: null, b: [true, null, { c: 'd' }] }],
  ['$version and $metadata at the top', { $version: 1, $metadata: { $lastUpdated: 'x' } }],
  ['names that look dangerous', JSON.parse('{"__proto__":1,"constructor":{"prototype":2}}')],
]

test.each(allowed)('a twin may have %s', (_title, document) => {
  expect(formFault('desired', document)).toBeUndefined()
})

const refused: [string, JsonObject, RegExp][] = [
  ['eleven levels', nested(11), /nested deeper than 10/],
  ['eleven levels by arrays', { a: [[[[[[[[[[[1]]]]]]]]]]] }, /nested deeper than 10/],
  ['a name of 1025 bytes', { ['n'.repeat(1025)]: 1 }, /longer than 1024/],
  ['a name of 1026 bytes in 513 characters', { ['é'.repeat(513)]: 1 }, /longer than 1024/],
  ['a dot in a name', { 'a.b': 1 }, /named "a.b"/],
  ['a dollar sign in a name', { a: { $b: 1 } }, /"desired.a" has a member named "\$b"/],
  ['a space in a name', { 'a b': 1 }, /named "a b"/],
  ['a control character in a name', { 'a\u0001': 1 }, /control character/],
  ['an empty name', { '': 1 }, /may not be empty/],
  ['a text of 4097 bytes', { a: { b: ['x'.repeat(4097)] } }, /"desired.a.b\[0\]" is a text longer than 4096/],
  ['an integer too large', { a: 4503599627370496 }, /is an integer outside/],
  ['an integer too small', { a: [-4503599627370497] }, /is an integer outside/],
  ['a number that JSON has and IEEE 754 has not', JSON.parse('{"a":-1e999}'), /past all bounds/],
]

test.each(refused)('a twin may not have %s', (_title, document, sentence) => {
  expect(formFault('desired', document)).toMatch(sentence)
})

test('a section is as large as its names and values, a number counting 8 and a boolean 4', () => {
  const filled = (bytes: number): JsonObject => ({
    n: 1,
    b: [true, false],
    t: 'x'.repeat(4000),
    u: 'x'.repeat(bytes - 4020),
  })
  expect(sizeFault('tags', filled(8192))).toBeUndefined()
  expect(sizeFault('tags', filled(8193))).toMatch(/8192 bytes of names and values, but would hold 8193/)
  expect(sizeFault('desired', filled(32768))).toBeUndefined()
  expect(sizeFault('desired', filled(32769))).toMatch(/desired/)
})
