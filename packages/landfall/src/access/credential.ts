/**
 * A credential after its check, and whether it still stands: a token or a session ends at once when what it came from
 * is gone, rather than when it expires.
 */
import { createHash } from 'node:crypto'
import type { Actor } from '../audit/deed.ts'
import { ProvisioningError } from '../fault.ts'
import { findPolicy } from '../sas/policy.ts'
import { skewMs } from '../sas/token.ts'
import type { Role, Settings } from '../store/settings.ts'
import type { Instant } from '../system.ts'
import { type Permission, rightFor } from './permission.ts'
import { policyMay } from './policy-may.ts'
import { permissionsOf } from './roles.ts'

export type Origin =
  /** `keyPrint`: which of the policy's keys; the other may be rotated. */
  | { readonly kind: 'policy'; readonly policy: string; readonly keyPrint: string }
  | { readonly kind: 'principal'; readonly id: string }
  /** Somebody whom an OpenID Connect issuer vouches for, until the token expires. */
  | { readonly kind: 'issuer' }
  | { readonly kind: 'service' }

export interface Credential {
  readonly actor: Actor
  readonly origin: Origin
  /** No more than these of what the origin may; absent: all of it. */
  readonly roles?: readonly Role[]
  /** Where one of our own tokens was shown: the key that signed it. */
  readonly kid?: string
  /** The token is for the service API alone (contract/management 6.21). */
  readonly dataOnly?: boolean
  readonly until?: Instant
}

export type May = (permission: Permission) => boolean

/** What it may do by the settings as they are now; throws where it holds no longer. */
export function standing(credential: Credential, settings: Settings, at: Instant): May {
  const { actor, until, kid, roles, dataOnly } = credential
  if (until !== undefined && at > until + skewMs) throw expired(until, at)
  if (kid !== undefined && !settings.signingKeys?.some((key) => key.kid === kid))
    throw revoked(actor, 'all tokens were revoked since')
  const origin = mayOf(credential, settings, at)
  if (roles === undefined) return origin
  const own = permissionsOf(roles)
  for (const permission of own) if (!origin(permission)) throw revoked(actor, 'its roles were reduced since')
  return (permission) => own.has(permission) && !(dataOnly && rightFor(permission) === 'ServiceConfig')
}

export function standingIfAny(credential: Credential, settings: Settings, at: Instant): May | undefined {
  try {
    return standing(credential, settings, at)
  } catch {
    return undefined
  }
}

function mayOf({ actor, origin, roles = [] }: Credential, settings: Settings, at: Instant): May {
  switch (origin.kind) {
    case 'policy': {
      const policy = findPolicy(settings.policies, origin.policy)
      if (!policy) throw revoked(actor, 'its shared access policy was deleted')
      if (![policy.primaryKey, policy.secondaryKey].some((key) => keyPrintOf(key) === origin.keyPrint))
        throw revoked(actor, 'the key of its shared access policy was changed')
      return policyMay(policy, settings)
    }
    case 'principal': {
      const principal = settings.tokens?.find(({ id }) => id === origin.id)
      if (!principal) throw revoked(actor, 'the token was deleted')
      if (principal.expiresAt !== undefined && at > principal.expiresAt) throw expired(principal.expiresAt, at)
      const own = permissionsOf(principal.roles)
      return (permission) => own.has(permission)
    }
    default: {
      const own = permissionsOf(roles)
      return (permission) => own.has(permission)
    }
  }
}

/** Tells two keys apart without being one; an HMAC of the same key is in every SAS token. */
export const keyPrintOf = (key: string): string => createHash('sha256').update(key).digest('base64url').slice(0, 16)

const revoked = ({ name }: Actor, why: string) => new ProvisioningError('bearer_revoked', { actor: name, why })

export const expired = (until: Instant, at: Instant) =>
  new ProvisioningError('bearer_expired', { expiredAt: iso(until), now: iso(at) })

const iso = (at: Instant) => new Date(at).toISOString()
