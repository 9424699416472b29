/** The extensions that path validation acts on (RFC 5280 4.2.1), read strictly; all others are only counted. */
import { context, contextOf, DerReader, MalformedCertificate, readOnly, tags } from './der.ts'
import { type Name, readName } from './names.ts'

export type KeyUse =
  | 'digitalSignature'
  | 'nonRepudiation'
  | 'keyEncipherment'
  | 'dataEncipherment'
  | 'keyAgreement'
  | 'keyCertSign'
  | 'cRLSign'
  | 'encipherOnly'
  | 'decipherOnly'

/** A name of a subject, or a constraint on names, by its form. */
export type GeneralName =
  | { readonly form: 'rfc822' | 'dns' | 'uri'; readonly text: string }
  | { readonly form: 'directory'; readonly name: Name }
  | { readonly form: 'ip'; readonly bytes: Uint8Array }
  | { readonly form: 'other'; readonly tag: number }

export interface NameConstraints {
  readonly permitted: readonly GeneralName[]
  readonly excluded: readonly GeneralName[]
}

export interface Extensions {
  readonly basicConstraints?: { readonly ca: boolean; readonly pathLength?: number }
  readonly keyUsage?: readonly KeyUse[]
  readonly extendedKeyUsage?: readonly string[]
  readonly nameConstraints?: NameConstraints
  readonly subjectAltNames?: readonly GeneralName[]
  /** Lower-case hex. Hints for finding a path, never rules (contract/semantics 4.10). */
  readonly subjectKeyId?: string
  readonly authorityKeyId?: string
  readonly policies?: readonly string[]
  readonly policyMappings?: readonly { readonly issuer: string; readonly subject: string }[]
  readonly requireExplicitPolicy?: number
  readonly inhibitPolicyMapping?: number
  readonly inhibitAnyPolicy?: number
  /** The first critical one that is not understood. */
  readonly unknownCritical?: string
  /** The first that stands there twice. */
  readonly duplicate?: string
}

type Draft = { -readonly [Member in keyof Extensions]: Extensions[Member] }
type Reading = (value: Uint8Array, draft: Draft) => void

/** More than any real certificate has. */
const mostExtensions = 100
const mostPolicies = 100

export function readExtensions(sequence: DerReader): Extensions {
  const draft: Draft = {}
  const seen = new Set<string>()
  if (!sequence.more) throw new MalformedCertificate('its list of extensions is empty')
  while (sequence.more) {
    readExtension(sequence.enter(tags.sequence, 'an extension'), seen, draft)
    if (seen.size > mostExtensions) throw new MalformedCertificate(`it has more than ${mostExtensions} extensions`)
  }
  return draft
}

function readExtension(extension: DerReader, seen: Set<string>, draft: Draft): void {
  const oid = extension.oid('the type of an extension')
  // DER would leave FALSE out; certificates of older tools write it
  const critical = extension.tag === tags.boolean && extension.boolean('the criticality of an extension')
  const value = extension.enter(tags.octetString, 'the value of an extension').rest()
  extension.finish('an extension')
  if (seen.has(oid)) draft.duplicate ??= oid
  else readings[oid]?.(value, draft)
  if (critical && readings[oid] === undefined) draft.unknownCritical ??= oid
  seen.add(oid)
}

const readings: Readonly<Record<string, Reading>> = {
  '2.5.29.19': (value, draft) => {
    draft.basicConstraints = readBasicConstraints(value)
  },
  '2.5.29.15': (value, draft) => {
    draft.keyUsage = readKeyUsage(value)
  },
  '2.5.29.37': (value, draft) => {
    draft.extendedKeyUsage = readOids(value, 'its extended key usage')
  },
  '2.5.29.30': (value, draft) => {
    draft.nameConstraints = readNameConstraints(value)
  },
  '2.5.29.17': (value, draft) => {
    draft.subjectAltNames = readGeneralNames(readOnly(value, tags.sequence, 'its alternative names'))
  },
  '2.5.29.18': () => {}, // issuer alternative names: understood, without consequence
  '2.5.29.14': (value, draft) => {
    draft.subjectKeyId = hex(readOnly(value, tags.octetString, 'its subject key id').rest())
  },
  '2.5.29.35': (value, draft) => {
    const keyId = readOnly(value, tags.sequence, 'its authority key id').optional(context(0))
    if (keyId) draft.authorityKeyId = hex(keyId.rest())
  },
  '2.5.29.32': (value, draft) => {
    draft.policies = readPolicies(value)
  },
  '2.5.29.33': (value, draft) => {
    draft.policyMappings = readMappings(value)
  },
  '2.5.29.36': (value, draft) => {
    const constraints = readOnly(value, tags.sequence, 'its policy constraints')
    const what = 'a number of its policy constraints'
    if (!constraints.more) throw new MalformedCertificate('its policy constraints are empty')
    if (constraints.tag === context(0)) draft.requireExplicitPolicy = constraints.count(what, context(0))
    if (constraints.tag === context(1)) draft.inhibitPolicyMapping = constraints.count(what, context(1))
    constraints.finish('its policy constraints')
  },
  '2.5.29.54': (value, draft) => {
    const reader = new DerReader(value)
    draft.inhibitAnyPolicy = reader.count('its inhibitAnyPolicy')
    reader.finish('its inhibitAnyPolicy')
  },
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')

function readBasicConstraints(value: Uint8Array): Extensions['basicConstraints'] {
  const constraints = readOnly(value, tags.sequence, 'its basicConstraints')
  const ca = constraints.tag === tags.boolean && constraints.boolean('CA in its basicConstraints')
  // a path length beside CA:FALSE is what a Windows tutorial makes: contract/management 8.2
  const pathLength = constraints.more ? constraints.count('the path length of its basicConstraints') : undefined
  constraints.finish('its basicConstraints')
  return { ca, pathLength }
}

const keyUses: readonly KeyUse[] = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
]

function readKeyUsage(value: Uint8Array): readonly KeyUse[] {
  const reader = new DerReader(value)
  const [unused, ...octets] = reader.enter(tags.bitString, 'its key usage').rest()
  reader.finish('its key usage')
  // X.690 11.2.1: unused bits are zero; OpenSSL reads them as zero whatever they are, so they must never count as uses
  const unusedAreZero = unused !== undefined && unused < 8 && ((octets.at(-1) ?? 0xff) & ((1 << unused) - 1)) === 0
  if (!unusedAreZero || octets.length > 2) throw new MalformedCertificate('its key usage is no list of bits')
  return keyUses.filter((_, bit) => ((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0)
}

function readOids(value: Uint8Array, what: string): readonly string[] {
  const sequence = readOnly(value, tags.sequence, what)
  const oids: string[] = []
  while (sequence.more) oids.push(sequence.oid(what))
  if (oids.length === 0) throw new MalformedCertificate(`${what} is empty`)
  return oids
}

function readPolicies(value: Uint8Array): readonly string[] {
  const sequence = readOnly(value, tags.sequence, 'its certificate policies')
  const oids = new Set<string>()
  while (sequence.more) {
    const oid = sequence.enter(tags.sequence, 'a certificate policy').oid('a certificate policy')
    // RFC 5280 4.2.1.4: a policy must not appear twice
    if (oids.has(oid)) throw new MalformedCertificate(`it has the certificate policy ${oid} twice`)
    oids.add(oid)
    if (oids.size > mostPolicies)
      throw new MalformedCertificate(`it has more than ${mostPolicies} certificate policies`)
  }
  if (oids.size === 0) throw new MalformedCertificate('its certificate policies are empty')
  return [...oids]
}

function readMappings(value: Uint8Array): Extensions['policyMappings'] {
  const sequence = readOnly(value, tags.sequence, 'its policy mappings')
  const mappings: { issuer: string; subject: string }[] = []
  while (sequence.more) {
    const pair = sequence.enter(tags.sequence, 'a policy mapping')
    mappings.push({ issuer: pair.oid('a policy mapping'), subject: pair.oid('a policy mapping') })
    pair.finish('a policy mapping')
    if (mappings.length > mostPolicies)
      throw new MalformedCertificate(`it has more than ${mostPolicies} policy mappings`)
  }
  if (mappings.length === 0) throw new MalformedCertificate('its policy mappings are empty')
  return mappings
}

function readNameConstraints(value: Uint8Array): NameConstraints {
  const sequence = readOnly(value, tags.sequence, 'its name constraints')
  if (!sequence.more) throw new MalformedCertificate('its name constraints are empty')
  const permitted = sequence.optional(contextOf(0))
  const excluded = sequence.optional(contextOf(1))
  sequence.finish('its name constraints')
  return { permitted: permitted ? readSubtrees(permitted) : [], excluded: excluded ? readSubtrees(excluded) : [] }
}

function readSubtrees(sequence: DerReader): readonly GeneralName[] {
  const bases: GeneralName[] = []
  while (sequence.more) {
    const subtree = sequence.enter(tags.sequence, 'a name constraint')
    bases.push(readGeneralName(subtree, 8))
    // RFC 5280 4.2.1.10: minimum is zero (and then left out), maximum absent
    if (subtree.tag === context(0) && subtree.count('the minimum of a name constraint', context(0)) !== 0) {
      throw new MalformedCertificate('a name constraint has a minimum')
    }
    subtree.finish('a name constraint')
  }
  if (bases.length === 0) throw new MalformedCertificate('a list of its name constraints is empty')
  return bases
}

function readGeneralNames(sequence: DerReader): readonly GeneralName[] {
  const names: GeneralName[] = []
  while (sequence.more) names.push(readGeneralName(sequence, 4))
  if (names.length === 0) throw new MalformedCertificate('its list of alternative names is empty')
  return names
}

// RFC 5280 4.2.1.6; the same number in the other encoding would be a name that no constraint of its form is compared with
const generalNameTags = new Set([
  ...[0, 3, 4, 5].map(contextOf), // otherName, x400Address, directoryName, ediPartyName
  ...[1, 2, 6, 7, 8].map(context), // rfc822Name, dNSName, uniformResourceIdentifier, iPAddress, registeredID
])

/** `addressOctets`: 4 for an address, 8 for a range; four times as many for IPv6. */
function readGeneralName(reader: DerReader, addressOctets: 4 | 8): GeneralName {
  const tag = reader.tag
  if (!generalNameTags.has(tag)) throw new MalformedCertificate('one of its names is of no known form')
  const content = reader.next()
  switch (tag) {
    case context(1):
      return { form: 'rfc822', text: readAscii(content.rest()) }
    case context(2):
      return { form: 'dns', text: readAscii(content.rest()) }
    case context(6):
      return { form: 'uri', text: readAscii(content.rest()) }
    case contextOf(4): {
      const name = readName(content, 'a directory name')
      content.finish('a directory name')
      return { form: 'directory', name }
    }
    case context(7):
      return { form: 'ip', bytes: readAddress(content.rest(), addressOctets) }
    default:
      return { form: 'other', tag }
  }
}

function readAscii(bytes: Uint8Array): string {
  if (bytes.some((octet) => octet >= 0x80)) throw new MalformedCertificate('one of its names is not ASCII')
  return Buffer.from(bytes).toString('latin1')
}

function readAddress(bytes: Uint8Array, octets: 4 | 8): Uint8Array {
  if (bytes.length !== octets && bytes.length !== octets * 4)
    throw new MalformedCertificate('an IP address has a wrong length')
  return bytes
}
