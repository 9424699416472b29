import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { caTrue, ecKeys, extension, forge, forgeDer, noon } from '../../test/forge.ts'
import { certificateInfoOf, knownCertificate, MalformedCertificate, parseCertificate } from './certificate.ts'
import { boolean, element, explicit, integer, sequence } from './der-write.ts'
import { findPath } from './path.ts'
import { readCertificates } from './pem.ts'

const directory = mkdtempSync(join(tmpdir(), 'landfall-x509-'))
afterAll(() => rmSync(directory, { recursive: true }))

const at = (name: string) => join(directory, name)

function openssl(command: string): void {
  execFileSync('openssl', command.split(' '), { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] })
}

function read(name: string) {
  const [certificate] = readCertificates(new Uint8Array(readFileSync(at(name))))
  if (!certificate) throw new Error(`${name} is empty`)
  return certificate
}

const ec = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'

test.each([
  ['P-256', 'ec -pkeyopt ec_paramgen_curve:P-256', { kind: 'ec', curve: 'P-256' }],
  ['P-384', 'ec -pkeyopt ec_paramgen_curve:P-384', { kind: 'ec', curve: 'P-384' }],
  ['secp256k1', 'ec -pkeyopt ec_paramgen_curve:secp256k1', { kind: 'ec', curve: '1.3.132.0.10' }],
  ['RSA 2048', 'rsa:2048', { kind: 'rsa', bits: 2048 }],
  ['Ed25519', 'ed25519', { kind: 'ed25519' }],
])('reads what openssl makes with %s, and says the same of it as Node', (_, newKey, keyKind) => {
  openssl(`req -x509 -newkey ${newKey} -nodes -keyout k.pem -out c.pem -days 30 -subj /C=DE/O=Plant/CN=pump-12`)
  const certificate = read('c.pem')
  const node = new X509Certificate(readFileSync(at('c.pem')))
  expect(certificate.keyKind).toEqual(keyKind)
  expect(certificate.selfIssued).toBe(true)
  expect(certificateInfoOf(certificate)).toEqual({
    subjectName: 'CN=pump-12, O=Plant, C=DE',
    issuerName: 'CN=pump-12, O=Plant, C=DE',
    sha1Thumbprint: node.fingerprint.replaceAll(':', ''),
    sha256Thumbprint: node.fingerprint256.replaceAll(':', ''),
    notBeforeUtc: node.validFromDate.toISOString().replace('.000', ''),
    notAfterUtc: node.validToDate.toISOString().replace('.000', ''),
    serialNumber: node.serialNumber,
    version: 3,
  })
})

test('a chain of openssl with RSASSA-PSS signatures is followed', () => {
  const pss = '-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32'
  openssl(`req -x509 -newkey rsa:2048 -nodes -keyout r.key -out r.pem -days 3 -subj /CN=Root ${pss}`)
  openssl(`req ${ec} -keyout d.key -out d.csr -subj /CN=pump-12`)
  openssl(`x509 -req -in d.csr -CA r.pem -CAkey r.key -set_serial 7 -out d.pem -days 1 ${pss}`)
  const question = { leaf: read('d.pem'), others: [], anchors: [read('r.pem')], at: Date.now() }
  expect(findPath(question).kind).toBe('path')
})

test("the C# suite's version 1 device under a version 3 intermediate is let in (contract/semantics 4.10)", () => {
  openssl(`req -x509 ${ec} -keyout r.key -out r.pem -days 3 -subj /CN=Root`)
  openssl(`req ${ec} -keyout i.key -out i.csr -subj /CN=Intermediate`)
  writeFileSync(at('ca.ext'), 'basicConstraints=critical,CA:TRUE')
  openssl('x509 -req -in i.csr -CA r.pem -CAkey r.key -CAcreateserial -extfile ca.ext -out i.pem -days 2')
  openssl(`req ${ec} -keyout d.key -out d.csr -subj /CN=pump-12`)
  openssl('x509 -req -in d.csr -CA i.pem -CAkey i.key -CAcreateserial -out d.pem -days 1')
  const leaf = read('d.pem')
  expect(leaf.version).toBe(1)
  const question = { leaf, others: [read('i.pem')], anchors: [read('r.pem')], at: Date.now() }
  expect(findPath(question).kind).toBe('path')
  expect(findPath({ ...question, leaf: read('i.pem'), anchors: [leaf] }).kind).toBe('fault')
})

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
  ['empty name constraints', withExtension(extension('2.5.29.30', sequence())), 'name constraints are empty'],
  [
    'an IPv4 range of five octets',
    withExtension(extension('2.5.29.17', sequence(element(0x87, Buffer.alloc(5))))),
    'wrong length',
  ],
])('refuses %s', (_, der, expected) => {
  expect(why(der)).toContain(expected)
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

test('an explicit tag where none belongs is refused', () => {
  expect(why(Uint8Array.from(explicit(0, good)))).toContain('missing or of the wrong type')
})
