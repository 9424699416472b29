import { expect, test } from 'vitest'
import {
  caTrue,
  days,
  extendedKeyUsage,
  type Forged,
  type ForgeOrder,
  forge,
  keyId,
  keyUsage,
  nameOf,
  noon,
  rsaKeys,
} from '../../test/forge.ts'
import { utf8String } from './der-write.ts'
import { lintCertificate } from './lint.ts'
import { leafFirst, lintChain } from './lint-chain.ts'

const caExtensions = [caTrue(), keyUsage(5, 6), keyId('ca')]
const long = { notBefore: noon - days(1000), notAfter: noon + days(1000) }
const makeCa = (subject: string, by?: Forged, order: Partial<ForgeOrder> = {}) =>
  forge({ subject, by, extensions: caExtensions, ...long, ...order })
const makeDevice = (by: Forged | undefined, order: Partial<ForgeOrder> = {}) =>
  forge({
    subject: 'pump-12',
    by,
    extensions: [keyUsage(0)],
    notBefore: noon - days(1),
    notAfter: noon + days(365),
    ...order,
  })

const rulesOf = (findings: readonly { rule: string }[]) => findings.map(({ rule }) => rule)
const root = makeCa('Root')
const line = makeCa('Line 3', root)
const pump = makeDevice(line)

const alone: readonly (readonly [title: string, order: Partial<ForgeOrder>, severity: string, rule: string])[] = [
  ['that has expired', { notAfter: noon - days(1), notBefore: noon - days(9) }, 'error', 'expired'],
  ['that expires soon', { notBefore: noon - days(100), notAfter: noon + days(20) }, 'warning', 'expires_soon'],
  ['that begins tomorrow', { notBefore: noon + days(1) }, 'error', 'not_yet_valid'],
  ['without a common name', { subject: nameOf(['2.5.4.10', utf8String('Plant')]) }, 'warning', 'no_common_name'],
  ['whose common name is no registration id', { subject: 'pump 12' }, 'warning', 'bad_id'],
  ['with a weak key', { keys: rsaKeys(1024) }, 'error', 'weak_key'],
  ['signed with SHA-1', { hash: 'sha1', keys: rsaKeys(2048) }, 'error', 'weak_signature'],
  ['for servers only', { extensions: [extendedKeyUsage('serverAuth')] }, 'error', 'extended_key_usage'],
  ['whose key may not sign', { extensions: [keyUsage(5)] }, 'error', 'key_usage'],
  ['of version 1', { extensions: undefined }, 'warning', 'old_version'],
  ['that is a CA', { extensions: caExtensions }, 'warning', 'leaf_is_ca'],
]
test.each(alone)('a device certificate %s is told', (_, order, severity, rule) => {
  const found = lintCertificate(makeDevice(undefined, order).certificate, { at: noon })
  expect(found).toContainEqual({ severity, rule, says: expect.any(String) })
})

test('a CA is told what it lacks, and that it leaves no room', () => {
  const bare = makeCa('Bare', undefined, { extensions: [caTrue(0)] })
  expect(rulesOf(lintCertificate(bare.certificate, { at: noon }))).toEqual([
    'leaf_is_ca',
    'no_key_usage',
    'no_subject_key_id',
    'no_room',
  ])
  const signer = makeCa('Signer', undefined, { extensions: [caTrue(), keyUsage(6), keyId('x')] })
  expect(rulesOf(lintCertificate(signer.certificate, { at: noon, asIssuer: true }))).toEqual(['key_usage'])
  expect(rulesOf(lintCertificate(pump.certificate, { at: noon, asIssuer: true }))).toContain('not_a_ca')
})

test('a certificate of a short life is told to end soon in its last third only', () => {
  const at = (day: number) =>
    lintCertificate(makeDevice(undefined, { notBefore: noon, notAfter: noon + days(9) }).certificate, {
      at: noon + days(day),
    })
  expect(rulesOf(at(5))).toEqual([])
  expect(rulesOf(at(7))).toEqual(['expires_soon'])
})

test('a chain in order, without its root, has nothing to remark', () => {
  expect(lintChain([pump.certificate, line.certificate], { at: noon })).toEqual([])
})

test.each([
  ['its root', [pump, line, root], 'root_sent', 3],
  ['a certificate twice', [pump, line, line], 'duplicate', 3],
  ['a stranger', [pump, line, makeCa('Stranger')], 'stranger', 3],
  ['the device certificate last', [line, pump], 'wrong_order', 2],
  [
    'its issuers in the wrong order',
    [pump, makeCa('Root', undefined, { keys: root.keys }), line],
    'wrong_order',
    undefined,
  ],
])('a chain with %s is told', (_, chain, rule, position) => {
  const found = lintChain(
    chain.map(({ certificate }) => certificate),
    { at: noon },
  )
  expect(found.filter((one) => one.rule === rule)).toMatchObject([position === undefined ? {} : { position }])
})

test('a device that outlives its issuer, and an issuer that leaves too little room, are told', () => {
  const tight = makeCa('Tight', root, { extensions: [caTrue(0), keyUsage(5), keyId('t')], notAfter: noon + days(100) })
  const below = makeCa('Below', tight, { notAfter: noon + days(90) })
  const device = makeDevice(below)
  const chain = [device, below, tight].map(({ certificate }) => certificate)
  expect(lintChain(chain, { at: noon })).toMatchObject([
    { rule: 'outlives_issuer', position: 1 },
    { rule: 'path_length', severity: 'error', position: 3 },
  ])
})

test('the device certificate is found wherever it stands', () => {
  const certificates = [root, line, pump].map(({ certificate }) => certificate)
  expect(leafFirst(certificates)[0]).toBe(pump.certificate)
  expect(leafFirst([line.certificate, pump.certificate, root.certificate])[0]).toBe(pump.certificate)
  expect(leafFirst([pump.certificate])).toEqual([pump.certificate])
  expect(leafFirst([])).toEqual([])
})

test('one serial number given twice by one issuer is told', () => {
  // forged certificates all have the serial number 4711
  expect(rulesOf(lintChain([line.certificate, root.certificate], { at: noon }))).toContain('serial')
  expect(rulesOf(lintChain([pump.certificate, line.certificate], { at: noon }))).not.toContain('serial')
})
