import { expect, test } from 'vitest'
import type { Json } from '../json.ts'
import type { AuditEntry } from './entry.ts'
import { largestEntry, shortened } from './shorten.ts'

const entry = (before: Json | undefined, after: Json | undefined): AuditEntry => ({
  at: 0,
  actor: { kind: 'policy', name: 'x'.repeat(256) },
  request: 'x'.repeat(300),
  action: 'update',
  target: { kind: 'twin', id: 'pump' },
  before,
  after,
})

const many = <Value>(count: number, make: (index: number) => Value) =>
  Array.from({ length: count }, (_, index) => make(index))
const nested = (depth: number, inside: Json): Json =>
  depth === 0 ? inside : { a: nested(depth - 1, inside), b: 'x'.repeat(900) }

test.each<[string, Json]>([
  ['one long text', 'x'.repeat(200_000)],
  ['one long text that JSON makes longer', '\u0001'.repeat(200_000)],
  ['one long text of four bytes a letter', '😀'.repeat(200_000)],
  ['many members', Object.fromEntries(many(20_000, (index) => [`m${index}`, index]))],
  ['a long list', many(20_000, (index) => index)],
  ['a long list of long lists', many(300, () => many(300, (index) => `${index}`))],
  ['a long name', { ['n'.repeat(200_000)]: 1, short: 2 }],
  ['something deep', nested(60, 'x'.repeat(40_000))],
])('an entry with %s keeps within its size, and says that it was shortened', (_what, value) => {
  for (const each of [entry(value, undefined), entry(undefined, { value }), entry({ value }, { value: { value } })]) {
    const kept = shortened(each)
    expect(Buffer.byteLength(JSON.stringify(kept))).toBeLessThanOrEqual(largestEntry)
    expect(kept.shortened).toMatch(/long values/)
    expect(kept).toMatchObject({ target: each.target, actor: each.actor })
  }
})

test('a small entry stays as it is', () => {
  const small = entry({ a: 1 }, { a: [2] })
  expect(shortened(small)).toBe(small)
})

test('what is cut tells how much there was', () => {
  const { after } = shortened(entry(undefined, { text: 'x'.repeat(100_000), list: many(50_000, () => 'x') }))
  expect(after).toMatchObject({
    text: expect.stringMatching(/^x+… \(100000 characters\)$/),
    list: { '0': 'x', '…': expect.stringMatching(/^\d+ more$/) },
  })
})
