/** What is in a file that somebody means to upload, before anything is done with it (contract/management 7.21). */
import type { Instant } from '../system.ts'
import type { Certificate, CertificateInfo } from '../x509/certificate.ts'
import { SignatureChecks } from '../x509/signatures.ts'
import { caFaultOf, caWarningsOf } from './ca-findings.ts'
import { invalid } from './fields.ts'
import { enrolled, readAll } from './read-certificate.ts'

export interface DescribedCertificate {
  /** Base64 of the DER: what to upload of the file. */
  readonly der: string
  readonly info: CertificateInfo
  readonly isCa: boolean
  /** Its signature is by its own key. */
  readonly selfSigned: boolean
  /** Sentences: what speaks against it as a CA certificate; none where all is well. */
  readonly findings: readonly string[]
}

/** More than any chain, fewer than a bundle of all the world's roots; each costs a check of a signature. */
const mostCertificates = 50

export function describeCertificates(input: string, at: Instant): readonly DescribedCertificate[] {
  const certificates = readAll(input, 'The file')
  if (certificates.length > mostCertificates)
    throw invalid(
      `The file holds ${certificates.length} certificates, more than the ${mostCertificates} that are shown. Send the chain alone.`,
    )
  return certificates.map((certificate) => described(certificate, at))
}

function described(certificate: Certificate, at: Instant): DescribedCertificate {
  const fault = caFaultOf(certificate, at)
  return {
    ...enrolled(certificate),
    isCa: certificate.extensions.basicConstraints?.ca === true,
    selfSigned: certificate.selfIssued && new SignatureChecks(1).link(certificate, certificate) === 'good',
    findings: [...(fault === undefined ? [] : [fault]), ...caWarningsOf(certificate, at)],
  }
}
