/** A device that shows a certificate: its own, enrolled as it stands, or one that a group's CA issued (contract/semantics 4). */
import type {
  CaReferencesAttestation,
  ClientCertificatesAttestation,
  EnrollmentGroup,
  IndividualEnrollment,
} from '../../enrollment/enrollment.ts'
import type { Fault } from '../../fault.ts'
import { caKeyOf, isSameId, printable, type RegistrationId } from '../../ids.ts'
import type { Instant } from '../../system.ts'
import type { Certificate } from '../../x509/certificate.ts'
import { longestCommonName } from '../../x509/names.ts'
import { chainUpward, findPath, type PathAnswer } from '../../x509/path.ts'
import { isVerified, type KnownIssuer } from '../issuers.ts'
import type { RegistrationOptions } from '../options.ts'
import type { ShownChain } from '../shown.ts'
import { nameOfProof, type Proven, type ProvenPaths, skewMs } from './proven-paths.ts'

/** `says` tells what was proven, step by step; `found` is the path that was judged, where one was looked for. */
export type Proof = (Proven | { readonly fault: Fault; readonly says: readonly string[] }) & {
  readonly found?: PathAnswer
}

interface Question {
  readonly chain: ShownChain
  readonly id: RegistrationId
  readonly at: Instant
}

// contract/semantics 4.5-4.7: the whole certificate is compared, its chain does not matter
export function attestByOwnCertificate(
  attestation: ClientCertificatesAttestation,
  { chain: { leaf }, id, at }: Question,
  { individualIgnoreExpiry }: Pick<RegistrationOptions, 'individualIgnoreExpiry'>,
): Proof {
  const named = judgeName(leaf, id)
  const slot = slotOf(attestation, leaf)
  if (!slot) return { says: [], fault: named ?? { reason: 'certificate_differs', facts: { id, ...shownOf(leaf) } } }
  const judgedAt = individualIgnoreExpiry ? middleOf(leaf) : at
  const path = findPath({ leaf, others: [], anchors: [leaf], at: judgedAt, skewMs, id })
  const says = [`The certificate is the ${slot} one of the enrollment.`]
  const fault = path.kind === 'fault' ? path.fault : named
  return fault ? { says, fault, found: path } : { says, found: path }
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
  const name = nameOfProof(demand.version, issuers, question.chain)
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
    paths.remember(name, proof, result.path)
    return { ...proof, found: result }
  }
  // What is wrong with the chain itself says more than that nothing above it is verified
  const untrusted = findPath({ ...common, anchors: own })
  if (untrusted.kind === 'fault') {
    return { says: linksOf(untrusted), fault: unreadable ?? untrusted.fault, found: longer(untrusted, result) }
  }
  const fault = {
    reason: 'anchor_unverified',
    facts: { id: question.id, ...unverified(leaf, untrusted.path, common.others) },
  } as const
  return { says: [pathSays(untrusted.path)], fault, found: untrusted }
}

type PathFault = Extract<PathAnswer, { kind: 'fault' }>

/** Of two paths with one fault, the one that leads up to a verified certificate is the one to tell about. */
const longer = (own: PathFault, verified: PathFault): PathFault =>
  verified.fault.reason === own.fault.reason && verified.path.length > own.path.length ? verified : own

/** The unverified anchor of a path, and the issuer above it that was neither sent nor is stored, if one is missing. */
function unverified(leaf: Certificate, path: readonly Certificate[], pool: readonly Certificate[]) {
  const anchor = path.at(-1)
  const top = chainUpward(leaf, pool).at(-1)
  return {
    subject: anchor && nameOfSubject(anchor),
    missing: top?.selfIssued === false ? printable(top.issuer.text) : undefined,
  }
}

/** As far as the chain was followed. */
const linksOf = ({ trail }: PathAnswer) =>
  trail.filter(({ ok, rule }) => ok && rule === 'signature_invalid').map(({ says }) => says)

const pathSays = (path: readonly Certificate[]) =>
  `A valid path was found: ${path.map((certificate) => `"${nameOfSubject(certificate)}"`).join(' < ')}.`

// contract/semantics 4.13, 4.14; by 1.4 a device with a certificate has no longer id than a common name can be
export function judgeName(leaf: Certificate, id: RegistrationId): Fault | undefined {
  const { commonName, text } = leaf.subject
  if (commonName === undefined) return { reason: 'no_common_name', facts: { id, subject: printable(text) } }
  if (commonName.length > longestCommonName) {
    const why = `its common name is longer than ${longestCommonName} characters`
    return { reason: 'malformed', facts: { id, subject: printable(text), position: 1, why } }
  }
  if (!isSameId(commonName, id)) return { reason: 'id_mismatch', facts: { id, commonName: printable(commonName) } }
}

/** No enrollment at all: says what of the chain is to blame, if anything is (contract/semantics 4.1). */
export function explainUnknown(issuers: readonly KnownIssuer[], { chain, id, at }: Question) {
  const { leaf, others } = chain
  const known = issuers.map(({ certificate }) => certificate)
  const found = findPath({ leaf, others: [...others, ...known], anchors: known, at, skewMs, purpose: 'clientAuth', id })
  return { fault: faultOfUnknown(found, chain, id, known.length > 0), found }
}

function faultOfUnknown(found: PathAnswer, chain: ShownChain, id: RegistrationId, someKnown: boolean): Fault {
  const { leaf, unreadable } = chain
  if (found.kind === 'path')
    return { reason: 'anchor_unknown', facts: { id, subject: nameOfSubject(found.path.at(-1) ?? leaf) } }
  if (someKnown) return unreadable ?? found.fault
  if (leaf.selfIssued) {
    return judgeName(leaf, id) ?? { reason: 'unknown_enrollment', facts: { id, attestation: 'X.509 certificate' } }
  }
  return unreadable ?? faultOfTop(chain, id)
}

/** Nothing above it is stored: what was sent ends either at a root, or where something is missing. */
function faultOfTop({ leaf, others }: ShownChain, id: RegistrationId): Fault {
  let top = leaf
  for (let step = 0; step < others.length && !top.selfIssued; step++) {
    const above = others.find(({ subject }) => subject.hash === top.issuer.hash)
    if (!above) break
    top = above
  }
  const facts = { id, subject: nameOfSubject(top), issuer: printable(top.issuer.text) }
  return { reason: top.selfIssued ? 'anchor_unknown' : 'chain_incomplete', facts }
}

const shownOf = (certificate: Certificate) => ({
  sha256Thumbprint: certificate.sha256Thumbprint,
  subject: nameOfSubject(certificate),
})

/** A name is whatever its certificate says: without control characters, and short, before it stands in a sentence. */
const nameOfSubject = ({ subject }: Certificate): string => printable(subject.text)
