/** May the bearer of this Authorization header do that? For back ends: the service API, the hub, the operator API. */
import type { Facts, Fault, Reason } from '../fault.ts'
import { printable } from '../ids.ts'
import type { Instant } from '../system.ts'
import { allows, findPolicy, type Right, type SharedAccessPolicy } from './policy.ts'
import { isExpired, readToken, type SasToken, signedByOneOf } from './token.ts'

export interface AccessRequest {
  readonly authorization: string | undefined
  /** Every name this host is served under, without port; compared case-insensitively. */
  readonly hosts: readonly string[]
  /** The request's path, percent-decoded, beginning with a slash. */
  readonly path: string
  /** Absent: whose it is, is all that is asked. */
  readonly right?: Right
  readonly at: Instant
}

export type Access = { readonly policy: SharedAccessPolicy; readonly token: SasToken } | { readonly fault: Fault }

const no = (reason: Reason, facts: Facts = {}): Access => ({ fault: { reason, facts } })

/** contract/service-api 5: form, resource, expiry, policy, signature, right, in this order. */
export function authorize(request: AccessRequest, policies: readonly SharedAccessPolicy[]): Access {
  const { authorization, at, right } = request
  if (!authorization) return no('token_missing')
  if (/^bearer /i.test(authorization)) return no('token_bearer')
  const reading = readToken(authorization)
  if ('malformed' in reading) return no('token_malformed', { why: reading.malformed })
  const { token } = reading
  if (token.policyName === undefined)
    return no('token_malformed', { why: 'skn is missing: name the shared access policy' })
  const shown = printable(token.policyName)
  if (!coversResource(token.resource, request)) {
    return no('token_wrong_resource', {
      resource: printable(token.resource),
      expected: `${request.hosts[0]}${printable(request.path)}`,
    })
  }
  if (isExpired(token, at)) {
    return no('token_expired', {
      expiredAt: new Date(Math.min(token.expiry, 8.64e15)).toISOString(),
      lateBySeconds: Math.round((at - token.expiry) / 1000),
      now: new Date(at).toISOString(),
    })
  }
  const policy = findPolicy(policies, token.policyName)
  if (!policy) return no('token_unknown_policy', { policy: shown })
  if (!signedByOneOf(token, [policy.primaryKey, policy.secondaryKey]))
    return no('token_wrong_key', { policy: policy.name })
  if (right !== undefined && !allows(policy, right))
    return no('token_missing_right', { policy: policy.name, right, has: policy.rights.join(', ') })
  return { policy, token }
}

// contract/service-api 5.4: a token for /a/b covers /a/b/c, not /a/bc
export function coversResource(resource: string, { hosts, path }: Pick<AccessRequest, 'hosts' | 'path'>): boolean {
  const bare = resource.replace(/^(https|amqps|sb):\/\//i, '').replace(/\/+$/, '')
  const cut = bare.indexOf('/')
  const host = (cut < 0 ? bare : bare.slice(0, cut)).toLowerCase().replace(/:\d{1,5}$/, '')
  if (!hosts.some((served) => served.toLowerCase() === host)) return false
  if (cut < 0) return true
  const prefix = bare.slice(cut).toLowerCase()
  const asked = path.toLowerCase()
  return asked === prefix || asked.startsWith(`${prefix}/`)
}
