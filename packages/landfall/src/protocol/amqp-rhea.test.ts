import rhea, { type Typed } from 'rhea'
import { expect, test } from 'vitest'
import { isOutcome } from './amqp-rhea.ts'

const { types } = rhea
const stateOf = (descriptor: Typed) => types.described_nc(descriptor, types.wrap_list([])) as Typed

const descriptors: readonly (readonly [string, Typed, boolean])[] = [
  ['accepted', types.wrap_ulong(0x24), true],
  ['modified by its name', types.wrap_symbol('amqp:modified:list'), true],
  ['a source', types.wrap_ulong(0x28), false],
  ['a number as text', types.wrap_symbol('0x24'), false],
  ['a fraction', types.wrap_double(36.5), false],
]
for (const [what, descriptor, isOne] of descriptors) {
  test(`${what} is ${isOne ? 'an' : 'no'} outcome`, () => {
    expect(isOutcome(stateOf(descriptor))).toBe(isOne)
  })
}

test('no state is no outcome', () => {
  expect(isOutcome(undefined)).toBe(false)
})
