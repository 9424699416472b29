/**
 * Enrollments that are saved, as the cloud does, but let no device in, or not as was meant: told in
 * `x-landfall-warning` (contract/semantics 19.16).
 */
import { type HubName, printable } from '../ids.ts'
import type { Instant } from '../system.ts'
import { parseCertificate } from '../x509/certificate.ts'
import type { CaCertificate } from './ca-certificate.ts'
import { type Holder, otherHolder } from './conflicts.ts'
import type { EnrolledCertificate, Enrollment, EnrollmentGroup, IndividualEnrollment } from './enrollment.ts'
import { keyFaultOf } from './key-floor.ts'
import { certificatesOf } from './named-certificates.ts'

export interface Surroundings {
  readonly at: Instant
  /** The CA certificates that the enrollment names. */
  readonly cas: readonly CaCertificate[]
  /** Who else these, or the signing certificates, let in. */
  readonly holders: readonly Holder[]
  /** SHA-256 of the signing certificates that are verified, themselves or by one above (contract/management 5.7). */
  readonly verified: ReadonlySet<string>
  readonly linkedHubs: readonly HubName[]
}

export function warningsOf(enrollment: Enrollment, surroundings: Surroundings): readonly string[] {
  const ofKind = enrollment.kind === 'group' ? groupWarnings(enrollment, surroundings) : individualWarnings(enrollment)
  return [
    ...certificatesOf(enrollment.attestation).flatMap((certificate) => certificateWarnings(certificate, surroundings)),
    ...ofKind,
    ...surroundings.cas.filter((ca) => !ca.isVerified).map(unverifiedReference),
    ...hubWarnings(enrollment, surroundings),
  ]
}

function certificateWarnings({ der, info }: EnrolledCertificate, { at }: Surroundings): readonly string[] {
  const certificate = parseCertificate(Buffer.from(der, 'base64'))
  const expired = `The certificate "${printable(info.subjectName)}" expired at ${info.notAfterUtc}.`
  const keyFault = keyFaultOf(certificate, at)
  return [...(certificate.notAfter < at ? [expired] : []), ...(keyFault ? [keyFault] : [])]
}

/** The common name is the registration id; compared when a device registers (contract/semantics 1.4). */
function individualWarnings({ key, registrationId, attestation }: IndividualEnrollment): readonly string[] {
  return certificatesOf(attestation)
    .map(({ der }) => parseCertificate(Buffer.from(der, 'base64')).subject.commonName ?? '')
    .filter((commonName) => commonName.toLowerCase() !== key)
    .map(
      (commonName) =>
        `The common name of the certificate is "${printable(commonName)}", not "${registrationId}": no device can match.`,
    )
}

function groupWarnings(group: EnrollmentGroup, { cas, holders, verified }: Surroundings): readonly string[] {
  const signing = certificatesOf(group.attestation).flatMap(({ der, info }) => {
    const subject = printable(info.subjectName)
    const isCa = parseCertificate(Buffer.from(der, 'base64')).extensions.basicConstraints?.ca === true
    return [
      ...(isCa
        ? []
        : [`The signing certificate "${subject}" is no CA certificate (basicConstraints CA:TRUE is missing).`]),
      ...(verified.has(info.sha256Thumbprint) ? [] : [unverifiedSigner(subject)]),
    ]
  })
  const shared = cas.flatMap(({ name, certificate }) => {
    const other = otherHolder(group, certificate.info.sha256Thumbprint, holders)
    return other === undefined ? [] : [sharedReference(name, other)]
  })
  return [...signing, ...shared]
}

const unverifiedSigner = (subject: string): string =>
  `The certificate "${subject}" is not verified, nor is one above it; devices are refused until it is.`

const unverifiedReference = ({ name }: CaCertificate): string =>
  `The CA certificate "${name}" is not verified; devices are refused until it is.`

const sharedReference = (name: string, other: string): string =>
  `The CA certificate "${name}" is that of the enrollment group "${other}" too; a device comes in by one of them only.`

function hubWarnings(enrollment: Enrollment, { linkedHubs }: Surroundings): readonly string[] {
  const { allocationPolicy, iotHubs, iotHubHostName } = enrollment
  const warnings: string[] = []
  if (linkedHubs.length === 0) warnings.push('No hub is linked to this service, so no device can be assigned.')
  if (allocationPolicy === 'static' && !iotHubs && !iotHubHostName && linkedHubs.length > 1) {
    warnings.push('The allocation policy is static, but iotHubs does not name which of the linked hubs.')
  }
  const unlinked = [...(iotHubs ?? []), ...(iotHubHostName ? [iotHubHostName] : [])].filter(
    (hub) => !linkedHubs.includes(hub),
  )
  for (const hub of new Set(unlinked)) warnings.push(`The hub "${printable(hub)}" is not linked to this service.`)
  return warnings
}
