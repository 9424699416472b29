/** A certificate as a person or a client hands it over: PEM, base64 of PEM, base64 of DER (contract/service-api 7.6). */
import { ProvisioningError } from '../fault.ts'
import { printable } from '../ids.ts'
import { type Certificate, certificateInfoOf } from '../x509/certificate.ts'
import { PrivateKeyGiven, readCertificates, UnreadableCertificate } from '../x509/pem.ts'
import type { EnrolledCertificate } from './enrollment.ts'
import { invalid } from './fields.ts'

export interface CertificateReading {
  readonly certificate: Certificate
  /** Others in the same text, which are not used. */
  readonly ignored: number
}

/** The first certificate of the text; `what` names it in the sentence. */
export function readCertificate(input: string | Uint8Array, what: string): CertificateReading {
  const [certificate, ...others] = readAll(input, what)
  if (!certificate) throw invalid(`${what} has no certificate in it. Send PEM or base64 of DER.`)
  return { certificate, ignored: others.length }
}

/** All of them, in their order. */
export function readAll(input: string | Uint8Array, what: string): readonly Certificate[] {
  try {
    return readCertificates(input)
  } catch (error) {
    if (error instanceof PrivateKeyGiven) throw new ProvisioningError('private_key_sent', { what, kind: error.kind })
    if (!(error instanceof UnreadableCertificate)) throw error
    throw invalid(`${what} is not a valid certificate: ${error.why}. Send PEM, or base64 of PEM or DER.`)
  }
}

export function enrolled(certificate: Certificate): EnrolledCertificate {
  return { der: Buffer.from(certificate.der).toString('base64'), info: certificateInfoOf(certificate) }
}

export function firstOfMany(what: string, { certificate, ignored }: CertificateReading): string {
  return `${what} holds ${ignored + 1} certificates; only the first, "${printable(certificate.subject.text)}", is used.`
}
