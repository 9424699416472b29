/** A certificate as the rules see it: parsed once, lazily where it costs (contract/service-api 7.7). */

/** What answers show of a certificate; all eight members, always (contract/service-api 7.7). */
export interface CertificateInfo {
  /** .NET style: parts joined by ", ", most specific first. */
  readonly subjectName: string
  /** 40 upper-case hex digits. */
  readonly sha1Thumbprint: string
  /** 64 upper-case hex digits. */
  readonly sha256Thumbprint: string
  readonly issuerName: string
  /** ISO 8601 to the second, `Z`. */
  readonly notBeforeUtc: string
  readonly notAfterUtc: string
  /** Upper-case hex of the DER integer's content bytes. */
  readonly serialNumber: string
  /** 1-based: 3 for X.509 v3. */
  readonly version: number
}
