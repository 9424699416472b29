/**
 * Who is asking, and may they? The one place where a credential of a back end or a person becomes a visitor: a SAS
 * token of a shared access policy (contract/service-api 5), a bearer token (contract/management 6.4), or the cookie of
 * a session of the portal.
 */
import { type Fault, ProvisioningError } from '../fault.ts'
import { readSettings } from '../instance/change-settings.ts'
import { namesOf } from '../instance/names.ts'
import type { InstanceParts } from '../instance/parts.ts'
import { authorize } from '../sas/authorize.ts'
import type { SharedAccessPolicy } from '../sas/policy.ts'
import { isExpired, type SasToken, signedByOneOf } from '../sas/token.ts'
import { machineNow } from '../system.ts'
import { sessionIdOf } from './cookie.ts'
import { type Credential, keyPrintOf, standing, standingIfAny } from './credential.ts'
import { type Issuer, type IssuerSettings, makeIssuer } from './issuer.ts'
import { signInAudience, unknownIssuer } from './jwt.ts'
import { type Permission, rightFor } from './permission.ts'
import { policyMay, requireOpenToKeys } from './policy-may.ts'
import { requireCsrf, requireOwnPage } from './same-site.ts'
import { type Session, Sessions } from './sessions.ts'
import { claimsOf, issuerNameOf, makeTokens, secretScheme, type Tokens } from './tokens.ts'
import { requirePermission, type Visitor } from './visitor.ts'

/** What is looked at of a request, before its body. */
export interface Visiting {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly method: string
  /** Percent-decoded, without query, beginning with a slash. */
  readonly path: string
  readonly remoteAddress: string
}

export interface Access {
  /** Bearer tokens of our own. */
  readonly tokens: Tokens
  readonly sessions: Sessions
  /** Throws ProvisioningError where nobody known is asking, or somebody who may not. */
  admit(visiting: Visiting, permission: Permission): Promise<Visitor>
  /** By the Authorization header alone, whatever it is that they may. */
  recognise(visiting: Visiting): Promise<Visitor>
  /** By the cookie alone. */
  resume(visiting: Visiting): Promise<{ readonly visitor: Visitor; readonly session: Session }>
}

export interface AccessParts extends InstanceParts {
  /** Absent: no issuer but ourselves. */
  readonly oidc?: IssuerSettings
}

interface Means extends AccessParts {
  readonly tokens: Tokens
  readonly sessions: Sessions
  readonly issuer: Issuer | undefined
}

export function makeAccess(parts: AccessParts): Access {
  const tokens = makeTokens(parts)
  const sessions = new Sessions(parts.random)
  const means: Means = { ...parts, tokens, sessions, issuer: parts.oidc && makeIssuer(parts.oidc, parts) }
  return {
    tokens,
    sessions,
    async recognise(visiting) {
      if (!isBearer(visiting)) return await bySas(visiting, undefined, means)
      const token = bearerOf(visiting)
      return await visitorBy(
        isSignIn(token) ? await tokens.redeem(token) : await credentialOf(token, means),
        visiting,
        means,
      )
    },
    resume: (visiting) => bySession(visiting, means),
    async admit(visiting, permission) {
      if (isBearer(visiting)) {
        const credential = await credentialOf(bearerOf(visiting), means)
        return permitted(await visitorBy(credential, visiting, means), permission)
      }
      const hasCookie = visiting.headers.authorization === undefined && sessionIdOf(visiting.headers) !== undefined
      if (hasCookie) return permitted((await bySession(visiting, means)).visitor, permission)
      return await bySas(visiting, permission, means)
    },
  }
}

function permitted(visitor: Visitor, permission: Permission): Visitor {
  requirePermission(visitor, permission)
  return visitor
}

/** What is missing is named in the 401 of a token, as SAS clients know it (contract/service-api 5.6). */
async function bySas(visiting: Visiting, permission: Permission | undefined, means: Means): Promise<Visitor> {
  const { headers, path, remoteAddress } = visiting
  const { store, clock, hosts } = means
  const settings = await store.settings()
  const right = permission && rightFor(permission)
  const names = namesOf(hosts, settings)
  const order = { authorization: textOf(headers.authorization), hosts: names, path, right, at: machineNow(clock) }
  const access = authorize(order, settings?.policies ?? [])
  if ('fault' in access) throw refusalOf(access.fault)
  if (permission) requireOpenToKeys(permission, settings)
  const { policy, token } = access
  // seldom asked for, and costs an HMAC
  const credential = () => credentialOfPolicy(policy, token)
  return {
    actor: { kind: 'policy', name: policy.name },
    may: policyMay(policy, settings),
    remoteAddress,
    get credential() {
      return credential()
    },
    stillMay: async (asked) => !isExpired(token, machineNow(clock)) && (await mayNow(credential(), asked, means)),
  }
}

/** A hub takes SAS tokens only; here there is another way in. */
const refusalOf = ({ reason, facts }: Fault) =>
  new ProvisioningError(reason, reason === 'token_missing' ? { also: 'a bearer token ("landfall token")' } : facts)

/** Bound to the key that signed: rotating the other one ends nothing. */
function credentialOfPolicy(policy: SharedAccessPolicy, token: SasToken): Credential {
  const { name, primaryKey, secondaryKey } = policy
  const key = signedByOneOf(token, [primaryKey]) ? primaryKey : secondaryKey
  return { actor: { kind: 'policy', name }, origin: { kind: 'policy', policy: name, keyPrint: keyPrintOf(key) } }
}

const isBearer = ({ headers }: Visiting) => /^bearer\s/i.test(textOf(headers.authorization) ?? '')

const bearerOf = ({ headers }: Visiting) => (textOf(headers.authorization) ?? '').slice('Bearer'.length).trim()

async function visitorBy(credential: Credential, { remoteAddress }: Visiting, means: Means): Promise<Visitor> {
  const may = standing(credential, await readSettings(means), machineNow(means.clock))
  const stillMay = (permission: Permission) => mayNow(credential, permission, means)
  return { actor: credential.actor, credential, may, remoteAddress, stillMay }
}

const mayNow = async (credential: Credential, permission: Permission, means: Means): Promise<boolean> =>
  standingIfAny(credential, await readSettings(means), machineNow(means.clock))?.(permission) ?? false

async function credentialOf(token: string, means: Means): Promise<Credential> {
  const { tokens, issuer } = means
  if (token.startsWith(secretScheme)) return await tokens.checkSecret(token)
  const { iss } = claimsOf(token)
  if (iss === issuerNameOf(await readSettings(means))) return await tokens.checkToken(token)
  if (issuer && iss === issuer.name) return await issuer.check(token)
  throw unknownIssuer(iss, issuer?.name)
}

/** By what it says of itself; whether that is so is looked at where it is redeemed. */
const isSignIn = (token: string) => !token.startsWith(secretScheme) && claimsOf(token).aud === signInAudience

async function bySession(visiting: Visiting, { sessions, clock, ...means }: Means) {
  const id = sessionIdOf(visiting.headers)
  if (id === undefined) throw new ProvisioningError('session_missing')
  requireOwnPage(visiting)
  const { session, may } = sessions.use(id, await readSettings(means), machineNow(clock))
  requireCsrf(visiting, session.csrf)
  const { credential } = session
  const visitor: Visitor = {
    actor: credential.actor,
    credential,
    may,
    remoteAddress: visiting.remoteAddress,
    stillMay: async (asked) => sessions.look(id, await readSettings(means), machineNow(clock))?.(asked) ?? false,
  }
  return { session, visitor }
}

const textOf = (header: string | string[] | undefined) => (Array.isArray(header) ? header[0] : header)
