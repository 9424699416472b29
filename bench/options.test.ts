import { expect, test } from 'vitest'
import { readOptions, UsageError } from './options.ts'

test('a quick run is one short round without stages, and over within a minute', () => {
  expect(readOptions(['--quick'])).toMatchObject({ rounds: 1, count: 300, stages: false, deadlineMs: 60_000 })
})

test('targets are measured in one order, however they are named', () => {
  expect(readOptions(['--only', 'landfall-https,nginx'])?.targets).toEqual(['nginx', 'landfall-https'])
})

test('help asks for no run', () => {
  expect(readOptions(['--help'])).toBeUndefined()
})

test.each([
  [['--only', 'apache'], '"apache" is none of nginx'],
  [['--rounds', '0'], '"0" is no whole number from 1 to 20'],
  [['--count', '1e9'], '"1e9" is no whole number'],
  [['--fast'], '--fast'],
])('refuses %j and says why', (args, why) => {
  expect(() => readOptions(args)).toThrow(UsageError)
  expect(() => readOptions(args)).toThrow(why)
})
