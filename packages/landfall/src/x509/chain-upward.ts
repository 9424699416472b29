/** Which certificates stand above a device's, before anyone asks whether the path through them is good. */
import { chainBudget } from './budget.ts'
import type { Certificate } from './certificate.ts'
import { sameName } from './names.ts'

import { SignatureChecks } from './signatures.ts'

/**
 * The leaf, and all of `pool` that is reached from it by issuer name and valid signature, nearest first; within the
 * budget of a chain.
 */
export function chainUpward(leaf: Certificate, pool: readonly Certificate[]): readonly Certificate[] {
  const checks = new SignatureChecks(chainBudget.signatures)
  const reached = new Map([[leaf.sha256Thumbprint, leaf]])
  let level: readonly Certificate[] = [leaf]
  for (let depth = 1; depth < chainBudget.certificates && level.length > 0; depth++) {
    level = level.flatMap((certificate) => issuersOf(certificate, pool, reached, checks))
  }
  return [...reached.values()]
}

function issuersOf(
  certificate: Certificate,
  pool: readonly Certificate[],
  reached: Map<string, Certificate>,
  checks: SignatureChecks,
): readonly Certificate[] {
  const issuers = pool.filter((issuer) => {
    if (reached.has(issuer.sha256Thumbprint) || !sameName(issuer.subject, certificate.issuer)) return false
    const link = checks.link(certificate, issuer)
    // a link that cannot be judged leads on: the path is then refused with its reason
    return link === 'good' || link === 'unjudged'
  })
  for (const issuer of issuers) reached.set(issuer.sha256Thumbprint, issuer)
  return issuers
}
