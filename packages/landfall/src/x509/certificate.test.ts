import { createPublicKey } from 'node:crypto'
import { expect, test } from 'vitest'
import { caTrue, ecKeys, extension, forge, forgeDer, noon, rsaKeys } from '../../test/forge.ts'
import { readSignatureAlgorithm } from './algorithms.ts'
import { knownCertificate, MalformedCertificate, parseCertificate } from './certificate.ts'
import { boolean, element, explicit, integer, nothing, oid, sequence } from './der-write.ts'
import { findPath } from './path.ts'

const keys = ecKeys()
const good = forgeDer({ subject: 'pump-12', extensions: [caTrue()] }, keys)
const withExtension = (value: Uint8Array) => forgeDer({ subject: 'pump-12', extensions: [value] }, keys)
const why = (der: Uint8Array): string => {
  try {
    parseCertificate(der)
    return 'read'
  } catch (error) {
    if (error instanceof MalformedCertificate) return error.why
    throw error
  }
}

test.each([
  ['nothing at all', new Uint8Array(0), 'missing'],
  ['a certificate that ends too early', good.subarray(0, good.length - 1), 'longer than what holds it'],
  ['bytes after the certificate', Uint8Array.from([...good, 0]), 'something stands after'],
  ['an indefinite length', Uint8Array.of(0x30, 0x80, 0, 0), 'indefinite length'],
  ['a length of 2 GiB', Uint8Array.of(0x30, 0x84, 0x80, 0, 0, 0), 'longer than what holds it'],
  ['a length of nine octets', Uint8Array.of(0x30, 0x89, 1, 1, 1, 1, 1, 1, 1, 1, 1), 'longer than what holds it'],
  ['a padded length', Uint8Array.of(0x30, 0x81, 0x05, 0, 0, 0, 0, 0), 'longer than DER allows'],
  ['more than 64 KiB', new Uint8Array(70_000), 'larger than 65536 bytes'],
  ['no extension in the list', forgeDer({ subject: 'x', extensions: [] }, keys), 'list of extensions is empty'],
  [
    'a CA flag that is neither',
    withExtension(extension('2.5.29.19', Buffer.from('3003010101', 'hex'))),
    'neither true',
  ],
  ['a negative path length', withExtension(extension('2.5.29.19', Buffer.from('30060101ff0201ff', 'hex'))), 'negative'],
  ['key usage that is no bits', withExtension(extension('2.5.29.15', integer(1))), 'key usage'],
  [
    'key usage in bits that are unused',
    withExtension(extension('2.5.29.15', Buffer.from('030207ff', 'hex'))),
    'key usage',
  ],
  ['unused bits of no octet', withExtension(extension('2.5.29.15', Buffer.from('030101', 'hex'))), 'key usage'],
  [
    'a DNS name in the encoding of a directory name',
    withExtension(extension('2.5.29.17', sequence(element(0xa2, Buffer.from('0c0161', 'hex'))))),
    'no known form',
  ],
  ['empty name constraints', withExtension(extension('2.5.29.30', sequence())), 'name constraints are empty'],
  [
    'an IPv4 range of five octets',
    withExtension(extension('2.5.29.17', sequence(element(0x87, Buffer.alloc(5))))),
    'wrong length',
  ],
])('refuses %s', (_, der, expected) => {
  expect(why(der)).toContain(expected)
})

test.each([
  ['1', 'AQ'],
  ['an even number', 'AQAA'],
  ['so long that a check takes milliseconds', Buffer.alloc(9, 0xff).toString('base64url')],
])('refuses an RSA key whose exponent is %s', (_, e) => {
  const rsa = rsaKeys(2048)
  const { n } = rsa.publicKey.export({ format: 'jwk' })
  const publicKey = createPublicKey({ key: { kty: 'RSA', n, e }, format: 'jwk' })
  expect(why(forgeDer({ subject: 'CA', extensions: [caTrue()] }, { ...rsa, publicKey }))).toContain('exponent')
})

test('two thousand levels of nesting are refused at the first that is wrong', () => {
  let nested: Uint8Array = boolean(true)
  for (let level = 0; level < 2000; level++) nested = sequence(nested)
  expect(why(nested)).not.toBe('read')
  expect(why(withExtension(extension('2.5.29.17', nested)))).not.toBe('read')
  expect(why(withExtension(extension('1.2.3.4', nested)))).toBe('read')
})

test.each([
  ['the first instant of UTCTime', Date.parse('1950-01-01T00:00:00Z')],
  ['the last second of UTCTime', Date.parse('2049-12-31T23:59:59Z')],
  ['the end of time', Date.parse('9999-12-31T23:59:59Z')],
])('reads %s', (_, notAfter) => {
  expect(
    forge({ subject: 'x', notBefore: Date.parse('1950-01-01T00:00:00Z'), notAfter, keys }).certificate.notAfter,
  ).toBe(notAfter)
})

test('certificates that come again are one object', () => {
  expect(knownCertificate(good)).toBe(knownCertificate(Uint8Array.from(good)))
})

test('a signature of half an octet fits no key', () => {
  const broken = Uint8Array.from(good)
  broken[good.length - (parseCertificate(good).signature.length + 1)] = 3
  const certificate = parseCertificate(broken)
  expect(findPath({ leaf: certificate, others: [], anchors: [parseCertificate(good)], at: noon })).toMatchObject({
    kind: 'fault',
  })
})

test('a signature algorithm has one parameter at most', () => {
  const rsa = oid('1.2.840.113549.1.1.11')
  expect(readSignatureAlgorithm(sequence(rsa, nothing()))).toMatchObject({ hash: 'sha256' })
  expect(() => readSignatureAlgorithm(sequence(rsa, nothing(), nothing()))).toThrow('something stands after')
})

test('an explicit tag where none belongs is refused', () => {
  expect(why(Uint8Array.from(explicit(0, good)))).toContain('missing or of the wrong type')
})
