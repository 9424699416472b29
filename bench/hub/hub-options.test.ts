import { expect, test } from 'vitest'
import { UsageError } from '../options.ts'
import { readHubOptions } from './hub-options.ts'

test('without options, two thousand devices are held and everything is measured', () => {
  expect(readHubOptions([])).toMatchObject({
    devices: 2000,
    atOnce: 64,
    parts: ['connected', 'telemetry', 'exchanges'],
  })
})

test('what is to be measured can be chosen', () => {
  expect(readHubOptions(['--only', 'exchanges,connected', '--json'])).toMatchObject({
    parts: ['connected', 'exchanges'],
    json: true,
  })
})

test.each([
  { args: ['--devices', '10001'], says: 'from 1 to 10000' },
  { args: ['--only', 'idle'], says: '"idle" is none of' },
  { args: ['--fast'], says: '--fast' },
])('refuses $args and says why', ({ args, says }) => {
  expect(() => readHubOptions(args)).toThrow(UsageError)
  expect(() => readHubOptions(args)).toThrow(says)
})
