/** What openssl makes is read here, and what is made here is read by openssl. */
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { realRandom as random } from '../system.ts'
import { certificateInfoOf } from './certificate.ts'
import {
  issueDevice,
  issueIntermediate,
  issueRoot,
  issueServer,
  keyPairKinds,
  makeKeyPair,
  readKeyPair,
} from './issue.ts'
import { findPath } from './path.ts'
import { readCertificates } from './pem.ts'
import { makePfx } from './pfx.ts'

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

const now = Date.now()
const root = await issueRoot({ commonName: 'Plant Root', at: now, random })
const ca = await issueIntermediate({ commonName: 'Line 3', ca: root, at: now, random })

/** What openssl says, with its strictest reading of RFC 5280. */
function opensslVerify(leafPem: string, purpose: 'sslclient' | 'sslserver'): string {
  const files = { 'root.pem': root.pem, 'ca.pem': ca.pem, 'leaf.pem': leafPem }
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content)
  const args = [
    'verify',
    '-x509_strict',
    '-purpose',
    purpose,
    '-CAfile',
    'root.pem',
    '-untrusted',
    'ca.pem',
    'leaf.pem',
  ]
  return execFileSync('openssl', args, { cwd: directory, encoding: 'utf8' }).trim()
}

test.each(keyPairKinds)('openssl takes a device certificate with a key of kind %s', async (kind) => {
  const device = await issueDevice({ registrationId: 'pump-12', ca, at: now, random, keys: await makeKeyPair(kind) })
  expect(opensslVerify(device.pem, 'sslclient')).toBe('leaf.pem: OK')
})

test('openssl takes a server certificate', async () => {
  const server = await issueServer({ names: ['localhost', '127.0.0.1'], ca, at: now, random })
  expect(opensslVerify(server.pem, 'sslserver')).toBe('leaf.pem: OK')
})

test.each(['modern', 'legacy'] as const)('openssl opens a %s PFX: certificate, chain and key', async (strength) => {
  const issued = await issueDevice({
    registrationId: 'pump-12',
    ca,
    at: now,
    random,
    keys: await makeKeyPair('rsa-2048'),
  })
  const file = join(directory, `${strength}.pfx`)
  writeFileSync(file, makePfx({ issued, chain: [ca.der], password: 'pä55', random, strength }))
  const open = (password: string) =>
    execFileSync(
      'openssl',
      ['pkcs12', '-in', file, '-passin', `pass:${password}`, '-nodes', ...(strength === 'legacy' ? ['-legacy'] : [])],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    )
  const text = open('pä55')
  expect(text.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
  expect(text).toContain('friendlyName: pump-12')
  const key = text.slice(text.indexOf('-----BEGIN PRIVATE KEY'))
  expect(readKeyPair(key).publicKey.equals(issued.keys.publicKey)).toBe(true)
  expect(() => open('wrong')).toThrow()
})
