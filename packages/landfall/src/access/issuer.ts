/**
 * Tokens of an OpenID Connect issuer that the operator trusts (OpenID Connect Discovery 1.0, RFC 9068, RFC 8725): read
 * at the issuer's word about its keys, and never waited for longer than a client would wait.
 */
import type { JWTPayload, RemoteJWKSet } from 'jose'
import { ProvisioningError } from '../fault.ts'
import { printable } from '../ids.ts'
import { skewMs } from '../sas/token.ts'
import type { Role } from '../store/settings.ts'
import { type Clock, type Instant, machineNow } from '../system.ts'
import type { Credential } from './credential.ts'
import { jose } from './jose.ts'
import { faultOfJose } from './jwt.ts'
import { roleNames } from './roles.ts'
import { isSafeUrl } from './safe-url.ts'

export interface IssuerSettings {
  /** As it stands in `iss`, to the letter. */
  readonly issuer: string
  /** Any of them in `aud`. */
  readonly audiences: readonly [string, ...string[]]
  /** A claim, or a path to one within others: `realm_access.roles`. */
  readonly rolesClaim: string
  /** Which values of that claim give which role. */
  readonly roles: Readonly<Record<Role, readonly string[]>>
}

export interface Issuer {
  readonly name: string
  check(jwt: string): Promise<Credential>
}

/** RFC 8725 3.1, 3.2: signatures by key pairs only; a public key must never pass as the secret of an HMAC. */
const algorithms = ['ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'EdDSA', 'Ed25519']

/** For one question to the issuer. */
const answerMs = 5000
/** Of one answer: it is trusted to name its keys, not with our memory. */
const answerBytes = 1024 * 1024
/** A key withdrawn by the issuer is believed for no longer. */
const keysMs = 10 * 60_000
/** Between two questions, whatever strangers send: an unknown key id, or any token while the issuer is down. */
const pauseMs = 10_000

export function makeIssuer(settings: IssuerSettings, { clock }: { readonly clock: Clock }): Issuer {
  const keys = new IssuerKeys(settings.issuer)
  return {
    name: settings.issuer,
    async check(jwt) {
      const at = machineNow(clock)
      const payload = await verified(jwt, settings, keys, at)
      return credentialOf(payload, settings)
    },
  }
}

async function verified(jwt: string, { issuer, audiences }: IssuerSettings, keys: IssuerKeys, at: Instant) {
  const options = {
    algorithms,
    issuer,
    audience: [...audiences],
    requiredClaims: ['exp', 'sub'],
    clockTolerance: skewMs / 1000,
    currentDate: new Date(at),
  }
  const verify = async () => (await jose().jwtVerify(jwt, await keys.at(at), options)).payload
  try {
    return await verify().catch(async (error: unknown) => {
      // signed with a key that the issuer did not have when it was last asked
      if (!(error instanceof jose().errors.JWKSNoMatchingKey) || !(await keys.renew(at))) throw error
      return await verify()
    })
  } catch (error) {
    throw faultOfJose(error, { jwt, at, issuer, algorithms, audiences })
  }
}

/** The issuer's keys, asked for once for all who wait, and again as the bounds above say. */
class IssuerKeys {
  readonly #issuer: string
  #keys: RemoteJWKSet | undefined
  #loadedAt = Number.NEGATIVE_INFINITY
  #askedAt = Number.NEGATIVE_INFINITY
  #underWay: Promise<void> | undefined
  #why = 'it was not asked yet'

  constructor(issuer: string) {
    this.#issuer = issuer
  }

  async at(at: Instant): Promise<RemoteJWKSet> {
    if (at > this.#loadedAt + keysMs) await this.#ask(at)
    if (this.#keys && at <= this.#loadedAt + keysMs) return this.#keys
    throw new ProvisioningError('issuer_unreachable', { issuer: this.#issuer, why: this.#why })
  }

  /** False: it was asked a moment ago, or does not answer. Then the keys that are there go on. */
  async renew(at: Instant): Promise<boolean> {
    const before = this.#loadedAt
    await this.#ask(at)
    return this.#loadedAt !== before
  }

  async #ask(at: Instant): Promise<void> {
    if (!this.#underWay && at < this.#askedAt + pauseMs) return
    this.#underWay ??= this.#load(at).finally(() => {
      this.#underWay = undefined
    })
    await this.#underWay
  }

  async #load(at: Instant): Promise<void> {
    this.#askedAt = at
    try {
      this.#keys = await loadKeys(this.#issuer)
      this.#loadedAt = at
    } catch (error) {
      this.#why = whyOf(error)
    }
  }
}

async function loadKeys(issuer: string): Promise<RemoteJWKSet> {
  // Discovery 4.1: below the issuer's path, not at the root of its host
  const answer = await fetchSmall(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(answerMs),
  })
  if (answer.status !== 200) throw new Error(`it answered ${answer.status}`)
  const told = (await answer.json()) as { readonly issuer?: unknown; readonly jwks_uri?: unknown }
  // Discovery 4.3
  if (told.issuer !== issuer) throw new Error(`it calls itself "${printable(String(told.issuer), 200)}"`)
  if (typeof told.jwks_uri !== 'string' || !isSafeUrl(told.jwks_uri)) throw new Error('its jwks_uri is not https')
  const { createRemoteJWKSet, customFetch } = jose()
  const keys = createRemoteJWKSet(new URL(told.jwks_uri), {
    timeoutDuration: answerMs,
    cooldownDuration: Number.MAX_SAFE_INTEGER,
    cacheMaxAge: Number.POSITIVE_INFINITY,
    [customFetch]: fetchSmall,
  })
  await keys.reload()
  return keys
}

async function fetchSmall(url: string, init: RequestInit): Promise<Response> {
  const { body, status } = await fetch(url, init)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.length
    if (size > answerBytes) throw new Error(`it answered more than ${answerBytes / 1024} KiB`)
    chunks.push(chunk)
  }
  return new Response(size === 0 ? null : Buffer.concat(chunks), { status })
}

/** The name that the issuer's users know, and the subject, which alone nobody else can have (OpenID Connect Core 5.7). */
function credentialOf(payload: JWTPayload, { rolesClaim, roles }: IssuerSettings): Credential {
  const subject = printable(String(payload.sub), 80)
  const called = payload.preferred_username ?? payload.email ?? payload.name
  const name = typeof called === 'string' && called !== payload.sub ? `${printable(called, 80)} (${subject})` : subject
  const values = valuesOf(payload, rolesClaim)
  return {
    actor: { kind: 'issuer', name },
    origin: { kind: 'issuer' },
    roles: roleNames.filter((role) => roles[role].some((value) => values.includes(value))),
    until: (payload.exp ?? 0) * 1000,
  }
}

/** A list, or text with blanks between as `scope` is. Own members only: the path is the operator's, the claims are not. */
function valuesOf(payload: JWTPayload, path: string): readonly unknown[] {
  const whole = Object.hasOwn(payload, path) ? payload[path] : path.split('.').reduce<unknown>(member, payload)
  if (typeof whole === 'string') return [whole, ...whole.split(' ')]
  return Array.isArray(whole) ? whole : []
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined

function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if (error.name === 'TimeoutError' || error instanceof jose().errors.JWKSTimeout)
    return `no answer within ${answerMs / 1000} s`
  const { code } = (error.cause ?? {}) as { readonly code?: unknown }
  return typeof code === 'string' ? code : printable(error.message, 300)
}
