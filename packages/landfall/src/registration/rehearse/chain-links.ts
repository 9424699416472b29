/** The path of certificates that was considered, one link a certificate, each with every rule that it was held to. */
import { idOf } from '../../enrollment/enrollment.ts'
import { catalogue, type Fault, type Reason, sentenceOf } from '../../fault.ts'
import { printable } from '../../ids.ts'
import type { Instant } from '../../system.ts'
import { type Certificate, type CertificateInfo, certificateInfoOf } from '../../x509/certificate.ts'
import { subjectOf } from '../../x509/judgements.ts'
import { findPath, type PathAnswer } from '../../x509/path.ts'
import { skewMs } from '../attest/proven-paths.ts'
import { judgeName } from '../attest/x509.ts'
import type { Facts } from '../facts.ts'
import { isVerified, type KnownIssuer } from '../issuers.ts'
import type { ShownChain } from '../shown.ts'
import type { Considered } from './rehearse.ts'

export interface ChainLink {
  readonly certificate: Certificate
  readonly info: CertificateInfo
  /** What the device sent; what is stored here and stood in for it; what the path ends at and is trusted for itself. */
  readonly from: 'sent' | 'stored' | 'anchor'
  /** The device sent it, wherever else it is known from. */
  readonly sent: boolean
  /** Enrollment groups and CA certificates by name that hold it. */
  readonly groups: readonly string[]
  readonly cas: readonly string[]
  readonly verified: boolean
  readonly rules: readonly RuleResult[]
}

export interface RuleResult {
  /** A reason of the catalogue, or `enrolled` and `verified`, which have none where they hold. */
  readonly rule: Reason | 'enrolled' | 'verified'
  readonly section: string
  readonly ok: boolean
  readonly says: string
}

interface Order {
  readonly evidence: { readonly certificates: readonly Uint8Array[] }
  readonly at: Instant
}

export function drawChain({ decision }: Considered, facts: Facts, order: Order): readonly ChainLink[] {
  const { shown } = facts
  if (shown.kind !== 'x509') return []
  const fault = 'fault' in decision ? decision.fault : undefined
  const found = ('found' in decision ? decision.found : undefined) ?? leafAlone(shown, facts, order.at)
  const links = found.path.map((certificate, index) => {
    const top = index === found.path.length - 1
    const known = facts.issuers.find(({ sha256Thumbprint }) => sha256Thumbprint === certificate.sha256Thumbprint)
    const sent = index === 0 || order.evidence.certificates.some((der) => Buffer.compare(der, certificate.der) === 0)
    const anchor = top && index > 0 && known !== undefined && isVerified(known)
    return {
      certificate,
      info: certificateInfoOf(certificate),
      from: anchor ? ('anchor' as const) : sent ? ('sent' as const) : ('stored' as const),
      sent,
      groups: known?.groups ?? [],
      cas: known?.cas.map(({ key }) => key) ?? [],
      verified: known !== undefined && isVerified(known),
      rules: [
        ...found.report.filter((judged) => judged.certificate === certificate).map(plain),
        ...(index === 0 ? [nameRule(certificate, facts)] : []),
        ...enrolledRule(known, decision, index),
        ...verifiedRule(certificate, known, top, fault),
      ],
    }
  })
  return fault && ofCertificates.has(fault.reason) ? withFault(links, fault) : links
}

/** Where nobody looked for a path: the rules of the certificate alone. */
const leafAlone = ({ leaf }: ShownChain, { id }: Facts, at: Instant): PathAnswer =>
  findPath({ leaf, others: [], anchors: [leaf], at, skewMs, id })

const plain = ({ rule, section, ok, says }: PathAnswer['report'][number]): RuleResult => ({ rule, section, ok, says })

const failed = ({ reason, facts }: Fault): RuleResult => ({
  rule: reason,
  section: catalogue[reason].section,
  ok: false,
  says: sentenceOf(reason, facts),
})

function nameRule(leaf: Certificate, { id }: Facts): RuleResult {
  const fault = judgeName(leaf, id)
  if (fault) return failed(fault)
  const says = `The common name "${printable(leaf.subject.commonName ?? '')}" is the registration id.`
  return { rule: 'id_mismatch', section: catalogue.id_mismatch.section, ok: true, says }
}

function enrolledRule(known: KnownIssuer | undefined, { enrollment }: Considered['decision'], index: number) {
  const section = 'contract/semantics 3.3'
  if (index === 0 && enrollment?.kind === 'individual') return ownCertificate(enrollment)
  if (enrollment?.kind !== 'group' || !known?.groups.includes(enrollment.key)) return []
  const says = `The enrollment group "${idOf(enrollment)}" is enrolled on it.`
  return [{ rule: 'enrolled', section, ok: true, says } as const]
}

function ownCertificate(enrollment: NonNullable<Considered['decision']['enrollment']>): readonly RuleResult[] {
  const says = `The individual enrollment "${idOf(enrollment)}" decides.`
  return [{ rule: 'enrolled', section: 'contract/semantics 3.1', ok: true, says }]
}

/** A certificate above the device's is trusted where its key was proven to be the operator's (contract/semantics 5.1). */
function verifiedRule(
  certificate: Certificate,
  known: KnownIssuer | undefined,
  top: boolean,
  fault: Fault | undefined,
) {
  if (!known) return []
  const section = 'contract/semantics 5.1'
  const says = `"${subjectOf(certificate)}" is verified.`
  if (isVerified(known)) return [{ rule: 'verified', section, ok: true, says } as const]
  return top && fault?.reason === 'anchor_unverified' ? [failed(fault)] : []
}

/** Faults that no rule of a path finds, but that are of its certificates. */
const ofCertificates: ReadonlySet<Reason> = new Set<Reason>([
  'certificate_differs',
  'anchor_unknown',
  'anchor_unverified',
  'chain_incomplete',
  'malformed',
  'unknown_enrollment',
])
const ofTheTop: ReadonlySet<Reason> = new Set<Reason>(['anchor_unknown', 'anchor_unverified', 'chain_incomplete'])

function withFault(links: readonly ChainLink[], fault: Fault): readonly ChainLink[] {
  if (links.some(({ rules }) => rules.some(({ ok, rule }) => !ok && rule === fault.reason))) return links
  const blamed = ofTheTop.has(fault.reason) ? links.length - 1 : 0
  return links.map((link, index) => (index === blamed ? { ...link, rules: [...link.rules, failed(fault)] } : link))
}
