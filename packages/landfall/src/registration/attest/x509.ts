/** A device that shows a certificate: its own, enrolled as it stands, or one that a group's CA issued (contract/semantics 4). */
import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type {
  CaReferencesAttestation,
  ClientCertificatesAttestation,
  EnrollmentGroup,
  IndividualEnrollment,
} from '../../enrollment/enrollment.ts'
import type { Fault } from '../../fault.ts'
import { caKeyOf, type RegistrationId } from '../../ids.ts'
import type { Instant } from '../../system.ts'
import type { Certificate } from '../../x509/certificate.ts'
import { chainUpward, findPath, type PathAnswer } from '../../x509/path.ts'
import { isVerified, type KnownIssuer } from '../issuers.ts'
import type { ShownChain } from '../shown.ts'

/** Either side of a certificate's dates (contract/semantics 4.8). */
export const skewMs = 5 * 60_000

/** `says` tells what was proven, step by step. */
export type Proof = { readonly says: readonly string[] } | { readonly fault: Fault; readonly says: readonly string[] }

interface Question {
  readonly chain: ShownChain
  readonly id: RegistrationId
  readonly at: Instant
}

// contract/semantics 4.5-4.7: the whole certificate is compared, its chain does not matter
export function attestByOwnCertificate(
  attestation: ClientCertificatesAttestation,
  { chain: { leaf }, id, at }: Question,
  ignoreDates: boolean,
): Proof {
  const named = judgeName(leaf, id)
  const slot = slotOf(attestation, leaf)
  if (!slot) return { says: [], fault: named ?? { reason: 'certificate_differs', facts: { id, ...shownOf(leaf) } } }
  const path = findPath({ leaf, others: [], anchors: [leaf], at: ignoreDates ? middleOf(leaf) : at, skewMs, id })
  const says = [`The certificate is the ${slot} one of the enrollment.`]
  const fault = path.kind === 'fault' ? path.fault : named
  return fault ? { says, fault } : { says }
}

function slotOf({ primary, secondary }: ClientCertificatesAttestation, leaf: Certificate) {
  const thumbprint = leaf.sha256Thumbprint
  if (primary?.info.sha256Thumbprint === thumbprint) return 'primary'
  return secondary?.info.sha256Thumbprint === thumbprint ? 'secondary' : undefined
}

const middleOf = ({ notBefore, notAfter }: Certificate): Instant => (notBefore + notAfter) / 2

/** What must stand in the path, beside a verified certificate at or above it. */
interface Demand {
  readonly own: (issuer: KnownIssuer) => boolean
  /** Names the demand and its version, for the memory of proven paths. */
  readonly version: string
}

export function demandOfGroup({ key, etag }: EnrollmentGroup): Demand {
  return { own: ({ groups }) => groups.includes(key), version: `group ${key} ${etag}` }
}

// contract/semantics 2.4
export function demandOfReferences({ key, etag }: IndividualEnrollment, attestation: CaReferencesAttestation): Demand {
  const names = [attestation.primary, attestation.secondary].flatMap((name) => (name ? [caKeyOf(name)] : []))
  return { own: ({ cas }) => cas.some((ca) => names.includes(ca.key)), version: `individual ${key} ${etag}` }
}

/** A path leaf … own certificate … verified certificate, by RFC 5280; then the common name (contract/semantics 4.3, 4.14). */
export function attestByIssuer(
  demand: Demand,
  issuers: readonly KnownIssuer[],
  question: Question,
  paths: ProvenPaths,
): Proof {
  const proof = provePath(demand, issuers, question, paths)
  if ('fault' in proof) return proof
  const fault = judgeName(question.chain.leaf, question.id)
  return fault ? { ...proof, fault } : proof
}

function provePath(demand: Demand, issuers: readonly KnownIssuer[], question: Question, paths: ProvenPaths): Proof {
  const { leaf, others, unreadable } = question.chain
  const name = nameOf(demand, issuers, question.chain)
  const proven = paths.find(name, question.at)
  if (proven) return proven
  const own = issuers.filter(demand.own).map(({ certificate }) => certificate)
  const verified = issuers.filter(isVerified).map(({ certificate }) => certificate)
  const common = {
    leaf,
    others: [...others, ...issuers.map(({ certificate }) => certificate)],
    at: question.at,
    skewMs,
    purpose: 'clientAuth',
    through: own.map(({ sha256Thumbprint }) => sha256Thumbprint),
    id: question.id,
  } as const
  const result = findPath({ ...common, anchors: verified })
  if (result.kind === 'path') {
    const proof = { says: [pathSays(result.path)] }
    paths.remember(name, proof, windowOf(result.path))
    return proof
  }
  // What is wrong with the chain itself says more than that nothing above it is verified
  const untrusted = findPath({ ...common, anchors: own })
  if (untrusted.kind === 'fault') return { says: linksOf(untrusted), fault: unreadable ?? untrusted.fault }
  const fault = {
    reason: 'anchor_unverified',
    facts: { id: question.id, ...unverified(leaf, untrusted.path, common.others) },
  } as const
  return { says: [pathSays(untrusted.path)], fault }
}

/** The unverified anchor of a path, and the issuer above it that was neither sent nor is stored, if one is missing. */
function unverified(leaf: Certificate, path: readonly Certificate[], pool: readonly Certificate[]) {
  const anchor = path.at(-1)
  const top = chainUpward(leaf, pool).at(-1)
  return { subject: anchor?.subject.text, missing: top?.selfIssued ? undefined : top?.issuer.text }
}

/** As far as the chain was followed. */
const linksOf = ({ trail }: PathAnswer) =>
  trail.filter(({ ok, rule }) => ok && rule === 'signature_invalid').map(({ says }) => says)

const pathSays = (path: readonly Certificate[]) =>
  `A valid path was found: ${path.map(({ subject }) => `"${subject.text}"`).join(' < ')}.`

// contract/semantics 4.13, 4.14
export function judgeName(leaf: Certificate, id: RegistrationId): Fault | undefined {
  const { commonName, text } = leaf.subject
  if (commonName === undefined) return { reason: 'no_common_name', facts: { id, subject: text } }
  if (commonName.toLowerCase() !== id.toLowerCase()) return { reason: 'id_mismatch', facts: { id, commonName } }
}

/** No enrollment at all: says what of the chain is to blame, if anything is (contract/semantics 4.1). */
export function explainUnknown(issuers: readonly KnownIssuer[], { chain, id, at }: Question): Fault {
  const { leaf, others, unreadable } = chain
  const known = issuers.map(({ certificate }) => certificate)
  const path = findPath({ leaf, others: [...others, ...known], anchors: known, at, skewMs, purpose: 'clientAuth', id })
  if (path.kind === 'fault' && known.length > 0) return unreadable ?? path.fault
  const named = leaf.selfIssued ? judgeName(leaf, id) : undefined
  if (leaf.selfIssued) return named ?? { reason: 'unknown_enrollment', facts: { id, attestation: 'X.509 certificate' } }
  return unreadable ?? topFault(chain, id)
}

function topFault({ leaf, others }: ShownChain, id: RegistrationId): Fault {
  let top = leaf
  for (let step = 0; step < others.length && !top.selfIssued; step++) {
    const above = others.find(({ subject }) => subject.hash === top.issuer.hash)
    if (!above) break
    top = above
  }
  const facts = { id, subject: top.subject.text, issuer: top.issuer.text }
  return { reason: top.selfIssued ? 'anchor_unknown' : 'chain_incomplete', facts }
}

const shownOf = ({ sha256Thumbprint, subject }: Certificate) => ({ sha256Thumbprint, subject: subject.text })

interface Window {
  readonly from: Instant
  readonly until: Instant
}

function windowOf(path: readonly Certificate[]): Window {
  return {
    from: Math.max(...path.map(({ notBefore }) => notBefore)) - skewMs,
    until: Math.min(...path.map(({ notAfter }) => notAfter)) + skewMs,
  }
}

/** Everything that the proof rests on, so that it never has to be taken back, only forgotten. */
function nameOf({ version }: Demand, issuers: readonly KnownIssuer[], { leaf, others }: ShownChain): string {
  const stored = issuers.map((issuer) => {
    const held = issuer.groups.length > 0 ? issuer.groups.join(' ') : ''
    return `${issuer.sha256Thumbprint} ${isVerified(issuer)} ${held} ${issuer.cas.map((ca) => ca.key).join(' ')}`
  })
  const sent = [leaf, ...others].map(({ sha256Thumbprint }) => sha256Thumbprint)
  return hash('sha256', [version, ...sent, '', ...stored].join('\n'), 'base64')
}

export interface ProvenPaths {
  find(name: string, at: Instant): Proof | undefined
  remember(name: string, proof: Proof, window: Window): void
}

/** A device that polls or comes again soon; some 400 bytes each. */
const mostPaths = 10_000

export function makeProvenPaths(): ProvenPaths {
  const known = new LRUCache<string, Window & { readonly proof: Proof }>({ max: mostPaths })
  return {
    find(name, at) {
      const found = known.get(name)
      return found && at >= found.from && at <= found.until ? found.proof : undefined
    },
    remember(name, proof, window) {
      known.set(name, { ...window, proof })
    },
  }
}
