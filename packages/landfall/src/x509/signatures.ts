/** Whether one certificate signed another: counted against the budget of a chain, worked out once for each pair. */
import { checkSignature, isSupported, isWeak } from './algorithms.ts'
import type { Certificate } from './certificate.ts'

/**
 * `unjudged`: the algorithm is weak or unknown, so nothing was checked; the rules refuse it, by name.
 * `spent`: the budget is used up.
 */
export type Link = 'good' | 'bad' | 'unjudged' | 'spent'

/** Certificate to issuer to what was found; forgotten with the certificates (see knownCertificate). */
const remembered = new WeakMap<Certificate, WeakMap<Certificate, Link>>()

export class SignatureChecks {
  readonly #mine = new Map<Certificate, Map<Certificate, Link>>()
  #left: number

  constructor(budget: number) {
    this.#left = budget
  }

  /** A pair counts once. What others have worked out counts too: a verdict must not depend on what was asked before. */
  link(certificate: Certificate, issuer: Certificate): Link {
    const mine = getOrAdd(this.#mine, certificate, () => new Map<Certificate, Link>())
    return getOrAdd(mine, issuer, () => (this.#left-- > 0 ? recall(certificate, issuer) : 'spent'))
  }
}

function recall(certificate: Certificate, issuer: Certificate): Link {
  const links = getOrAdd(remembered, certificate, () => new WeakMap<Certificate, Link>())
  return getOrAdd(links, issuer, () => check(certificate, issuer))
}

interface Lookup<Value> {
  get(key: Certificate): Value | undefined
  set(key: Certificate, value: Value): unknown
}

function getOrAdd<Value>(lookup: Lookup<Value>, key: Certificate, make: () => Value): Value {
  const found = lookup.get(key)
  if (found !== undefined) return found
  const made = make()
  lookup.set(key, made)
  return made
}

function check({ signed, signature, signatureAlgorithm }: Certificate, issuer: Certificate): Link {
  if (signatureAlgorithm.family === 'unknown' || isWeak(signatureAlgorithm) || !isSupported(issuer.keyKind)) {
    return 'unjudged'
  }
  try {
    return checkSignature(signed, signature, signatureAlgorithm, issuer.publicKey) ? 'good' : 'bad'
  } catch {
    return 'bad' // the issuer's key is none
  }
}
