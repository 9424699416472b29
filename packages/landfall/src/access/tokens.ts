/**
 * Bearer tokens of our own: JWTs signed with a key of the instance, for `az`, the management SDKs and the portal
 * (contract/management 6.4). And principals, who get them for a secret.
 */
import type { JWTPayload } from 'jose'
import { ProvisioningError } from '../fault.ts'
import { printable } from '../ids.ts'
import { changeSettings, readSettings } from '../instance/change-settings.ts'
import { namesOf } from '../instance/names.ts'
import type { InstanceParts } from '../instance/parts.ts'
import { skewMs } from '../sas/token.ts'
import type { Role, Settings } from '../store/settings.ts'
import { type Instant, machineNow } from '../system.ts'
import { type Credential, expired, type Origin, standing } from './credential.ts'
import { jose } from './jose.ts'
import { audienceMatches, dataAudience, faultOfJose } from './jwt.ts'
import { principalBySecret } from './principals.ts'
import { rolesOf } from './roles.ts'
import { algorithm, makeSigningKey, privateKeyOf, publicKeyOf, signingKeyOf, withSigningKey } from './signing-keys.ts'

export interface TokenOrder {
  readonly subject: string
  /** For the audit. */
  readonly name: string
  readonly roles: readonly Role[]
  readonly seconds: number
  /** What it ends with; absent: with the signing key only. */
  readonly origin?: Origin
  /** Never later than this, whatever `seconds` says; nor does a session that comes of it. */
  readonly until?: Instant
  /** Absent: this service, all of it. */
  readonly audience?: string
}

export interface IssuedToken {
  readonly accessToken: string
  readonly expiresInSeconds: number
}

export interface Tokens {
  issueToken(order: TokenOrder): Promise<IssuedToken>
  /** For `POST /adfs/oauth2/token`; throws `secret_wrong`. */
  issueFor(principalId: string, secret: string): Promise<IssuedToken>
  /** Throws where it was forged, expired, or what it came from is gone. */
  checkToken(jwt: string): Promise<Credential>
  /** For the portal, once: a token of the audience for that. What comes of it lasts longer than the token. */
  redeem(jwt: string): Promise<Credential>
  /** `lf1.<id>.<secret>`: the secret itself, where a program cannot fetch a token first. */
  checkSecret(bearer: string): Promise<Credential>
  /** Every token issued so far ends; secrets go on. `parts`: whose deed it is. */
  revokeAll(parts: InstanceParts): Promise<void>
}

export const secretScheme = 'lf1.'

/** As long as the cloud's (contract/management 6.12). */
const principalTokenSeconds = 3600

export const issuerNameOf = ({ idScope }: Pick<Settings, 'idScope'>) => `urn:landfall:${idScope}`

export function makeTokens(parts: InstanceParts): Tokens {
  const { clock } = parts
  const redeemed = new Map<string, Instant>()
  return {
    issueToken: (order) => issue(order, parts),
    async issueFor(principalId, secret) {
      const settings = await readSettings(parts)
      const principal = principalBySecret(settings, principalId, secret)
      const { id, name, roles, expiresAt } = principal
      const origin: Origin = { kind: 'principal', id }
      standing({ actor: { kind: 'token', name }, origin }, settings, machineNow(clock))
      return await issue({ subject: id, name, roles, origin, until: expiresAt, seconds: principalTokenSeconds }, parts)
    },
    async checkToken(jwt) {
      const { payload, kid } = await verified(jwt, parts)
      const matched = audienceMatches(payload.aud, namesOf(parts.hosts, await readSettings(parts)))
      const end = { dataOnly: matched === dataAudience, until: (payload.exp ?? 0) * 1000 }
      return await stillStanding({ ...credentialOf(payload, kid), ...end }, parts)
    },
    async redeem(jwt) {
      const { payload, kid } = await verified(jwt, parts)
      const credential = await stillStanding(credentialOf(payload, kid), parts)
      const { jti = '', exp = 0 } = payload
      const at = machineNow(clock)
      const end = exp * 1000
      // made and opened by one clock: a link that lies about is no good after its two minutes
      if (at > end) throw expired(end, at)
      for (const [one, end] of redeemed) if (at > end) redeemed.delete(one)
      if (redeemed.has(jti)) throw new ProvisioningError('bearer_used')
      redeemed.set(jti, end)
      return credential
    },
    async checkSecret(bearer) {
      const [, id = '', secret = ''] = bearer.split('.')
      const settings = await readSettings(parts)
      const { name } = principalBySecret(settings, id, secret)
      return await stillStanding({ actor: { kind: 'token', name }, origin: { kind: 'principal', id } }, parts)
    },
    async revokeAll(whose) {
      const fresh = await makeSigningKey(parts)
      await changeSettings(whose, (settings) => withSigningKey(settings, fresh))
    },
  }
}

async function issue(order: TokenOrder, parts: InstanceParts): Promise<IssuedToken> {
  const { subject, name, roles, origin = { kind: 'service' }, audience = 'landfall' } = order
  const { SignJWT } = jose()
  const key = await signingKeyOf(parts)
  const at = machineNow(parts.clock)
  const end = Math.floor(Math.min(at + order.seconds * 1000, order.until ?? Number.POSITIVE_INFINITY) / 1000)
  const accessToken = await new SignJWT({ name, roles: [...roles], origin: { ...origin }, until: order.until })
    .setProtectedHeader({ alg: algorithm, kid: key.kid, typ: 'JWT' })
    .setIssuer(issuerNameOf(await readSettings(parts)))
    .setAudience(audience)
    .setSubject(subject)
    .setJti(parts.random.uuid())
    .setIssuedAt(Math.floor(at / 1000))
    .setExpirationTime(end)
    .sign(await privateKeyOf(key))
  return { accessToken, expiresInSeconds: end - Math.floor(at / 1000) }
}

async function verified(jwt: string, parts: InstanceParts) {
  const settings = await readSettings(parts)
  const at = machineNow(parts.clock)
  const { kid } = headerOf(jwt)
  const key = settings.signingKeys?.find((one) => one.kid === kid)
  if (!key) throw new ProvisioningError('bearer_wrong_key', { issuer: 'this service' })
  const { jwtVerify } = jose()
  const { payload } = await jwtVerify(jwt, await publicKeyOf(key), {
    algorithms: [algorithm],
    issuer: issuerNameOf(settings),
    requiredClaims: ['exp', 'sub', 'aud'],
    clockTolerance: skewMs / 1000,
    currentDate: new Date(at),
  }).catch((error: unknown) => {
    throw faultOfJose(error, { jwt, at, issuer: 'this service', algorithms: [algorithm] })
  })
  return { payload, kid: key.kid }
}

async function stillStanding(credential: Credential, parts: InstanceParts): Promise<Credential> {
  standing(credential, await readSettings(parts), machineNow(parts.clock))
  return credential
}

/** Whose name it is that stands in the audit: a client id may be called as a policy is. */
const actorKinds = { policy: 'policy', issuer: 'issuer', principal: 'token', service: 'token' } as const

/** The claims are ours: only we sign with that key. */
function credentialOf(payload: JWTPayload, kid: string): Credential {
  const origin = payload.origin as Origin
  return {
    actor: { kind: actorKinds[origin.kind], name: printable(String(payload.name)) },
    origin,
    roles: rolesOf(payload.roles as readonly unknown[]),
    kid,
    until: payload.until as Instant | undefined,
  }
}

/** Before anything is checked: who says to have issued it, and what for. */
export function claimsOf(jwt: string): Pick<JWTPayload, 'iss' | 'aud'> {
  headerOf(jwt)
  try {
    return jose().decodeJwt(jwt)
  } catch {
    throw new ProvisioningError('bearer_malformed', { why: 'it is no JWT' })
  }
}

function headerOf(jwt: string) {
  try {
    return jose().decodeProtectedHeader(jwt)
  } catch {
    throw new ProvisioningError('bearer_malformed', { why: 'it is no JWT' })
  }
}
