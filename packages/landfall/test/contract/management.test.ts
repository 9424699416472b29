/** contract/management 10, lines 7-11, 20 and 21: CA certificates and proof of possession, over the operator's API. */
import { attestation } from 'landfall-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { realRandom } from '../../src/system.ts'
import {
  type Issued,
  issueDevice,
  issueIntermediate,
  issueRoot,
  issueVerification,
  makeKeyPair,
} from '../../src/x509/issue.ts'
import { days } from '../world.ts'
import { type Ask, type Rig, startRig, type Told } from './rig.ts'

let rig: Rig
let root: Issued
let intermediate: Issued

beforeAll(async () => {
  rig = await startRig({ at: '2030-01-01T00:00:00Z' })
  root = await issueRoot({ ...moment(), commonName: 'Root', days: 365 })
  intermediate = await issueIntermediate({ ...moment(), commonName: 'Intermediate', ca: root, days: 365 })
})
afterAll(() => rig[Symbol.asyncDispose]())

const moment = () => ({ at: rig.world.clock.now(), random: realRandom })
const at = (line: string, body?: object, headers: Record<string, string> = {}): Promise<Told> => {
  const order: Ask = body === undefined ? { headers } : { headers, body }
  const [method, path] = line.split(' ')
  return rig.service(`${method} /landfall/certificates/${path}`, order)
}
const upload = (name: string, certificate: string, more: object = {}) => at(`PUT ${name}`, { certificate, ...more })
const code = async (name: string): Promise<string> => (await at(`POST ${name}/code`)).body.verificationCode
const verify = (name: string, certificate: string) => at(`POST ${name}/verify`, { certificate })
const base64 = (bytes: string | Uint8Array) => Buffer.from(bytes).toString('base64')

test.each<[string, () => string]>([
  ['PEM', () => root.pem],
  ['PEM with CRLF', () => root.pem.replaceAll('\n', '\r\n')],
  ['base64 of PEM', () => base64(root.pem)],
  ['base64 of PEM with CRLF', () => base64(root.pem.replaceAll('\n', '\r\n'))],
  ['base64 of DER', () => base64(root.der)],
  ['base64 of DER in lines', () => base64(root.der).replaceAll(/.{64}/g, '$&\r\n')],
  ['PEM with the word null behind it', () => `${root.pem}null`],
  ['a chain file, of which the first counts', () => root.pem + intermediate.pem],
])('7 a certificate is uploaded as %s, and is one and the same', async (_form, text) => {
  const { status, body } = await upload('forms', text())
  expect(status).toBe(200)
  expect(body).toMatchObject({
    name: 'forms',
    info: { sha1Thumbprint: root.certificate.sha1Thumbprint, subjectName: 'CN=Root' },
  })
})

test.each<[string, () => Promise<string> | string, RegExp]>([
  ['a private key in the file', () => root.pem + root.keyPem, /private key/],
  [
    'a device certificate',
    async () => (await issueDevice({ ...moment(), registrationId: 'd', ca: root })).pem,
    /CA:TRUE/,
  ],
  ['garbage', () => 'garbage', /not a valid certificate/],
  ['nothing', () => '', /certificate/],
  ['an unfinished certificate', () => root.pem.slice(0, 200), /certificate/],
])('7 refused as a CA certificate: %s', async (_what, text, why) => {
  const { status, body } = await upload('refused', await text())
  expect({ status, code: body.errorCode, kept: (await at('GET refused')).status }).toEqual({
    status: 400,
    code: 400004,
    kept: 404,
  })
  expect(body.message).toMatch(why)
  expect(body.message).not.toContain('BEGIN PRIVATE')
})

test('7 a megabyte is refused as too large', async () => {
  expect((await upload('large', 'x'.repeat(1024 * 1024 + 1))).status).toBe(413)
})

test('8 five steps, each with an etag of its own: a stale one is refused at every step', async () => {
  const e1 = (await upload('steps', root.pem)).body.etag
  const asked = await at('POST steps/code', undefined, { 'if-match': `"${e1}"` })
  expect(asked.body.verificationCode).toMatch(/^[0-9A-F]{48}$/)
  const e2 = asked.body.etag
  const proof = await issueVerification({ ...moment(), code: asked.body.verificationCode, ca: root })
  const stale = { 'if-match': e1 }
  for (const [line, body] of [
    ['PUT steps', { certificate: root.pem }],
    ['POST steps/code', undefined],
    ['POST steps/verify', { certificate: proof.pem }],
    ['DELETE steps', undefined],
  ] as const) {
    expect((await at(line, body, stale)).status).toBe(412)
  }
  const verified = await at('POST steps/verify', { certificate: proof.pem }, { 'if-match': e2 })
  expect(verified).toMatchObject({ status: 200, body: { isVerified: true } })
  expect((await at('DELETE steps', undefined, { 'if-match': verified.body.etag })).status).toBe(204)
})

test('20 of two uploads under one etag exactly one is taken', async () => {
  const { etag } = (await upload('race', root.pem)).body
  const both = await Promise.all([1, 2].map(() => at('PUT race', { certificate: root.pem }, { 'if-match': etag })))
  expect(both.map(({ status }) => status).sort()).toEqual([200, 412])
})

test.each<[string, (right: string) => Promise<string> | string, RegExp | 'verified']>([
  ['the code in lower case', async (right) => (await proofOf(right.toLowerCase())).pem, 'verified'],
  ['DER', async (right) => base64((await proofOf(right)).der), 'verified'],
  ['base64 of PEM', async (right) => base64((await proofOf(right)).pem), 'verified'],
  [
    'an RSA key of its own',
    async (right) =>
      (await issueVerification({ ...moment(), code: right, ca: root, keys: await makeKeyPair('rsa-2048') })).pem,
    'verified',
  ],
  ['another common name', async () => (await proofOf('ABC')).pem, /common name.*"ABC".*expected/],
  [
    'another CA',
    async (right) => (await proofOf(right, await issueRoot({ ...moment(), commonName: 'Other' }))).pem,
    /signed by "CN=Other".*expected "CN=Root"/,
  ],
  [
    'another CA of the same name',
    async (right) => (await proofOf(right, await issueRoot({ ...moment(), commonName: 'Root' }))).pem,
    /another key/,
  ],
  ['the CA certificate itself', () => root.pem, /itself/],
  ['a self-signed one', async (right) => (await issueRoot({ ...moment(), commonName: right })).pem, /by itself/],
  [
    'an expired one',
    async (right) =>
      (
        await issueVerification({
          random: realRandom,
          at: rig.world.clock.now() - days(3),
          days: 1,
          code: right,
          ca: root,
        })
      ).pem,
    /expired/,
  ],
  ['garbage', () => 'garbage', /not a valid certificate/],
])('9 a proof with %s', async (_what, make, outcome) => {
  await upload('proved', root.pem, { isVerified: false })
  const { status, body } = await verify('proved', await make(await code('proved')))
  if (outcome === 'verified') return expect({ status, is: body.isVerified }).toEqual({ status: 200, is: true })
  expect([status, body.errorCode]).toEqual([400, 400004])
  expect(body.message).toMatch(outcome)
  expect((await at('GET proved')).body.isVerified).toBe(false)
})

const proofOf = (text: string, ca = root) => issueVerification({ ...moment(), code: text, ca })

test('9 a new code voids the one before; none lives longer than a day; a restart loses none', async () => {
  await upload('codes', root.pem)
  expect((await verify('codes', (await proofOf('x')).pem)).body.message).toMatch(/No verification code was asked/)
  const first = await code('codes')
  const second = await code('codes')
  expect((await verify('codes', (await proofOf(first)).pem)).status).toBe(400)
  await rig.world.restart()
  expect((await verify('codes', (await proofOf(second)).pem)).body.isVerified).toBe(true)
  await upload('late', root.pem)
  const late = await code('late')
  rig.world.clock.set(rig.world.clock.now() + days(1) + 1)
  expect((await verify('late', (await proofOf(late)).pem)).body.message).toMatch(/expired at 2030-01-02T00:00:00/)
})

test('5.3, 5.4 the same bytes under one name stay verified, other bytes do not', async () => {
  expect((await upload('kept', root.pem, { isVerified: true })).body.isVerified).toBe(true)
  expect((await upload('kept', root.pem)).body.isVerified).toBe(true)
  expect((await upload('kept', intermediate.pem)).body.isVerified).toBe(false)
})

test('10, 11 an intermediate is proved on its own, and carries a group that refers to it; its expiry is in the metrics', async () => {
  const above = await issueRoot({ ...moment(), commonName: 'Nobody knows it' })
  const own = await issueIntermediate({ ...moment(), commonName: 'Own', ca: above })
  await upload('own', own.pem)
  const proof = await proofOf(await code('own'), own)
  await rig.world.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'by-name',
    attestation: attestation.caReference('own'),
  })
  const device = await issueDevice({ ...moment(), registrationId: 'own-1', ca: own })
  const register = async () => (await rig.register('own-1', { certificate: device.pem, key: device.keyPem })).body
  expect(await register()).toMatchObject({ info: { reason: 'anchor_unverified' } })
  expect((await verify('own', proof.pem)).body.isVerified).toBe(true)
  expect(await register()).toMatchObject({ registrationState: { x509: { enrollmentGroupId: 'by-name' } } })
  const metrics = await (await fetch(`${rig.world.connection.managementUrl}/metrics`)).text()
  const seconds = own.certificate.notAfter / 1000
  expect(metrics).toContain(`landfall_group_certificate_not_after_seconds{group="by-name",slot="primary"} ${seconds}`)

  const used = await at('DELETE own')
  expect(used).toMatchObject({ status: 409, body: { message: expect.stringContaining('by-name') } })
  expect((await at('DELETE own?force=true')).status).toBe(204)
  expect((await register()).errorCode).toBe(401002)
})
