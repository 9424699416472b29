/** Whether one certificate signed another: counted against the budget of a chain, worked out once for each pair. */
import { checkSignature, isWeak } from './algorithms.ts'
import type { Certificate } from './certificate.ts'

/**
 * `unjudged`: the algorithm is weak or unknown, so nothing was checked; the rules refuse it, by name.
 * `spent`: the budget is used up.
 */
export type Link = 'good' | 'bad' | 'unjudged' | 'spent'

/** Certificate to issuer to what was found; forgotten with the certificates (see knownCertificate). */
const remembered = new WeakMap<Certificate, WeakMap<Certificate, Link>>()

export class SignatureChecks {
  #left: number

  constructor(budget: number) {
    this.#left = budget
  }

  /** What is remembered counts too: a verdict must not depend on what was asked before. */
  link(certificate: Certificate, issuer: Certificate): Link {
    if (this.#left-- <= 0) return 'spent'
    const ofCertificate = remembered.get(certificate) ?? new WeakMap<Certificate, Link>()
    const link = ofCertificate.get(issuer) ?? check(certificate, issuer)
    ofCertificate.set(issuer, link)
    remembered.set(certificate, ofCertificate)
    return link
  }
}

function check({ signed, signature, signatureAlgorithm }: Certificate, issuer: Certificate): Link {
  if (signatureAlgorithm.family === 'unknown' || isWeak(signatureAlgorithm)) return 'unjudged'
  const { keyKind } = issuer
  if (keyKind.kind === 'rsa' && keyKind.bits > 8192) return 'unjudged'
  try {
    return checkSignature(signed, signature, signatureAlgorithm, issuer.publicKey) ? 'good' : 'bad'
  } catch {
    return 'bad' // the issuer's key is none
  }
}
