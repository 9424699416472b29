import { expect, test } from 'vitest'
import { readToken, signedByOneOf } from '../../../landfall/src/sas/token.ts'
import { makeSasToken, parseConnectionString } from './sas-token.ts'

const key = Buffer.alloc(32, 7).toString('base64')

test('a token made in the browser is one that the service takes', async () => {
  const text = await makeSasToken({ policyName: 'plant & co', key }, 'dps.example', 1_900_000_000_000)
  const reading = readToken(text)
  if ('malformed' in reading) throw new Error(reading.malformed)
  expect(reading.token).toMatchObject({ resource: 'dps.example', policyName: 'plant & co', expiry: 1_900_000_300_000 })
  expect(signedByOneOf(reading.token, [key])).toBe(true)
})

test('a connection string is read whatever the order and case of its fields', () => {
  const read = parseConnectionString(` SharedAccessKey=${key};hostname=dps.example:8443;SharedAccessKeyName=owner `)
  expect(read).toEqual({ hostName: 'dps.example:8443', policyName: 'owner', key })
})

test.each(['', 'HostName=a', 'HostName=a;SharedAccessKeyName=b;SharedAccessKey=not base64!'])(
  'no connection string: %j',
  (text) => {
    expect(parseConnectionString(text)).toBeUndefined()
  },
)
