/**
 * Which enrollment decides (contract/semantics 3). The individual one by registration id comes first, whatever its
 * mechanism; else the group nearest to the device in its chain, or the group its key is derived from. The first one
 * found decides: there is no falling through to another.
 */
import type { EnrollmentGroup, IndividualEnrollment } from '../enrollment/enrollment.ts'
import type { GroupKey } from '../ids.ts'
import { chainUpward } from '../x509/path.ts'
import type { Facts } from './facts.ts'
import type { KnownIssuer } from './issuers.ts'
import type { ShownChain } from './shown.ts'

export type Choice =
  | { readonly kind: 'individual'; readonly enrollment: IndividualEnrollment }
  /** Which one, the credential tells. */
  | { readonly kind: 'group' }

export function chooseEnrollment({ individual }: Pick<Facts, 'individual'>): Choice {
  return individual ? { kind: 'individual', enrollment: individual } : { kind: 'group' }
}

/** Of several that hold one certificate, the smallest id (contract/semantics 3.5). */
export const chooseGroup = (nearest: readonly EnrollmentGroup[]): EnrollmentGroup | undefined => nearest[0]

/**
 * The groups of the nearest stored certificate above the leaf that belongs to one: nearest in the chain, nothing
 * else (contract/semantics 3.3).
 */
export function nearestGroupKeys({ leaf, others }: ShownChain, issuers: readonly KnownIssuer[]): readonly GroupKey[] {
  const owned = new Map(
    issuers.filter(({ groups }) => groups.length > 0).map((issuer) => [issuer.sha256Thumbprint, issuer]),
  )
  if (owned.size === 0) return []
  const [, ...above] = chainUpward(leaf, [...others, ...issuers.map(({ certificate }) => certificate)])
  const nearest = above.find(({ sha256Thumbprint }) => owned.has(sha256Thumbprint))
  return (nearest && owned.get(nearest.sha256Thumbprint)?.groups) ?? []
}
