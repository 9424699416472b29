import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { telemetryLine } from './telemetry-line.ts'

const event = {
  enqueuedAt: '2030-01-01T00:00:00.000Z',
  deviceId: 'pump-1',
  partition: 0,
  sequence: 0,
  system: {},
  properties: {},
}

test.each([
  ['JSON on one line', { body: '{\n  "t": 21\n}' }, '{"t":21}'],
  ['text as it is', { body: 'twenty-one' }, 'twenty-one'],
  ['bytes in hex', { bodyBase64: '/wA=' }, '0xff00'],
  ['many bytes cut', { bodyBase64: Buffer.alloc(1000, 7).toString('base64') }, `0x${'07'.repeat(64)}… (1000 bytes)`],
  ['a long text cut', { body: 'x'.repeat(1000) }, `${'x'.repeat(400)}… (1000 characters)`],
  ['control characters harmless', { body: 'red\u001b[31m\u202e' }, 'red\ufffd[31m\ufffd'],
  ['properties behind it', { body: '1', properties: { alert: 'yes', flag: null } }, '1  alert=yes flag'],
  [
    'what kind it is, where that is not JSON',
    { body: '1', system: { contentType: 'text/csv' } },
    '1  contentType=text/csv',
  ],
  ['the module', { body: '1', moduleId: 'm' }, '1'],
] as const)('%s', (_, more, shown) => {
  const from = 'moduleId' in more ? 'pump-1/m' : 'pump-1'
  expect(stripVTControlCharacters(telemetryLine({ ...event, ...more }))).toBe(
    `2030-01-01T00:00:00.000Z  ${from}  ${shown}`,
  )
})
