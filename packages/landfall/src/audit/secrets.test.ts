import { expect, test } from 'vitest'
import type { Json } from '../json.ts'
import { makeHideSecrets } from './secrets.ts'

const hide = makeHideSecrets(Buffer.alloc(32, 1))
const fingerprint = expect.stringMatching(/^secret:[0-9a-f]{8}$/)

test.each<[string, Json, Json]>([
  ['a key', { primaryKey: 'k' }, { primaryKey: fingerprint }],
  ['a number', { doorPasscode: 'x', wifiPassword: 1234 }, { doorPasscode: fingerprint, wifiPassword: fingerprint }],
  ['whatever is below such a name', { apiKeys: [{ a: ['k'] }] }, { apiKeys: [{ a: [fingerprint] }] }],
  ['a private key under any name', { note: 'x\n-----BEGIN EC PRIVATE KEY-----' }, { note: fingerprint }],
  [
    'a connection string under any name',
    { note: 'HostName=h;SharedAccessKey=QUJD=;x' },
    { note: expect.stringMatching(/^HostName=h;SharedAccessKey=secret:[0-9a-f]{8};x$/) },
  ],
  [
    'the query and the user of an address',
    { url: 'https://me:pw@h.example/a?code=k&name=v#f' },
    { url: expect.stringMatching(/^https:\/\/secret:\w{8}@h\.example\/a\?code=secret:\w{8}&name=secret:\w{8}#f$/) },
  ],
])('hides %s', (_what, value, shown) => {
  expect(hide(value)).toEqual(shown)
})

test.each<[string, Json]>([
  ['what is no secret', { name: 'a', keyed: 'b', count: 3, list: [1, null, true, 'x'], nothing: {} }],
  ['the public keys of a TPM', { tpm: { endorsementKey: 'AToAAQ==', storageRootKey: 'AToAAQ==' } }],
  ['that there is no key', { primaryKey: '', secondaryKey: null, isToken: true }],
  ['members with hostile names', JSON.parse('{"__proto__":{"a":1},"constructor":"c"}')],
])('leaves %s', (_what, value) => {
  expect(JSON.stringify(hide(value))).toBe(JSON.stringify(value))
})

test('the same secret has the same fingerprint, another store another one', () => {
  const other = makeHideSecrets(Buffer.alloc(32, 2))
  const [one, two] = [hide({ aKey: 'x' }), hide({ aKey: 'x' })]
  expect(one).toEqual(two)
  expect(hide({ aKey: 'y' })).not.toEqual(one)
  expect(other({ aKey: 'x' })).not.toEqual(one)
})

test.each([
  ['question marks', `https://h/${'?'.repeat(1e6)}`],
  ['ampersands', `https://h/?${'a&'.repeat(1e6)}`],
  ['slashes', `https:${'/'.repeat(1e6)}`],
  ['letters', 'a'.repeat(1e6)],
  ['beginnings of keys', '-----BEGIN PRIVATE KEY'.repeat(5e4)],
  ['names of keys', 'sig'.repeat(5e5)],
])('a megabyte of %s is read once', (_what, text) => {
  expect(typeof hide(text)).toBe('string')
})
