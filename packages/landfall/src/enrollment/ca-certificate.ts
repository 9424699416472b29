/** An uploaded CA certificate, and whether possession of its key was proved (contract/semantics 5, contract/management 5). */
import type { CaKey, CaName, Etag } from '../ids.ts'
import type { Instant } from '../system.ts'
import type { EnrolledCertificate } from './enrollment.ts'

export interface CaCertificate {
  readonly name: CaName
  readonly key: CaKey
  readonly certificate: EnrolledCertificate
  readonly isVerified: boolean
  /** 48 upper-case hex digits; void after `expiresAt`, or when a new one is asked for (contract/management 5.5). */
  readonly verificationCode?: { readonly code: string; readonly expiresAt: Instant }
  readonly createdAt: Instant
  readonly updatedAt: Instant
  readonly etag: Etag
}
