import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { realRandom as random } from '../system.ts'
import {
  issueDevice,
  issueIntermediate,
  issueRoot,
  issueSelfSigned,
  issueServer,
  issueVerification,
  makeKeyPair,
  readKeyPair,
} from './issue.ts'
import { findPath } from './path.ts'

const at = Date.now()

const root = await issueRoot({ commonName: 'Plant Root', at, random })
const ca = await issueIntermediate({ commonName: 'Line 3', ca: root, at, random })

test.each(['rsa-2048', 'ec-p384'] as const)('a CA with a key of kind %s signs', async (kind) => {
  const keys = await makeKeyPair(kind)
  const signer = await issueRoot({ commonName: 'Other Root', at, random, keys })
  const device = await issueDevice({ registrationId: 'pump-12', ca: signer, at, random })
  const question = { leaf: device.certificate, others: [], anchors: [signer.certificate], at }
  expect(findPath(question).kind).toBe('path')
  expect(new X509Certificate(device.pem).verify(new X509Certificate(signer.pem).publicKey)).toBe(true)
})

test('the defaults are those of the contract: 30 days, five minutes back, sixteen positive octets', async () => {
  const { certificate } = await issueDevice({ registrationId: 'pump-12', ca, at, random })
  const second = Math.floor(at / 1000) * 1000
  expect([certificate.notBefore, certificate.notAfter]).toEqual([second - 300_000, second + 30 * 86_400_000])
  expect(certificate.serial).toMatch(/^[4-7][0-9A-F]{31}$/)
  expect(certificate.subject.text).toBe('CN=pump-12')
  expect(certificate.extensions).toMatchObject({
    basicConstraints: { ca: false },
    keyUsage: ['digitalSignature'],
    extendedKeyUsage: ['1.3.6.1.5.5.7.3.2'],
    authorityKeyId: ca.certificate.extensions.subjectKeyId,
  })
  expect(ca.certificate.extensions).toMatchObject({
    basicConstraints: { ca: true, pathLength: undefined },
    keyUsage: ['digitalSignature', 'keyCertSign', 'cRLSign'],
  })
})

test('a server certificate names hosts and addresses', async () => {
  const names = ['localhost', '127.0.0.1', '::1', '2001:db8::10.0.0.1'] as const
  const server = await issueServer({ names, ca, at, random })
  const certificate = new X509Certificate(server.pem)
  expect(certificate.checkHost('localhost')).toBe('localhost')
  for (const address of names.slice(1)) expect(certificate.checkIP(address)).toBeDefined()
})

test('a verification certificate carries the code and is signed by the CA that is to be proved', async () => {
  const { certificate, pem } = await issueVerification({ code: 'A1B2', ca, at, random, days: 1 })
  expect(certificate.subject.commonName).toBe('A1B2')
  expect(new X509Certificate(pem).verify(new X509Certificate(ca.pem).publicKey)).toBe(true)
})

test('a self-signed device certificate is no CA, and its own anchor', async () => {
  const { certificate } = await issueSelfSigned({ registrationId: 'pump-12', at, random })
  expect(certificate.extensions.basicConstraints?.ca).toBe(false)
  expect(findPath({ leaf: certificate, others: [], anchors: [certificate], at }).kind).toBe('path')
})

test('certificates that outlive 2049 are dated as RFC 5280 wants it', async () => {
  const old = await issueRoot({ commonName: 'Long Root', at, random, days: 36_500 })
  expect(new X509Certificate(old.pem).validToDate.getTime()).toBe(old.certificate.notAfter)
})

test('the key of a certificate can be read back', () => {
  expect(readKeyPair(ca.keyPem).publicKey.equals(ca.certificate.publicKey)).toBe(true)
})
