/** A certificate in a few lines, for people and for programs. */
import { nameOfKey } from '../x509/algorithms.ts'
import { type Certificate, type CertificateInfo, certificateInfoOf } from '../x509/certificate.ts'
import { textOfGeneralName } from '../x509/name-constraints.ts'

export interface CertificateSummary extends CertificateInfo {
  readonly key: string
  readonly signatureAlgorithm: string
  readonly isCa: boolean
  readonly pathLength?: number
  readonly keyUsage?: readonly string[]
  readonly extendedKeyUsage?: readonly string[]
  readonly alternativeNames?: readonly string[]
  readonly selfIssued: boolean
}

export function summaryOf(certificate: Certificate): CertificateSummary {
  const { extensions, keyKind, signatureAlgorithm, selfIssued } = certificate
  return {
    ...certificateInfoOf(certificate),
    key: nameOfKey(keyKind),
    signatureAlgorithm: signatureAlgorithm.name,
    isCa: extensions.basicConstraints?.ca ?? false,
    pathLength: extensions.basicConstraints?.pathLength,
    keyUsage: extensions.keyUsage,
    extendedKeyUsage: extensions.extendedKeyUsage?.map((oid) => purposeNames[oid] ?? oid),
    alternativeNames: extensions.subjectAltNames?.map(textOfGeneralName),
    selfIssued,
  }
}

const purposeNames: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
  '1.3.6.1.5.5.7.3.3': 'codeSigning',
  '1.3.6.1.5.5.7.3.4': 'emailProtection',
  '2.5.29.37.0': 'any',
}

/** What it may do, in words. */
export function mayDo({ isCa, pathLength, keyUsage, extendedKeyUsage }: CertificateSummary): string {
  const limit = pathLength === undefined ? '' : `, at most ${pathLength} CAs below`
  const role = isCa ? `CA${limit}` : 'no CA'
  return [role, keyUsage?.join('+'), extendedKeyUsage?.join('+')].filter(Boolean).join('; ')
}
