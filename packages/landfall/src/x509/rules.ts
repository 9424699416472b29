/** The rules of a path, one function a rule, each under its section. A rule gives the facts of what is wrong, or nothing. */
import type { Facts, Reason } from '../fault.ts'
import { printable } from '../ids.ts'
import type { Instant } from '../system.ts'
import { isSupported, isWeak, nameOfKey } from './algorithms.ts'
import type { Certificate } from './certificate.ts'
import type { KeyUse } from './extensions.ts'
import { Comparisons, forbiddenName } from './name-constraints.ts'
import { policyFault } from './policies.ts'

export type Purpose = 'clientAuth' | 'serverAuth' | 'any'

/** What a path is judged for. */
export interface Circumstances {
  readonly at: Instant
  readonly skewMs: number
  readonly purpose: Purpose
  /** Absent: a budget for each certificate alone. */
  readonly comparisons?: Comparisons
}

/** A certificate in its place. `path`: leaf to anchor. */
export interface Place {
  readonly certificate: Certificate
  /** 0: the leaf. */
  readonly index: number
  readonly path: readonly Certificate[]
}

export interface Rule {
  readonly reason: Reason
  /** Of the certificate, where the rule is kept. */
  readonly holds: string
  readonly concerns: (place: Place) => boolean
  readonly broken: (place: Place, circumstances: Circumstances) => Facts | undefined
}

const every = () => true
const issuers = ({ index }: Place) => index > 0
const leaf = ({ index }: Place) => index === 0
/** An anchor is trusted for itself: nobody's signature makes it so. */
const signed = ({ index, path }: Place) => index < path.length - 1

// RFC 5280 4.2: not more than one instance of an extension
const duplicateExtension: Rule = {
  reason: 'duplicate_extension',
  holds: 'has no extension twice',
  concerns: every,
  broken: ({ certificate: { extensions } }) => (extensions.duplicate ? { oid: extensions.duplicate } : undefined),
}

// contract/semantics 4.12
const keyKind: Rule = {
  reason: 'unsupported_algorithm',
  holds: 'has a key that is understood',
  concerns: every,
  broken: ({ certificate: { keyKind: key } }) => (isSupported(key) ? undefined : { algorithm: nameOfKey(key) }),
}

// contract/semantics 4.12
const keyStrength: Rule = {
  reason: 'weak_key',
  holds: 'has a key that is strong enough',
  concerns: every,
  broken: ({ certificate: { keyKind: key } }) =>
    key.kind === 'rsa' && key.bits < 2048 ? { key: nameOfKey(key) } : undefined,
}

// contract/semantics 4.12
const signatureAlgorithm: Rule = {
  reason: 'unsupported_algorithm',
  holds: 'is signed with an algorithm that is understood',
  concerns: signed,
  broken: ({ certificate: { signatureAlgorithm: algorithm } }) =>
    algorithm.family === 'unknown' ? { algorithm: algorithm.name } : undefined,
}

// contract/semantics 4.12
const signatureStrength: Rule = {
  reason: 'weak_signature',
  holds: 'is signed with SHA-256 or better',
  concerns: signed,
  broken: ({ certificate: { signatureAlgorithm: algorithm } }) =>
    isWeak(algorithm) ? { algorithm: algorithm.name } : undefined,
}

const iso = (at: Instant): string => new Date(at).toISOString()

// RFC 5280 6.1.3(a)(2), with the tolerance of contract/semantics 4.8
const notExpired: Rule = {
  reason: 'expired',
  holds: 'has not expired',
  concerns: every,
  broken: ({ certificate: { notAfter } }, { at, skewMs }) =>
    // the second that notAfter names still belongs to it
    at >= notAfter + 1000 + skewMs ? { notAfter: iso(notAfter), at: iso(at) } : undefined,
}

// RFC 5280 6.1.3(a)(2), with the tolerance of contract/semantics 4.8
const begun: Rule = {
  reason: 'not_yet_valid',
  holds: 'is valid already',
  concerns: every,
  broken: ({ certificate: { notBefore } }, { at, skewMs }) =>
    at + skewMs < notBefore ? { notBefore: iso(notBefore), at: iso(at) } : undefined,
}

// RFC 5280 6.1.4(k); version 1 has no extensions, so no CA is of version 1
const isCa: Rule = {
  reason: 'not_a_ca',
  holds: 'is a CA',
  concerns: issuers,
  broken: ({ certificate }) => (certificate.extensions.basicConstraints?.ca ? undefined : {}),
}

// RFC 5280 6.1.4(l)-(m): certificates between this CA and the leaf, self-issued ones not counted
const pathLength: Rule = {
  reason: 'path_length',
  holds: 'allows as many CAs below it as there are',
  concerns: issuers,
  broken: ({ certificate, index, path }) => {
    const limit = certificate.extensions.basicConstraints?.pathLength
    const depth = path.slice(1, index).filter(({ selfIssued }) => !selfIssued).length
    return limit === undefined || depth <= limit ? undefined : { limit, depth }
  },
}

// RFC 5280 6.1.4(n); CAs without key usage are common (contract/semantics 4.10)
const mayIssue: Rule = {
  reason: 'key_usage',
  holds: 'may sign certificates',
  concerns: issuers,
  broken: ({ certificate: { extensions } }) =>
    extensions.keyUsage?.includes('keyCertSign') === false ? { lacks: 'keyCertSign' } : undefined,
}

// RFC 5280 4.2.1.12: the uses that go with each purpose
const usesFor: Readonly<Record<Purpose, readonly KeyUse[]>> = {
  clientAuth: ['digitalSignature', 'keyAgreement'],
  serverAuth: ['digitalSignature', 'keyEncipherment', 'keyAgreement'],
  any: [],
}

// a CA that shows itself as a device is let in by contract/semantics 4.11, whatever else its key may do
const mayShowItself: Rule = {
  reason: 'key_usage',
  holds: 'may be used by a device in a TLS handshake',
  concerns: leaf,
  broken: ({ certificate: { extensions } }, { purpose }) => {
    const uses = extensions.keyUsage
    if (uses === undefined || purpose === 'any' || extensions.basicConstraints?.ca) return
    return usesFor[purpose].some((use) => uses.includes(use)) ? undefined : { lacks: 'digitalSignature' }
  },
}

const purposes = { clientAuth: '1.3.6.1.5.5.7.3.2', serverAuth: '1.3.6.1.5.5.7.3.1' } as const
const anyExtendedKeyUsage = '2.5.29.37.0'

// RFC 5280 4.2.1.12, of the leaf; that a CA's should bind what is below it is custom of browsers, not of RFC 5280
const servesPurpose: Rule = {
  reason: 'extended_key_usage',
  holds: 'may be used for this purpose',
  concerns: leaf,
  broken: ({ certificate: { extensions } }, { purpose }) => {
    const allowed = extensions.extendedKeyUsage
    if (allowed === undefined || purpose === 'any') return
    return allowed.includes(purposes[purpose]) || allowed.includes(anyExtendedKeyUsage) ? undefined : { purpose }
  },
}

// RFC 5280 6.1.3(b)-(c): self-issued intermediates are exempt, the leaf never is
const nameConstraints: Rule = {
  reason: 'name_constraint',
  holds: 'has names that every CA above it permits',
  concerns: signed,
  broken: ({ certificate, index, path }, { comparisons = new Comparisons() }) => {
    if (index > 0 && certificate.selfIssued) return
    for (const ca of path.slice(index + 1)) {
      const name = forbiddenName(ca, certificate, comparisons)
      if (name !== undefined) return { name: printable(name), ca: printable(ca.subject.text) }
    }
  },
}

// RFC 5280 6.1.4(o), 6.1.5(e)-(f)
const criticalExtensions: Rule = {
  reason: 'critical_extension',
  holds: 'has no critical extension that is not understood',
  concerns: every,
  broken: ({ certificate: { extensions } }) =>
    extensions.unknownCritical ? { oid: extensions.unknownCritical } : undefined,
}

// RFC 5280 6.1.3(d)-(f), 6.1.4(a)-(j), 6.1.5(a)-(g)
const policies: Rule = {
  reason: 'policy',
  holds: 'has a policy, or none is required',
  concerns: signed,
  broken: ({ certificate, path }) => (policyFault(path.slice(0, -1).reverse()) === certificate ? {} : undefined),
}

/** In the order in which they decide: the first broken one is the one to tell. */
export const rules: readonly Rule[] = [
  duplicateExtension,
  keyKind,
  keyStrength,
  signatureAlgorithm,
  signatureStrength,
  notExpired,
  begun,
  isCa,
  pathLength,
  mayIssue,
  criticalExtensions,
  mayShowItself,
  servesPurpose,
  nameConstraints,
  policies,
]
