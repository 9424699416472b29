import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { days, ecKeys, forgeDer } from '../../test/forge.ts'
import { asRefusal } from '../fault.ts'
import { realRandom } from '../system.ts'
import { issueIntermediate, issueRoot, issueSelfSigned, issueVerification } from '../x509/issue.ts'
import type { CaCertificate } from './ca-certificate.ts'
import {
  type CaUpload,
  codeLifetimeMs,
  newVerificationCode,
  uploadCa,
  verifyPossession,
} from './proof-of-possession.ts'

const at = Date.parse('2030-01-01T00:00:00Z')
const now = { at, random: realRandom }
const root = await issueRoot({ ...now, commonName: 'Plant 7 root', days: 365 })
const intermediate = await issueIntermediate({ ...now, commonName: 'Plant 7 line 1', ca: root, days: 90 })

const upload = (order: Partial<CaUpload> = {}, previous?: CaCertificate, moment = now) =>
  uploadCa({ name: 'Plant-7', certificate: root.pem, ...order }, previous, moment)

function sentenceOf(work: () => unknown): string {
  try {
    work()
    return ''
  } catch (error) {
    expect(asRefusal(error).code).toBe(400004)
    return asRefusal(error).message
  }
}

/** An uploaded certificate with its code, and a verification certificate for it. */
async function proof(
  order: { signer?: typeof root; of?: typeof root; code?: string; at?: number; days?: number } = {},
) {
  const ca = newVerificationCode(upload({ certificate: (order.of ?? root).pem }).value, now)
  const code = order.code ?? ca.verificationCode?.code ?? ''
  const issued = await issueVerification({ ...now, days: 1, ...order, code, ca: order.signer ?? order.of ?? root })
  return { ca, issued }
}

test('an uploaded certificate is unverified, unless the administrator says otherwise', () => {
  const { value, warnings } = upload()
  expect(value).toMatchObject({ name: 'Plant-7', key: 'plant-7', isVerified: false, createdAt: at, updatedAt: at })
  expect(value.certificate.info.subjectName).toBe('CN=Plant 7 root')
  expect(warnings).toEqual([])
  expect(upload({ isVerified: true }).value.isVerified).toBe(true)
})

test.each([
  ['DER', root.der],
  ['base64 of DER', Buffer.from(root.der).toString('base64')],
  ['base64 of PEM with CRLF', Buffer.from(root.pem.replaceAll('\n', '\r\n')).toString('base64')],
  ['PEM as bytes', Buffer.from(root.pem)],
  ['PEM with a stray word behind it', `${root.pem}null`],
])('takes %s', (_, certificate) => {
  const { info } = upload({ certificate }).value.certificate
  expect(info.sha256Thumbprint).toBe(root.certificate.sha256Thumbprint)
})

test('takes the first certificate of a file, and says so', () => {
  const { value, warnings } = upload({ certificate: intermediate.pem + root.pem })
  expect(value.certificate.info.subjectName).toBe('CN=Plant 7 line 1')
  expect(warnings).toEqual(['The file holds 2 certificates; only the first, "CN=Plant 7 line 1", is used.'])
})

test('refuses a private key beside the certificate, a leaf, rubbish, and a name with blanks', async () => {
  const leaf = await issueSelfSigned({ ...now, registrationId: 'dev-1' })
  expect(sentenceOf(() => upload({ certificate: root.pem + root.keyPem }))).toContain('private key')
  const secret = Buffer.from(root.keyPem + root.pem).toString('base64')
  expect(sentenceOf(() => upload({ certificate: secret }))).toContain('private key')
  expect(sentenceOf(() => upload({ certificate: leaf.pem }))).toContain('"CN=dev-1" is no CA certificate')
  expect(sentenceOf(() => upload({ certificate: 'rubbish' }))).toContain('not a valid certificate')
  expect(sentenceOf(() => upload({ name: 'Plant 7' }))).toContain('certificate name')
})

test('keeps a self-signed certificate that does not say what it is, with a warning', () => {
  const silent = forgeDer({ subject: 'Old root', notBefore: at, notAfter: at + days(30) }, ecKeys())
  const { value, warnings } = upload({ certificate: silent })
  expect(value).toMatchObject({ isVerified: false, certificate: { info: { version: 1, subjectName: 'CN=Old root' } } })
  expect(warnings).toEqual([expect.stringContaining('"CN=Old root" does not say that it is a CA')])
})

test('refuses a CA certificate whose key is too weak for any path', async () => {
  const keys = await promisify(generateKeyPair)('rsa', { modulusLength: 1024 })
  const weak = await issueRoot({ ...now, commonName: 'Old root', keys })
  expect(sentenceOf(() => upload({ certificate: weak.pem }))).toContain('"CN=Old root" has a weak key (RSA 1024)')
})

test('an expired certificate is kept, with a warning', () => {
  const later = { ...now, at: at + 366 * 86_400_000 }
  expect(upload({}, undefined, later).warnings).toEqual([
    expect.stringContaining('expired at 2031-01-01T00:00:00.000Z'),
  ])
})

test('another certificate under the name voids proof and code; the same one keeps both', () => {
  const before = { ...newVerificationCode(upload().value, now), isVerified: true }
  const later = { ...now, at: at + 1000 }
  const same = upload({ name: 'PLANT-7' }, before, later).value
  expect(same).toMatchObject({ name: 'Plant-7', isVerified: true, verificationCode: before.verificationCode })
  expect(same).toMatchObject({ createdAt: at, updatedAt: at + 1000 })
  expect(same.etag).not.toBe(before.etag)
  const other = upload({ certificate: intermediate.pem }, before, later).value
  expect(other).toMatchObject({ isVerified: false, verificationCode: undefined })
  expect(upload({ isVerified: false }, before, later).value.isVerified).toBe(false)
})

test('a verification code is 48 upper-case hex digits for a day, and a new one voids the old', () => {
  const first = newVerificationCode(upload().value, now)
  const second = newVerificationCode(first, now)
  expect(first.verificationCode?.code).toMatch(/^[0-9A-F]{48}$/)
  expect(first.verificationCode?.expiresAt).toBe(at + codeLifetimeMs)
  expect(second.verificationCode?.code).not.toBe(first.verificationCode?.code)
  expect(second.etag).not.toBe(first.etag)
})

test.each([
  ['a root', root],
  ['an intermediate by itself', intermediate],
])('a certificate that names the code, signed with the key of %s, proves possession', async (_, of) => {
  const { ca, issued } = await proof({ of })
  for (const text of [issued.pem, Buffer.from(issued.pem).toString('base64'), issued.der]) {
    const verified = verifyPossession(ca, text, now)
    expect(verified.isVerified).toBe(true)
    expect(verified.etag).not.toBe(ca.etag)
  }
})

test('the code may be spelled in lower case, and used again until it expires', async () => {
  const { ca } = await proof()
  const code = ca.verificationCode?.code.toLowerCase() ?? ''
  const { pem } = await issueVerification({ ...now, code, ca: root })
  const verified = verifyPossession(ca, pem, now)
  expect(verifyPossession(verified, pem, now).isVerified).toBe(true)
  expect(sentenceOf(() => verifyPossession(verified, pem, { ...now, at: at + codeLifetimeMs + 1 }))).toContain(
    'expired at 2030-01-02',
  )
})

test('refuses where no code was asked for', async () => {
  const { issued } = await proof()
  expect(sentenceOf(() => verifyPossession(upload().value, issued.pem, now))).toContain('No verification code')
})

test('refuses another common name, and says which was expected', async () => {
  const { ca, issued } = await proof({ code: 'ABCDEF' })
  expect(sentenceOf(() => verifyPossession(ca, issued.pem, now))).toBe(
    `The common name of the verification certificate is "ABCDEF"; expected the verification code ${ca.verificationCode?.code}.`,
  )
})

test('refuses a proof for the intermediate that the root signed, and says which key was expected', async () => {
  const { ca, issued } = await proof({ of: intermediate, signer: root })
  const sentence = sentenceOf(() => verifyPossession(ca, issued.pem, now))
  expect(sentence).toContain('signed by "CN=Plant 7 root"; expected "CN=Plant 7 line 1"')
})

test('refuses another key under the right name', async () => {
  const impostor = await issueRoot({ ...now, commonName: 'Plant 7 root' })
  const { ca, issued } = await proof({ signer: impostor })
  expect(sentenceOf(() => verifyPossession(ca, issued.pem, now))).toContain('is signed with another key')
})

test('refuses a self-signed certificate with the right common name, and the CA certificate itself', async () => {
  const { ca } = await proof()
  const selfSigned = await issueSelfSigned({ ...now, registrationId: ca.verificationCode?.code ?? '' })
  expect(sentenceOf(() => verifyPossession(ca, selfSigned.pem, now))).toContain('by itself; expected')
  expect(sentenceOf(() => verifyPossession(ca, root.pem, now))).toContain(
    'is the CA certificate "CN=Plant 7 root" itself',
  )
})

test('refuses a proof outside of its dates', async () => {
  const early = await proof({ at: at + 3_600_000 })
  expect(sentenceOf(() => verifyPossession(early.ca, early.issued.pem, now))).toContain('not valid before')
  const late = await proof({ at: at - 2 * 86_400_000 })
  expect(sentenceOf(() => verifyPossession(late.ca, late.issued.pem, now))).toContain('expired at 2029-12-31')
})
