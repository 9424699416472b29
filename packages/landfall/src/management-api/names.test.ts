import { expect, test } from 'vitest'
import { baseOf } from './names.ts'

const hosts: [string, ...string[]] = ['dps.example', '127.0.0.1', '::1']
const parts = { hosts, endpoint: () => 'dps.example:8443' }

test.each([
  ['DPS.example', 'https://dps.example'],
  ['dps.example:443', 'https://dps.example:443'],
  ['127.0.0.1:9443', 'https://127.0.0.1:9443'],
  ['[::1]:9443', 'https://[::1]:9443'],
  ['evil.example', 'https://dps.example:8443'],
  ['dps.example:8443/evil', 'https://dps.example:8443'],
  ['dps.example@evil.example', 'https://dps.example:8443'],
  [undefined, 'https://dps.example:8443'],
])('a client that asked for %s is given URLs below %s', (host, base) => {
  expect(baseOf({ headers: { host } }, parts)).toBe(base)
})
