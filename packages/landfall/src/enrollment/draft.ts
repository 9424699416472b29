/**
 * An enrollment as it was sent: well formed, but not yet joined with what is stored. A draft may say "keep that
 * certificate" or leave keys out; `settle.ts` makes an enrollment of it (contract/service-api 9.1).
 */
import type {
  CaReferencesAttestation,
  EnrolledCertificate,
  EnrollmentGroup,
  IndividualEnrollment,
  TpmAttestation,
} from './enrollment.ts'

/** A certificate slot: a new certificate, or the info block of a stored one, which clients send back to keep it. */
export type SlotDraft =
  | { readonly kind: 'given'; readonly certificate: EnrolledCertificate }
  | { readonly kind: 'kept'; readonly sha256Thumbprint?: string }

export interface SymmetricKeyDraft {
  readonly type: 'symmetricKey'
  readonly primaryKey?: string
  readonly secondaryKey?: string
}

export interface CertificatesDraft {
  readonly type: 'x509'
  readonly kind: 'clientCertificates' | 'signingCertificates'
  readonly primary?: SlotDraft
  readonly secondary?: SlotDraft
}

export type AttestationDraft = SymmetricKeyDraft | TpmAttestation | CertificatesDraft | CaReferencesAttestation

/** What the service itself adds. */
type Made = 'attestation' | 'etag' | 'createdAt' | 'updatedAt'

interface Drafted {
  readonly attestation: AttestationDraft
  /** Sentences for `x-landfall-warning`: accepted, but hardly what was meant. */
  readonly notes: readonly string[]
}

export type IndividualDraft = Omit<IndividualEnrollment, Made> & Drafted
export type GroupDraft = Omit<EnrollmentGroup, Made> & Drafted
export type EnrollmentDraft = IndividualDraft | GroupDraft
