/** What speaks against a certificate as an uploaded CA: what is refused, and what is kept with a warning (contract/management 5.3). */
import { printable } from '../ids.ts'
import type { Instant } from '../system.ts'
import type { Certificate } from '../x509/certificate.ts'
import { keyFaultOf } from './key-floor.ts'

/** Says neither that it is a CA nor that it is none: a root of version 1, or what a careless tool made. */
const isSilent = ({ selfIssued, extensions: { basicConstraints } }: Certificate): boolean =>
  selfIssued && basicConstraints === undefined

/** Why it cannot be uploaded; a silent one can, since the cloud keeps it and the tests of the Azure CLI upload one. */
export function caFaultOf(certificate: Certificate, at: Instant): string | undefined {
  if (!certificate.extensions.basicConstraints?.ca && !isSilent(certificate)) return leaf(certificate)
  return keyFaultOf(certificate, at)
}

export function caWarningsOf(certificate: Certificate, at: Instant): readonly string[] {
  return [
    ...(isSilent(certificate) ? [noCa(certificate)] : []),
    // contract/semantics 5.6: kept, but no anchor
    ...(certificate.notAfter < at ? [expiredSince(certificate)] : []),
  ]
}

const leaf = (certificate: Certificate): string =>
  `The certificate "${subjectOf(certificate)}" is no CA certificate: it lacks basicConstraints CA:TRUE. Upload the certificate that issues device certificates.`

const noCa = (certificate: Certificate): string =>
  `The certificate "${subjectOf(certificate)}" does not say that it is a CA (basicConstraints CA:TRUE is missing); devices below it are refused.`

const expiredSince = (certificate: Certificate): string =>
  `The certificate "${subjectOf(certificate)}" expired at ${new Date(certificate.notAfter).toISOString()}; devices below it are refused.`

const subjectOf = (certificate: Certificate): string => printable(certificate.subject.text)
