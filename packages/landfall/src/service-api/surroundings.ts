/** What is stored around an enrollment that is about to be saved: CA certificates, verified anchors, linked hubs. */
import { type Holder, requireKnownCas, requireOwnCertificates } from '../enrollment/conflicts.ts'
import type { EnrolledCertificate, Enrollment } from '../enrollment/enrollment.ts'
import { caNamesOf, certificatesOf } from '../enrollment/named-certificates.ts'
import { warningsOf } from '../enrollment/warnings.ts'
import { caKeyOf, type HubName } from '../ids.ts'
import type { Settings } from '../store/settings.ts'
import type { Store } from '../store/store.ts'
import { chainBudget } from '../x509/budget.ts'
import { type Certificate, knownCertificate } from '../x509/certificate.ts'
import { SignatureChecks } from '../x509/signatures.ts'
import type { Call } from './call.ts'

export const linkedHubsOf = (settings: Settings): readonly HubName[] =>
  settings.hubs.filter((hub) => hub.linked).map((hub) => hub.name)

/** Refuses what cannot stand beside the rest; gives back the warnings about what can. */
export async function judge(
  enrollment: Enrollment,
  { at, settings }: Pick<Call, 'at' | 'settings'>,
  store: Store,
): Promise<readonly string[]> {
  const { attestation } = enrollment
  const named = await Promise.all(caNamesOf(attestation).map((name) => store.caCertificate(caKeyOf(name))))
  const cas = named.filter((ca) => ca !== undefined)
  requireKnownCas(attestation, cas)
  const signing = enrollment.kind === 'group' ? certificatesOf(attestation) : []
  const holders = await holdersOf([...signing, ...cas.map((ca) => ca.certificate)], store)
  if (enrollment.kind === 'group') requireOwnCertificates(enrollment, holders)
  const verified = await verifiedOf(signing, store)
  return warningsOf(enrollment, { at, cas, holders, verified, linkedHubs: linkedHubsOf(settings) })
}

function holdersOf(certificates: readonly EnrolledCertificate[], store: Store): Promise<readonly Holder[]> {
  const thumbprints = certificates.map(({ info }) => info.sha256Thumbprint)
  return thumbprints.length === 0 ? Promise.resolve([]) : store.issuerCertificates({ thumbprints, subjectHashes: [] })
}

async function verifiedOf(certificates: readonly EnrolledCertificate[], store: Store): Promise<ReadonlySet<string>> {
  const found = await Promise.all(certificates.map((certificate) => isVerified(certificate, store)))
  return new Set(certificates.filter((_, index) => found[index]).map(({ info }) => info.sha256Thumbprint))
}

/** Whether it, or a certificate above it, is an uploaded CA certificate whose key was proved (contract/semantics 4.3). */
async function isVerified({ der }: EnrolledCertificate, store: Store): Promise<boolean> {
  const checks = new SignatureChecks(chainBudget.signatures)
  let level: readonly Certificate[] = [parse(der)]
  for (let step = 0; step < chainBudget.certificates && level.length > 0; step += 1) {
    const stored = await store.issuerCertificates({
      thumbprints: level.map((certificate) => certificate.sha256Thumbprint),
      subjectHashes: level.map(({ issuer }) => issuer.hash),
    })
    const own = stored.filter((entry) => level.some((below) => below.sha256Thumbprint === entry.sha256Thumbprint))
    if (own.some(({ cas }) => cas.some((ca) => ca.isVerified))) return true
    const above = stored.filter((entry) => !own.includes(entry)).map((entry) => parse(entry.der))
    level = above.filter((issuer) => level.some((below) => checks.link(below, issuer) === 'good'))
  }
  return false
}

const parse = (der: string): Certificate => knownCertificate(Buffer.from(der, 'base64'))
