/** The certificates that an attestation holds itself, and the CA certificates that it names. */
import type { CaName } from '../ids.ts'
import type { Attestation, EnrolledCertificate } from './enrollment.ts'

/** Once each: a lone primary is stored as the secondary too (contract/service-api 7.6). */
export function certificatesOf(attestation: Attestation): readonly EnrolledCertificate[] {
  if (attestation.type !== 'x509' || attestation.kind === 'caReferences') return []
  const { primary, secondary } = attestation
  const distinct = primary?.der === secondary?.der ? [primary] : [primary, secondary]
  return distinct.filter((slot) => slot !== undefined)
}

export function caNamesOf(attestation: Attestation): readonly CaName[] {
  if (attestation.type !== 'x509' || attestation.kind !== 'caReferences') return []
  return [attestation.primary, attestation.secondary].filter((name) => name !== undefined)
}
