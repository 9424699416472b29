import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  alternativeNames,
  caTrue,
  certificatePolicies,
  directory,
  dns,
  ecKeys,
  extendedKeyUsage,
  forge,
  keyUsage,
  nameConstraints,
  nameOf,
  noon,
} from '../../test/forge.ts'
import { MalformedCertificate, parseCertificate } from './certificate.ts'
import { utf8String } from './der-write.ts'
import { findPath } from './path.ts'
import { readCertificates, toPem, UnreadableCertificate } from './pem.ts'

const keys = ecKeys()
const plant = nameOf(['2.5.4.10', utf8String('Plant 7')])
const ca = forge({
  subject: 'Line 3',
  keys,
  extensions: [
    caTrue(3),
    keyUsage(5),
    nameConstraints({ permitted: [dns('plant.example'), directory(plant)] }),
    certificatePolicies('1.2.3'),
  ],
})
const leaf = forge({
  subject: nameOf(['2.5.4.10', utf8String('Plant 7')], ['2.5.4.3', utf8String('pump-12')]),
  keys,
  by: ca,
  extensions: [keyUsage(0), extendedKeyUsage('clientAuth'), alternativeNames(dns('a.plant.example'))],
})

/** Whatever comes in: a certificate, or a refusal that says why; nothing else is thrown. */
function parse(bytes: Uint8Array) {
  try {
    return parseCertificate(bytes)
  } catch (error) {
    if (!(error instanceof MalformedCertificate)) throw error
    expect(error.why).not.toBe('')
  }
}

const mutated = (original: Uint8Array) =>
  fc
    .array(fc.tuple(fc.nat(original.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 })
    .map((changes) => {
      const bytes = Uint8Array.from(original)
      for (const [index, value] of changes) bytes[index] = value
      return bytes
    })

test('random bytes are refused, never more', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      parse(bytes)
    }),
    { numRuns: 2000 },
  )
})

test('every prefix of a certificate is refused', () => {
  for (let length = 0; length < leaf.certificate.der.length; length++) {
    expect(parse(leaf.certificate.der.subarray(0, length))).toBeUndefined()
  }
})

test('a changed device certificate is never let in', () => {
  fc.assert(
    fc.property(mutated(leaf.certificate.der), (bytes) => {
      fc.pre(Buffer.compare(bytes, leaf.certificate.der) !== 0)
      const certificate = parse(bytes)
      if (!certificate) return
      const answer = findPath({ leaf: certificate, others: [], anchors: [ca.certificate], at: noon })
      expect(answer.kind).toBe('fault')
      expect(answer.trail.some(({ ok }) => !ok)).toBe(true)
    }),
    { numRuns: 3000 },
  )
})

test('a changed CA among those sent does no harm to a path that does without it', () => {
  fc.assert(
    fc.property(mutated(ca.certificate.der), (bytes) => {
      const certificate = parse(bytes)
      const others = certificate ? [certificate] : []
      expect(findPath({ leaf: leaf.certificate, others, anchors: [ca.certificate], at: noon }).kind).toBe('path')
    }),
    { numRuns: 1000 },
  )
})

test('changed PEM is read or refused, never more', () => {
  const text = Buffer.from(toPem(leaf.certificate.der))
  fc.assert(
    fc.property(mutated(text), fc.boolean(), (bytes, asText) => {
      try {
        readCertificates(asText ? Buffer.from(bytes).toString('latin1') : bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(UnreadableCertificate)
      }
    }),
    { numRuns: 1000 },
  )
})

test.each([
  ['dashes', '-'.repeat(500_000)],
  ['armour that begins and begins', '-----BEGIN CERTIFICATE-----\n'.repeat(15_000)],
  ['armour of long labels', `-----BEGIN ${'A'.repeat(400_000)}`],
  ['backslashes', `-----BEGIN CERTIFICATE-----${'\\n'.repeat(200_000)}`],
  ['blanks', ' '.repeat(500_000)],
])('half a megabyte of %s is refused at once', (_, text) => {
  expect(() => readCertificates(text)).toThrow(UnreadableCertificate)
})
