import { expect, test } from 'vitest'
import { ConnectionStringError, formatConnectionString, parseConnectionString } from './connection-string.ts'

const key = Buffer.alloc(64, 7).toString('base64')
const good = `HostName=localhost:8443;SharedAccessKeyName=provisioningserviceowner;SharedAccessKey=${key}`

test('reads host, policy and key, in any order and with a trailing semicolon', () => {
  const expected = { hostName: 'localhost:8443', sharedAccessKeyName: 'provisioningserviceowner', sharedAccessKey: key }
  expect(parseConnectionString(good)).toEqual(expected)
  expect(parseConnectionString(`${good.split(';').reverse().join(';')};`)).toEqual(expected)
})

test('what is read can be written again', () => {
  expect(formatConnectionString(parseConnectionString(good))).toBe(good)
})

test.each([
  ['', 'has no HostName'],
  ['HostName=a', 'has no SharedAccessKeyName'],
  [`HostName=a;SharedAccessKeyName=b;SharedAccessKey=`, 'has no SharedAccessKey'],
  [`HostName=https://a/b;SharedAccessKeyName=b;SharedAccessKey=${key}`, 'not a host name'],
  [`HostName=a;HostName=b;SharedAccessKeyName=b;SharedAccessKey=${key}`, 'has HostName twice'],
  [`HostName=a;SharedAccessKeyName=b;SharedAccessKey=secret!`, 'not base64'],
  [`HostName=a;SharedAccessKeyName=b;Other=${key}`, 'none of'],
  ['HostName', 'none of'],
])('refuses "%s" and says: %s', (text, why) => {
  expect(() => parseConnectionString(text)).toThrow(ConnectionStringError)
  expect(() => parseConnectionString(text)).toThrow(why)
})

test('never shows the key in its complaint', () => {
  expect(() => parseConnectionString('HostName=a;SharedAccessKeyName=b;SharedAccessKey=top-secret')).toThrow(
    /^((?!top-secret).)*$/s,
  )
})
