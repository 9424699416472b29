import { expect, test } from 'vitest'
import { asRefusal } from '../fault.ts'
import { parseInitialTwin } from './initial-twin.ts'

const read = (initialTwin: unknown) => parseInitialTwin({ initialTwin } as never)
const desired = (value: unknown) => read({ properties: { desired: value } })

function sentenceOf(parse: () => unknown): string {
  try {
    parse()
    return ''
  } catch (error) {
    return asRefusal(error).message
  }
}

const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) })

test('keeps tags alone, desired alone, both empty, and nulls and lists inside', () => {
  expect(read({ tags: { a: 1 } })).toEqual({ tags: { a: 1 }, desired: undefined })
  expect(desired({ a: null, b: [1, { c: 'x' }] })).toEqual({ desired: { a: null, b: [1, { c: 'x' }] } })
  expect(read({ tags: {}, properties: { desired: {} } })).toEqual({ tags: {}, desired: {} })
  expect(read({})).toEqual({})
  expect(read(null)).toBeUndefined()
})

test('drops what a hub added, and only that', () => {
  expect(desired({ $version: 3, $metadata: {}, version: '1', count: 'x', metadata: 7 })).toEqual({
    desired: { version: '1', count: 'x', metadata: 7 },
  })
})

test.each([
  ['tags that are a list', () => read({ tags: [] }), 'initialTwin.tags must be a JSON object'],
  ['desired that is a text', () => desired('x'), 'initialTwin.properties.desired must be a JSON object'],
  ['more than 8 KiB of tags', () => read({ tags: { a: 'x'.repeat(4096), b: 'x'.repeat(4096) } }), '8192'],
  [
    'more than 32 KiB of desired',
    () => desired(Object.fromEntries([...'abcdefghi'].map((k) => [k, 'x'.repeat(4096)]))),
    '32768',
  ],
  ['a text of more than 4 KiB', () => desired({ a: 'x'.repeat(4097) }), 'a string of more than 4096 bytes'],
  ['a key of more than 1 KiB', () => desired({ ['k'.repeat(1025)]: 1 }), 'longer than 1024 bytes'],
  ['a key with a dot', () => desired({ 'a.b': 1 }), '"a.b"'],
  ['a key with a blank', () => read({ tags: { 'a b': 1 } }), '"a b"'],
  ['a key with a dollar below the top', () => desired({ a: { $b: 1 } }), '"$b"'],
  ['eleven levels', () => desired(nested(11)), 'deeper than 10'],
  ['an integer beyond what a hub keeps', () => desired({ a: 4503599627370496 }), '4503599627370495'],
  ['a number that JSON has and IEEE 754 has not', () => read(JSON.parse('{"tags":{"a":[1e999]}}')), 'past all bounds'],
])('refuses %s', (_, parse, sentence) => {
  expect(sentenceOf(parse)).toContain(sentence)
})

test('takes what just fits', () => {
  expect(sentenceOf(() => desired(nested(10)))).toBe('')
  expect(sentenceOf(() => desired({ a: 4503599627370495, b: -4503599627370496, c: 1e300 }))).toContain('integers')
  expect(sentenceOf(() => desired({ a: 4503599627370495, b: -4503599627370496, c: 0.5 }))).toBe('')
  // one byte for the key, 8 KiB less one for the values
  expect(sentenceOf(() => read({ tags: { a: ['x'.repeat(4096), 'x'.repeat(4095)] } }))).toBe('')
})
