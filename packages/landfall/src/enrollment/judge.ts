/** An enrollment beside the certificates that are stored already: what must be refused, and what can hardly be meant. */
import { ProvisioningError } from '../fault.ts'
import { type CaName, caKeyOf, type GroupKey, printable } from '../ids.ts'
import type { Instant } from '../system.ts'
import { type Certificate, knownCertificate } from '../x509/certificate.ts'
import type { CaCertificate } from './ca-certificate.ts'
import type {
  Attestation,
  ClientCertificatesAttestation,
  EnrolledCertificate,
  Enrollment,
  EnrollmentGroup,
  IndividualEnrollment,
} from './enrollment.ts'
import { invalid } from './fields.ts'
import { keyFaultOf } from './key-floor.ts'

/** The certificates of a group or an individual, once each. */
export function certificatesOf(attestation: Attestation): readonly EnrolledCertificate[] {
  if (attestation.type !== 'x509' || attestation.kind === 'caReferences') return []
  const slots = [attestation.primary, attestation.secondary].filter((slot) => slot !== undefined)
  return slots.filter((slot, index) => slots.findIndex((other) => other.der === slot.der) === index)
}

export function caNamesOf(attestation: Attestation): readonly CaName[] {
  if (attestation.type !== 'x509' || attestation.kind !== 'caReferences') return []
  return [attestation.primary, attestation.secondary].filter((name) => name !== undefined)
}

/** Who else holds a certificate, by its SHA-256 thumbprint. */
export interface Holder {
  readonly sha256Thumbprint: string
  readonly groups: readonly GroupKey[]
}

/** A signing certificate belongs to one group (contract/semantics 2.9). */
export function requireOwnCertificates(group: EnrollmentGroup, holders: readonly Holder[]): void {
  for (const { info } of certificatesOf(group.attestation)) {
    const holder = holders.find(({ sha256Thumbprint }) => sha256Thumbprint === info.sha256Thumbprint)
    const other = holder?.groups.find((key) => key !== group.key)
    if (other !== undefined) {
      throw new ProvisioningError('certificate_in_use', { subject: printable(info.subjectName), group: other })
    }
  }
}

/** Silent loss is what people complain of, so a name that does not exist is refused (contract/semantics 2.11). */
export function requireKnownCas(attestation: Attestation, cas: readonly CaCertificate[]): void {
  const stranger = caNamesOf(attestation).find((name) => !cas.some((ca) => ca.key === caKeyOf(name)))
  if (stranger === undefined) return
  throw invalid(`attestation.x509.caReferences names "${stranger}", but no such CA certificate is uploaded.`)
}

export interface Surroundings {
  readonly at: Instant
  /** The CA certificates that the enrollment names. */
  readonly cas: readonly CaCertificate[]
  /** Whether a signing certificate, or one above it, is verified (contract/management 5.7). */
  readonly isVerified: (certificate: EnrolledCertificate) => boolean
  readonly hasLinkedHub: boolean
}

/** Enrollments that are saved, as the cloud does, but can never let a device in (contract/semantics 19.16). */
export function warningsOf(enrollment: Enrollment, surroundings: Surroundings): readonly string[] {
  const { attestation } = enrollment
  const warnings = [
    ...certificatesOf(attestation).flatMap((certificate) => certificateWarnings(certificate, enrollment, surroundings)),
    ...surroundings.cas.filter((ca) => !ca.isVerified).map((ca) => unverified(ca.name)),
  ]
  if (enrollment.kind === 'individual' && attestation.type === 'x509' && attestation.kind === 'clientCertificates') {
    warnings.push(...nameWarnings(enrollment, attestation))
  }
  const staticNowhere = enrollment.allocationPolicy === 'static' && !enrollment.iotHubs && !enrollment.iotHubHostName
  if (staticNowhere) warnings.push('The allocation policy is static, but iotHubs names no hub.')
  if (!surroundings.hasLinkedHub) warnings.push('No hub is linked to this service, so no device can be assigned.')
  return warnings
}

const unverified = (what: string): string =>
  `The certificate "${printable(what)}" is not verified, nor is one above it; devices are refused until it is.`

function certificateWarnings(stored: EnrolledCertificate, { kind }: Enrollment, surroundings: Surroundings) {
  const certificate = parsed(stored)
  const subject = printable(stored.info.subjectName)
  const warnings: string[] = []
  if (certificate.notAfter < surroundings.at) {
    warnings.push(`The certificate "${subject}" expired at ${stored.info.notAfterUtc}.`)
  }
  const keyFault = keyFaultOf(certificate, surroundings.at)
  if (keyFault) warnings.push(keyFault)
  if (kind === 'individual') return warnings
  if (!certificate.extensions.basicConstraints?.ca) {
    warnings.push(`The signing certificate "${subject}" is no CA certificate (basicConstraints CA:TRUE is missing).`)
  }
  if (!surroundings.isVerified(stored)) warnings.push(unverified(stored.info.subjectName))
  return warnings
}

/** The common name is the registration id; compared when a device registers (contract/semantics 1.4). */
function nameWarnings({ key, registrationId }: IndividualEnrollment, attestation: ClientCertificatesAttestation) {
  return certificatesOf(attestation)
    .map((certificate) => parsed(certificate).subject.commonName ?? '')
    .filter((commonName) => commonName.toLowerCase() !== key)
    .map(
      (commonName) =>
        `The common name of the certificate is "${printable(commonName)}", not "${registrationId}": no device can match.`,
    )
}

const parsed = ({ der }: EnrolledCertificate): Certificate => knownCertificate(Buffer.from(der, 'base64'))
