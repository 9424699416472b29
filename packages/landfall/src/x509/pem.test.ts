import { expect, test } from 'vitest'
import { ecKeys, forgeDer } from '../../test/forge.ts'
import { readCertificates, toPem, UnreadableCertificate } from './pem.ts'

const keys = ecKeys()
const der = forgeDer({ subject: 'pump-12' }, keys)
const other = forgeDer({ subject: 'Line 3' }, keys)
const pem = toPem(der)
const chain = pem + toPem(other)
const base64 = Buffer.from(der).toString('base64')
const bytes = (text: string) => new Uint8Array(Buffer.from(text))
const keyPem = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

test.each([
  ['PEM', pem],
  ['PEM with Windows line ends', pem.replaceAll('\n', '\r\n')],
  ['PEM with literal \\n, as environment variables have it', pem.replaceAll('\n', '\\n')],
  ['PEM with literal \\r\\n', pem.replaceAll('\n', '\\r\\n')],
  ['PEM on one line', pem.replaceAll('\n', '')],
  ['PEM with text around', `Bag Attributes\n  friendlyName: pump-12\n${pem}\nthe end`],
  ['PEM whose tool writes null after it', `${pem}null`],
  ['PEM with a byte order mark', `\ufeff${pem}`],
  ['base64 of DER', base64],
  ['base64 of DER in lines', base64.replace(/.{64}/g, '$&\r\n')],
  ['url-safe base64 without padding', Buffer.from(der).toString('base64url')],
  ['base64 of PEM', Buffer.from(pem).toString('base64')],
  ['base64 of PEM with Windows line ends', Buffer.from(pem.replaceAll('\n', '\r\n')).toString('base64')],
  ['DER', der],
  ['PEM as bytes', bytes(pem)],
  ['base64 of DER as bytes', bytes(`${base64}\n`)],
  ['an old armour label', pem.replaceAll('CERTIFICATE', 'X509 CERTIFICATE')],
])('reads %s', (_, input) => {
  expect(readCertificates(input).map((certificate) => Buffer.from(certificate.der))).toEqual([Buffer.from(der)])
})

test('reads several in their order', () => {
  expect(readCertificates(chain).map(({ subject }) => subject.text)).toEqual(['CN=pump-12', 'CN=Line 3'])
})

test.each([
  ['nothing', '', 'it is empty'],
  ['blanks', ' \n ', 'it is empty'],
  ['no bytes', new Uint8Array(0), 'it is empty'],
  ['text', 'pump-12!', 'it is not valid base64'],
  ['base64 of something else', Buffer.from('hello').toString('base64'), 'neither a certificate nor PEM'],
  ['a private key beside the certificate', pem + keyPem, 'private key (PRIVATE KEY)'],
  ['a private key in base64', Buffer.from(keyPem).toString('base64'), 'private key (PRIVATE KEY)'],
  ['a request', pem.replaceAll('CERTIFICATE', 'CERTIFICATE REQUEST'), 'PEM of a CERTIFICATE REQUEST'],
  ['armour without end', pem.split('-----END')[0] ?? '', 'no END line'],
  ['a certificate cut short', toPem(der.subarray(0, 100)), 'longer than what holds it'],
  ['PKCS #7', Buffer.from('3080060b2a864886f70d010702', 'hex'), 'it is PKCS #7'],
  ['PKCS #12', Buffer.from('30820a1c020103308209d2', 'hex').toString('base64'), 'private key (PKCS #12)'],
  ['half a megabyte and more', 'A'.repeat(600_000), 'larger than 512 KiB'],
])('refuses %s', (_, input, expected) => {
  expect(() => readCertificates(input)).toThrow(UnreadableCertificate)
  expect(() => readCertificates(input)).toThrow(expected)
})

test('writes lines of 64 characters', () => {
  const lines = pem.trimEnd().split('\n')
  expect(lines.at(0)).toBe('-----BEGIN CERTIFICATE-----')
  expect(Math.max(...lines.map((line) => line.length))).toBe(64)
})
