import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { expect, test } from 'vitest'
import { ecKeys, forgeDer } from '../../test/forge.ts'
import { realRandom as random } from '../system.ts'
import { issueSelfSigned } from './issue.ts'
import { PrivateKeyGiven, readCertificates, toPem } from './pem.ts'
import { makePfx } from './pfx.ts'
import { privateKeyInBytes, privateKeyInText } from './private-key.ts'

const ec = ecKeys().privateKey
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const secret = { cipher: 'aes-256-cbc', passphrase: '1234' }
const issued = await issueSelfSigned({ registrationId: 'pump-12', at: Date.UTC(2030, 0, 1), random })

type Form = 'pkcs8' | 'pkcs1' | 'sec1'
const pem = (key: KeyObject, type: Form, encryption = {}) =>
  String(key.export({ type: type as 'pkcs8', format: 'pem', ...encryption }))
const der = (key: KeyObject, type: Form, encryption = {}) =>
  key.export({ type: type as 'pkcs8', format: 'der', ...encryption })

const texts: readonly (readonly [string, string])[] = [
  ['PKCS #8', pem(ec, 'pkcs8')],
  ['encrypted PKCS #8', pem(ec, 'pkcs8', secret)],
  ['SEC 1', pem(ec, 'sec1')],
  ['PKCS #1', pem(rsa, 'pkcs1')],
  ['PKCS #1 as OpenSSL once encrypted it', pem(rsa, 'pkcs1', secret)],
  ['OpenSSH', '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r\n-----END OPENSSH PRIVATE KEY-----\n'],
  ['armour that is cut short', pem(ec, 'pkcs8').slice(0, 60)],
]

const ders: readonly (readonly [string, Uint8Array])[] = [
  ['PKCS #8', der(rsa, 'pkcs8')],
  ['encrypted PKCS #8', der(rsa, 'pkcs8', secret)],
  ['SEC 1', der(ec, 'sec1')],
  ['PKCS #1', der(rsa, 'pkcs1')],
  ['PKCS #12', makePfx({ issued, chain: [], password: '1234', random })],
  ['PKCS #12 of unknown length, as BER has it', Buffer.from('3080020103308006092a864886f70d010701', 'hex')],
]

test.each(texts)('a private key in PEM is refused by its name: %s', (_, text) => {
  for (const sent of [text, issued.pem + text, text + issued.pem, Buffer.from(issued.pem + text).toString('base64')])
    expect(() => readCertificates(sent)).toThrow(PrivateKeyGiven)
})

test.each(ders)('a private key in DER is refused by its name: %s', (_, bytes) => {
  const base64 = Buffer.from(bytes).toString('base64')
  for (const sent of [
    bytes,
    base64,
    toPem(bytes),
    issued.pem + toPem(bytes),
    Buffer.from(toPem(bytes)).toString('base64'),
  ])
    expect(() => readCertificates(sent)).toThrow(PrivateKeyGiven)
})

test('certificates, public keys and empty bytes are no private keys', () => {
  const publicKey = ecKeys().publicKey
  for (const bytes of [
    issued.der,
    forgeDer({ subject: 'v1', notBefore: 0, notAfter: 1 }, ecKeys()),
    publicKey.export({ type: 'spki', format: 'der' }),
    new Uint8Array(0),
    Uint8Array.of(0x30),
  ])
    expect(privateKeyInBytes(bytes)).toBeUndefined()
  expect(privateKeyInText(issued.pem)).toBeUndefined()
  expect(privateKeyInText(String(publicKey.export({ type: 'spki', format: 'pem' })))).toBeUndefined()
})
