/** What a store indexes of a certificate, so that an issuer is found by its name or its thumbprint. */
import { parseCertificate } from '../x509/certificate.ts'

export interface IndexedCertificate {
  readonly sha256Thumbprint: string
  readonly subjectHash: string
}

export function indexCertificate(der: string): IndexedCertificate {
  const { sha256Thumbprint, subject } = parseCertificate(Buffer.from(der, 'base64'))
  return { sha256Thumbprint, subjectHash: subject.hash }
}
