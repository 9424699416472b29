/** Keys that no path may go through, told already when the certificate is handed over (contract/semantics 4.12). */
import { type Reason, sentenceOf } from '../fault.ts'
import { printable } from '../ids.ts'
import type { Instant } from '../system.ts'
import { type Certificate, MalformedCertificate } from '../x509/certificate.ts'
import { rules } from '../x509/rules.ts'

const reasons: ReadonlySet<Reason> = new Set(['weak_key', 'unsupported_algorithm'])

/** What is wrong with the certificate's own key, in a sentence. Its signature is not looked at: an anchor needs none. */
export function keyFaultOf(certificate: Certificate, at: Instant): string | undefined {
  const subject = printable(certificate.subject.text)
  if (!isKey(certificate)) return sentenceOf('malformed', { subject, why: 'its public key is no key' })
  const place = { certificate, index: 0, path: [certificate] }
  for (const { reason, concerns, broken } of rules) {
    const facts = reasons.has(reason) && concerns(place) ? broken(place, { at, skewMs: 0, purpose: 'any' }) : undefined
    if (facts) return sentenceOf(reason, { subject, ...facts })
  }
}

function isKey(certificate: Certificate): boolean {
  try {
    return certificate.publicKey !== undefined
  } catch (error) {
    if (error instanceof MalformedCertificate) return false
    throw error
  }
}
