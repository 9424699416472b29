/** What a store indexes of a certificate, so that an issuer is found by name or thumbprint. */
import { createHash, X509Certificate } from 'node:crypto'
import type { IndexedCertificate } from './store.ts'

export function indexCertificate(der: string): IndexedCertificate {
  const bytes = Buffer.from(der, 'base64')
  const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex')
  return { sha256Thumbprint: sha256(bytes).toUpperCase(), subjectHash: sha256(new X509Certificate(bytes).subject) }
}
