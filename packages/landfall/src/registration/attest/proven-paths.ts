/** Paths that were proven a moment ago: a device that polls or comes again costs no signature check. */
import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Instant } from '../../system.ts'
import type { Certificate } from '../../x509/certificate.ts'
import { isVerified, type KnownIssuer } from '../issuers.ts'
import type { ShownChain } from '../shown.ts'

/** Either side of a certificate's dates (contract/semantics 4.8). */
export const skewMs = 5 * 60_000

export interface Proven {
  readonly says: readonly string[]
}

export interface ProvenPaths {
  find(name: string, at: Instant): Proven | undefined
  remember(name: string, proof: Proven, path: readonly Certificate[]): void
}

/** A device that polls or comes again soon; some 400 bytes each. */
const mostPaths = 10_000

export function makeProvenPaths(): ProvenPaths {
  const known = new LRUCache<string, Window & { readonly proof: Proven }>({ max: mostPaths })
  return {
    find(name, at) {
      const found = known.get(name)
      return found && at >= found.from && at <= found.until ? found.proof : undefined
    },
    remember(name, proof, path) {
      known.set(name, { ...windowOf(path), proof })
    },
  }
}

interface Window {
  readonly from: Instant
  readonly until: Instant
}

function windowOf(path: readonly Certificate[]): Window {
  return {
    from: Math.max(...path.map(({ notBefore }) => notBefore)) - skewMs,
    until: Math.min(...path.map(({ notAfter }) => notAfter)) + skewMs,
  }
}

/** Everything that the proof rests on, so that it never has to be taken back, only forgotten. */
export function nameOfProof(version: string, issuers: readonly KnownIssuer[], { leaf, others }: ShownChain): string {
  const stored = issuers.map((issuer) => {
    const held = issuer.groups.length > 0 ? issuer.groups.join(' ') : ''
    return `${issuer.sha256Thumbprint} ${isVerified(issuer)} ${held} ${issuer.cas.map((ca) => ca.key).join(' ')}`
  })
  const sent = [leaf, ...others].map(({ sha256Thumbprint }) => sha256Thumbprint)
  return hash('sha256', [version, ...sent, '', ...stored].join('\n'), 'base64')
}
