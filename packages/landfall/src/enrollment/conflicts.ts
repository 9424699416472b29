/** What cannot stand beside what is stored already. */
import { ProvisioningError } from '../fault.ts'
import { caKeyOf, type GroupKey, printable } from '../ids.ts'
import type { CaCertificate } from './ca-certificate.ts'
import type { Attestation, EnrollmentGroup } from './enrollment.ts'
import { invalid } from './fields.ts'
import { caNamesOf, certificatesOf } from './named-certificates.ts'

/** The groups that a certificate lets devices into, directly or by a CA reference. */
export interface Holder {
  readonly sha256Thumbprint: string
  readonly groups: readonly GroupKey[]
}

/** A signing certificate belongs to one group (contract/semantics 2.9). */
export function requireOwnCertificates(group: EnrollmentGroup, holders: readonly Holder[]): void {
  for (const { info } of certificatesOf(group.attestation)) {
    const other = otherHolder(group, info.sha256Thumbprint, holders)
    if (other !== undefined) {
      throw new ProvisioningError('certificate_in_use', { subject: printable(info.subjectName), group: other })
    }
  }
}

export function otherHolder(group: EnrollmentGroup, thumbprint: string, holders: readonly Holder[]) {
  const holder = holders.find(({ sha256Thumbprint }) => sha256Thumbprint === thumbprint)
  return holder?.groups.find((key) => key !== group.key)
}

/** Silent loss is what people complain of, so a name that does not exist is refused (contract/semantics 2.11). */
export function requireKnownCas(attestation: Attestation, cas: readonly CaCertificate[]): void {
  const stranger = caNamesOf(attestation).find((name) => !cas.some((ca) => ca.key === caKeyOf(name)))
  if (stranger === undefined) return
  throw invalid(`attestation.x509.caReferences names "${stranger}", but no such CA certificate is uploaded.`)
}
