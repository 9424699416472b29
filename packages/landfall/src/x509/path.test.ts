import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  address,
  alternativeNames,
  authorityKeyId,
  caTrue,
  certificatePolicies,
  days,
  directory,
  dns,
  ecKeys,
  extendedKeyUsage,
  extension,
  type Forged,
  type ForgeOrder,
  forge,
  keyId,
  keyUsage,
  mail,
  nameConstraints,
  nameOf,
  noon,
  requireExplicitPolicy,
  rsaKeys,
  uri,
} from '../../test/forge.ts'
import { tags } from './der.ts'
import { element, nothing, oid, printableString, sequence, utf8String } from './der-write.ts'
import { chainUpward, findPath, type PathQuestion } from './path.ts'

const keys = { root: ecKeys(), line: ecKeys(), pump: ecKeys(), other: ecKeys() }

const makeRoot = (order: Partial<ForgeOrder> = {}) =>
  forge({ subject: 'Plant Root', keys: keys.root, extensions: [caTrue(), keyUsage(5, 6)], ...order })
const makeLine = (by: Forged, order: Partial<ForgeOrder> = {}) =>
  forge({ subject: 'Line 3', keys: keys.line, by, extensions: [caTrue(), keyUsage(5, 6)], ...order })
const makePump = (by: Forged, order: Partial<ForgeOrder> = {}) =>
  forge({
    subject: 'pump-12',
    keys: keys.pump,
    by,
    extensions: [keyUsage(0), extendedKeyUsage('clientAuth')],
    ...order,
  })

const root = makeRoot()
const line = makeLine(root)
const pump = makePump(line)

function ask(
  question: { leaf?: Forged; others?: readonly Forged[]; anchors?: readonly Forged[] } & Partial<
    Omit<PathQuestion, 'leaf' | 'others' | 'anchors'>
  >,
) {
  const { leaf = pump, others = [line], anchors = [root], ...rest } = question
  const certificates = (list: readonly Forged[]) => list.map(({ certificate }) => certificate)
  return findPath({
    at: noon,
    ...rest,
    leaf: leaf.certificate,
    others: certificates(others),
    anchors: certificates(anchors),
  })
}

type Answer = ReturnType<typeof findPath>
const verdict = (answer: Answer) => (answer.kind === 'path' ? 'accepted' : answer.fault.reason)
const subjects = (answer: Answer) => answer.path.map(({ subject }) => subject.text)

test('finds the path from a device over an intermediate to the root', () => {
  const answer = ask({})
  expect(verdict(answer)).toBe('accepted')
  expect(subjects(answer)).toEqual(['CN=pump-12', 'CN=Line 3', 'CN=Plant Root'])
})

test('an intermediate is an anchor as good as a root', () => {
  expect(subjects(ask({ others: [], anchors: [line] }))).toEqual(['CN=pump-12', 'CN=Line 3'])
})

test('a self-signed device certificate is its own anchor', () => {
  const leaf = forge({ subject: 'pump-12' })
  expect(verdict(ask({ leaf, others: [], anchors: [leaf] }))).toBe('accepted')
})

const stranger = forge({ subject: 'Stranger', extensions: [caTrue()] })
const cell = forge({ subject: 'Cell', by: line, extensions: [caTrue()] })
const deep = makePump(cell)

test.each([
  ['shuffled', [line, cell]],
  ['with the anchor inside', [root, cell, line]],
  ['with a stranger among them', [stranger, cell, line]],
  ['with every certificate twice, the device its own as well', [deep, cell, line, cell, line]],
] as const)('a chain may come %s', (_, others) => {
  expect(verdict(ask({ leaf: deep, others }))).toBe('accepted')
})

test('of two issuers of one name the one that signed is taken', () => {
  const namesake = makeLine(root, { keys: keys.other })
  expect(verdict(ask({ others: [namesake, line] }))).toBe('accepted')
  expect(verdict(ask({ others: [line, namesake] }))).toBe('accepted')
})

test('a cross-signed intermediate leads to whichever root is trusted', () => {
  const otherRoot = makeRoot({ subject: 'Other Root', keys: keys.other })
  const cross = makeLine(otherRoot)
  for (const others of [
    [line, cross],
    [cross, line],
  ]) {
    expect(subjects(ask({ others, anchors: [otherRoot] }))).toEqual(['CN=pump-12', 'CN=Line 3', 'CN=Other Root'])
    expect(subjects(ask({ others, anchors: [root] }))).toEqual(['CN=pump-12', 'CN=Line 3', 'CN=Plant Root'])
  }
})

test('two CAs that certify each other do not send the search in a circle', () => {
  const a = forge({ subject: 'A', keys: keys.line, extensions: [caTrue()] })
  const b = forge({ subject: 'B', keys: keys.other, by: a, extensions: [caTrue()] })
  const aByB = forge({ subject: 'A', keys: keys.line, by: b, extensions: [caTrue()] })
  expect(verdict(ask({ leaf: makePump(aByB), others: [aByB, b], anchors: [root] }))).toBe('chain_incomplete')
})

test('where a good path and an expired one lead to the anchor, the good one is taken', () => {
  const expired = makeLine(root, { notAfter: noon - days(1) })
  expect(verdict(ask({ others: [expired, line] }))).toBe('accepted')
})

test('names an issuer that was not sent', () => {
  const answer = ask({ others: [], id: 'pump-12' })
  expect(answer).toMatchObject({
    kind: 'fault',
    fault: { reason: 'chain_incomplete', facts: { subject: 'CN=pump-12', issuer: 'CN=Line 3', id: 'pump-12' } },
  })
})

test('a chain that is whole but ends at a root of another plant has an unknown anchor', () => {
  expect(verdict(ask({ others: [line, root], anchors: [stranger] }))).toBe('anchor_unknown')
})

test('a root made anew under the old name is unknown, not badly signed', () => {
  const again = makeRoot({ keys: keys.other })
  const newLine = makeLine(again)
  expect(verdict(ask({ leaf: makePump(newLine), others: [newLine, again], anchors: [root] }))).toBe('anchor_unknown')
})

test('refuses a device certificate that its issuer did not sign', () => {
  const forged = makePump({ ...line, keys: keys.other })
  const answer = ask({ leaf: forged })
  expect(answer).toMatchObject({ fault: { reason: 'signature_invalid', facts: { position: 1, issuer: 'CN=Line 3' } } })
})

test('refuses a chain whose intermediate has expired, and names it', () => {
  const answer = ask({ others: [makeLine(root, { notAfter: noon - days(1) })] })
  expect(answer).toMatchObject({
    fault: { reason: 'expired', facts: { subject: 'CN=Line 3', position: 2, notAfter: '2030-05-31T12:00:00.000Z' } },
    certificate: { subject: { text: 'CN=Line 3' } },
  })
})

test('an expired certificate on the only whole path says more than an unknown anchor on another', () => {
  const strangersLine = makeLine(stranger)
  const expired = makeLine(root, { notAfter: noon - days(1) })
  for (const others of [
    [strangersLine, expired, stranger],
    [expired, stranger, strangersLine],
  ]) {
    expect(verdict(ask({ others }))).toBe('expired')
  }
})

test.each([
  ['six minutes after it expired', { notAfter: noon - 6 * 60_000 }, 'expired'],
  ['four minutes after it expired', { notAfter: noon - 4 * 60_000 }, 'accepted'],
  ['six minutes before it begins', { notBefore: noon + 6 * 60_000 }, 'not_yet_valid'],
  ['four minutes before it begins', { notBefore: noon + 4 * 60_000 }, 'accepted'],
] as const)('a device certificate %s', (_, validity, expected) => {
  expect(verdict(ask({ leaf: makePump(line, validity) }))).toBe(expected)
})

test('without tolerance a certificate holds until the end of the second it names', () => {
  const leaf = makePump(line, { notAfter: noon })
  expect(verdict(ask({ leaf, skewMs: 0, at: noon + 999 }))).toBe('accepted')
  expect(verdict(ask({ leaf, skewMs: 0, at: noon + 1000 }))).toBe('expired')
})

test('an anchor past its date is refused like any other certificate', () => {
  const answer = ask({ anchors: [makeRoot({ notAfter: noon - days(1) })] })
  expect(answer).toMatchObject({ fault: { reason: 'expired', facts: { position: 3 } } })
})

const caFalse = extension('2.5.29.19', Buffer.from('3000', 'hex'))

test.each([
  ['has CA:FALSE', [caFalse], 'not_a_ca'],
  ['has no basicConstraints', [keyUsage(5)], 'not_a_ca'],
  ['is of version 1', undefined, 'not_a_ca'],
  ['may not sign certificates', [caTrue(), keyUsage(0, 6)], 'key_usage'],
  ['has no key usage', [caTrue()], 'accepted'],
  ['has a critical extension nobody knows', [caTrue(), extension('1.2.3.4', nothing(), true)], 'critical_extension'],
  ['has an extension nobody knows', [caTrue(), extension('1.2.3.4', nothing())], 'accepted'],
  ['has an extension twice', [caTrue(), keyUsage(5), keyUsage(5)], 'duplicate_extension'],
  ['allows no CA below it, and none is there', [caTrue(0)], 'accepted'],
] as const)('an intermediate that %s', (_, extensions, expected) => {
  const issuer = makeLine(root, { extensions })
  expect(verdict(ask({ leaf: makePump(issuer), others: [issuer] }))).toBe(expected)
})

test('counts the CAs below one that limits them, and tells both numbers', () => {
  const limited = makeRoot({ extensions: [caTrue(0)] })
  const below = makeLine(limited)
  expect(ask({ leaf: makePump(below), others: [below], anchors: [limited] })).toMatchObject({
    fault: { reason: 'path_length', facts: { limit: 0, depth: 1, subject: 'CN=Plant Root' } },
  })
})

test.each([
  ['clientAuth', [extendedKeyUsage('clientAuth')], undefined, 'accepted'],
  ['any purpose', [extendedKeyUsage('any')], undefined, 'accepted'],
  ['serverAuth only', [extendedKeyUsage('serverAuth')], undefined, 'extended_key_usage'],
  ['serverAuth, asked for that', [extendedKeyUsage('serverAuth')], 'serverAuth', 'accepted'],
  ['serverAuth, asked for nothing', [extendedKeyUsage('serverAuth')], 'any', 'accepted'],
  ['key encipherment only', [keyUsage(2)], undefined, 'key_usage'],
  ['key encipherment, as a server', [keyUsage(2)], 'serverAuth', 'accepted'],
] as const)('a device certificate for %s', (_, extensions, purpose, expected) => {
  expect(verdict(ask({ leaf: makePump(line, { extensions }), purpose }))).toBe(expected)
})

// contract/semantics 4.10, 4.11; contract/management 8.2, 8.8
test.each([
  ['version 1, no extension', undefined],
  ['version 3 with critical clientAuth only', [extendedKeyUsage('clientAuth')]],
  ['CA:TRUE, as openssl req -x509 makes it', [caTrue()]],
  ['CA:TRUE that may only sign certificates', [caTrue(), keyUsage(5, 6)]],
  ['a path length beside CA:FALSE', [extension('2.5.29.19', Buffer.from('3003020100', 'hex'))]],
  ['CA:FALSE written out', [extension('2.5.29.19', Buffer.from('3003010100', 'hex'), true)]],
  ["its issuer's key id as its own", [keyId('somebody'), authorityKeyId('nobody')]],
  ['Netscape certificate type and comment', [extension('2.16.840.1.113730.1.1', Buffer.from('03020780', 'hex'))]],
  ['a host name besides', [alternativeNames(dns('pump-12'))]],
] as const)('tolerates a device certificate as tools make them: %s', (_, extensions) => {
  expect(verdict(ask({ leaf: makePump(line, { extensions }) }))).toBe('accepted')
})

test('refuses keys below 2048 bits and hashes below SHA-256, and says which', () => {
  const weak = makePump(line, { keys: rsaKeys(1024) })
  expect(ask({ leaf: weak })).toMatchObject({ fault: { reason: 'weak_key', facts: { key: 'RSA 1024' } } })
  const sha1 = makePump(line, { hash: 'sha1' })
  expect(ask({ leaf: sha1 })).toMatchObject({
    fault: { reason: 'weak_signature', facts: { algorithm: 'SHA-1 with ECDSA' } },
  })
})

test('a key that is not understood carries nothing, not even as an anchor', () => {
  const keysOfCoins = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
  const coinRoot = makeRoot({ keys: keysOfCoins })
  const answer = ask({ leaf: makePump(coinRoot), others: [], anchors: [coinRoot] })
  expect(answer).toMatchObject({ fault: { reason: 'unsupported_algorithm', facts: { position: 2 } } })
})

test("an anchor's own signature is nobody's business", () => {
  const oldRoot = makeRoot({ hash: 'sha1' })
  expect(verdict(ask({ anchors: [oldRoot] }))).toBe('accepted')
})

const plant = ['2.5.4.10', utf8String('Plant 7')] as const
const common = (text: string) => ['2.5.4.3', utf8String(text)] as const
const inPlant = (text: string) => nameOf(plant, common(text))
/** One part of two attributes. */
const twofold = sequence(
  element(tags.set, sequence(oid('2.5.4.3'), utf8String('a')), sequence(oid('2.5.4.10'), utf8String('Plant 7'))),
)

test.each([
  ['permits the organization', { permitted: [directory(nameOf(plant))] }, { subject: inPlant('pump-12') }, 'accepted'],
  [
    'in another spelling',
    { permitted: [directory(nameOf(['2.5.4.10', printableString('PLANT  7')]))] },
    { subject: inPlant('p') },
    'accepted',
  ],
  [
    'permits another organization',
    { permitted: [directory(inPlant('x'))] },
    { subject: inPlant('pump-12') },
    'name_constraint',
  ],
  [
    'excludes the organization',
    { excluded: [directory(nameOf(plant))] },
    { subject: inPlant('pump-12') },
    'name_constraint',
  ],
  [
    'permits a part of two attributes, and the name has both in the text of one',
    { permitted: [directory(twofold)] },
    { subject: nameOf(['2.5.4.10', utf8String('Plant 7\u00002.5.4.3=a')], common('pump-12')) },
    'name_constraint',
  ],
  ['permits the domain', { permitted: [dns('plant.example')] }, { names: [dns('pump.Plant.example')] }, 'accepted'],
  [
    'permits a domain that only ends alike',
    { permitted: [dns('plant.example')] },
    { names: [dns('myplant.example')] },
    'name_constraint',
  ],
  [
    'excludes a host that a wildcard stands for',
    { excluded: [dns('a.plant.example')] },
    { names: [dns('*.plant.example')] },
    'name_constraint',
  ],
  [
    'permits a domain, and the name is none',
    { permitted: [dns('plant.example')] },
    { names: [dns('.plant.example')] },
    'name_constraint',
  ],
  [
    'excludes what is below a dot, and the name is below it',
    { excluded: [dns('.plant.example')] },
    { names: [dns('a.plant.example')] },
    'name_constraint',
  ],
  [
    'excludes what is below a dot, and the name is the domain itself',
    { excluded: [dns('.plant.example')] },
    { names: [dns('plant.example')] },
    'accepted',
  ],
  [
    'excludes a domain with a dot after it',
    { excluded: [dns('plant.example.')] },
    { names: [dns('a.plant.example')] },
    'name_constraint',
  ],
  [
    'excludes a domain that is none',
    { excluded: [dns('*.plant.example')] },
    { names: [dns('a.plant.example')] },
    'name_constraint',
  ],
  [
    'excludes a mail domain, and the address has a dot after it',
    { excluded: [mail('plant.example')] },
    { names: [mail('ops@plant.example.')] },
    'name_constraint',
  ],
  [
    'excludes a mailbox without a name',
    { excluded: [mail('@plant.example')] },
    { names: [mail('ops@plant.example')] },
    'name_constraint',
  ],
  ['permits a mail domain', { permitted: [mail('plant.example')] }, { names: [mail('ops@plant.example')] }, 'accepted'],
  [
    'permits hosts below a mail domain',
    { permitted: [mail('.plant.example')] },
    { names: [mail('ops@plant.example')] },
    'name_constraint',
  ],
  [
    'permits one mailbox',
    { permitted: [mail('ops@plant.example')] },
    { names: [mail('dev@plant.example')] },
    'name_constraint',
  ],
  [
    'excludes a host of a URI',
    { excluded: [uri('.plant.example')] },
    { names: [uri('https://a.plant.example:8443/x')] },
    'name_constraint',
  ],
  [
    'excludes a host, and the URI has a dot after it',
    { excluded: [uri('plant.example')] },
    { names: [uri('https://plant.example./x')] },
    'name_constraint',
  ],
  [
    'excludes a host, and the URI writes it in percent signs',
    { excluded: [uri('plant.example')] },
    { names: [uri('https://%70lant.example/')] },
    'name_constraint',
  ],
  [
    'permits a host, and the URI names another before a backslash',
    { permitted: [uri('plant.example')] },
    { names: [uri('https://other.example\\@plant.example/')] },
    'name_constraint',
  ],
  [
    'permits a host, and the URI names an address',
    { permitted: [uri('plant.example')] },
    { names: [uri('https://10.0.0.1/')] },
    'name_constraint',
  ],
  [
    'permits a network',
    { permitted: [address(10, 1, 0, 0, 255, 255, 0, 0)] },
    { names: [address(10, 1, 2, 3)] },
    'accepted',
  ],
  [
    'permits another network',
    { permitted: [address(10, 1, 0, 0, 255, 255, 0, 0)] },
    { names: [address(10, 2, 2, 3)] },
    'name_constraint',
  ],
  ['says nothing of this form', { permitted: [dns('plant.example')] }, { names: [address(10, 2, 2, 3)] }, 'accepted'],
] as const)(
  'a CA that %s',
  (_, lists, {
    subject = 'pump-12',
    names = [],
  }: { subject?: string | Uint8Array; names?: readonly Uint8Array[] }, expected) => {
    const ca = makeLine(root, { extensions: [caTrue(), nameConstraints(lists)] })
    const leaf = makePump(ca, { subject, extensions: names.length > 0 ? [alternativeNames(...names)] : [keyUsage(0)] })
    expect(verdict(ask({ leaf, others: [ca] }))).toBe(expected)
  },
)

test('tells which name is not permitted, and by whom', () => {
  const ca = makeLine(root, { extensions: [caTrue(), nameConstraints({ permitted: [dns('plant.example')] })] })
  const leaf = makePump(ca, { extensions: [alternativeNames(dns('evil.example'))] })
  expect(ask({ leaf, others: [ca] })).toMatchObject({ fault: { facts: { name: 'evil.example', ca: 'CN=Line 3' } } })
})

test('a policy that a CA demands must reach the device', () => {
  const ca = makeLine(root, { extensions: [caTrue(), certificatePolicies('1.2.3'), requireExplicitPolicy(0)] })
  const without = makePump(ca)
  const withPolicy = makePump(ca, { extensions: [certificatePolicies('1.2.3')] })
  const withOther = makePump(ca, { extensions: [certificatePolicies('1.2.4')] })
  expect([without, withPolicy, withOther].map((leaf) => verdict(ask({ leaf, others: [ca] })))).toEqual([
    'policy',
    'accepted',
    'policy',
  ])
})

test('names that differ in letter case, spaces and kind of string are one name', () => {
  const ca = makeLine(root, { subject: nameOf(['2.5.4.3', printableString('Line   3 ')]) })
  const leaf = makePump({ keys: ca.keys, certificate: makeLine(root, { subject: 'LINE 3' }).certificate })
  expect(verdict(ask({ leaf, others: [ca] }))).toBe('accepted')
})

test('the path must pass through a certificate that is asked for', () => {
  const through = (forged: Forged) => [forged.certificate.sha256Thumbprint]
  expect(verdict(ask({ through: through(line) }))).toBe('accepted')
  expect(verdict(ask({ through: through(stranger) }))).toBe('anchor_unknown')
  // a verified certificate below the group's does not help, but one above does: contract/semantics 4.3
  expect(subjects(ask({ anchors: [line, root], through: through(root) }))).toHaveLength(3)
  expect(verdict(ask({ anchors: [line], others: [root], through: through(root) }))).not.toBe('accepted')
})

function tower(height: number): { leaf: Forged; others: readonly Forged[] } {
  const others: Forged[] = []
  let by = root
  for (let level = 0; level < height; level++) {
    by = forge({ subject: `CA ${level}`, by, keys: keys.line, extensions: [caTrue()] })
    others.push(by)
  }
  return { leaf: makePump(by), others }
}

test('a path of ten certificates is accepted, one of eleven is too long', () => {
  expect(verdict(ask(tower(8)))).toBe('accepted')
  expect(ask(tower(9))).toMatchObject({ fault: { reason: 'chain_too_long', facts: { limit: 10 } } })
})

test('more than 64 KiB are not looked at', () => {
  const fat = makeLine(root, { extensions: [caTrue(), extension('1.2.3.4', Buffer.alloc(50_000))] })
  const fatter = makeLine(root, { extensions: [caTrue(), extension('1.2.3.4', Buffer.alloc(15_000))] })
  expect(verdict(ask({ others: [fat, fatter] }))).toBe('chain_too_large')
})

test('a hundred CAs of one name cost no more than the budget of signature checks', () => {
  const namesakes = Array.from({ length: 120 }, () => makeLine(root, { keys: ecKeys() }))
  expect(ask({ others: namesakes })).toMatchObject({ fault: { reason: 'chain_too_long', facts: { checks: 100 } } })
})

test('a mesh of CAs that all certify each other ends, whatever it finds', () => {
  const names = ['A', 'B', 'C', 'D', 'E', 'F']
  const pairs = new Map(names.map((name) => [name, forge({ subject: name, extensions: [caTrue()] })]))
  const mesh = [...pairs].flatMap(([name, { keys: own }]) =>
    [...pairs.values()].map((by) => forge({ subject: name, keys: own, by, extensions: [caTrue()] })),
  )
  const [by = root] = mesh
  expect(verdict(ask({ leaf: makePump(by), others: mesh }))).not.toBe('accepted')
})

test('the trail of a refusal holds every rule that was judged, and the one that decided', () => {
  const answer = ask({ others: [makeLine(root, { notAfter: noon - days(1) })] })
  const failed = answer.trail.filter(({ ok }) => !ok)
  expect(failed.map(({ rule, certificate }) => [rule, certificate.subject.text])).toEqual([['expired', 'CN=Line 3']])
  expect(new Set(answer.trail.map(({ rule }) => rule))).toContain('name_constraint')
  expect(failed[0]?.says).toContain('expired at 2030-05-31')
})

test('walks up from a device to all that stands above it, nearest first', () => {
  const pool = [root, stranger, makeLine(stranger, { keys: keys.other }), line].map(({ certificate }) => certificate)
  expect(chainUpward(pump.certificate, pool).map(({ subject }) => subject.text)).toEqual([
    'CN=pump-12',
    'CN=Line 3',
    'CN=Plant Root',
  ])
})

test('thousands of names under thousands of constraints are refused before they are compared', () => {
  const names = (count: number) => Array.from({ length: count }, (_, index) => dns(`n${index}.example`))
  const ca = makeLine(root, { extensions: [caTrue(), nameConstraints({ permitted: names(1500) })] })
  const leaf = makePump(ca, { extensions: [alternativeNames(...names(1500))] })
  expect(ask({ leaf, others: [ca] })).toMatchObject({
    fault: { reason: 'name_constraint', facts: { name: '1501 names, more than can be compared' } },
  })
})
