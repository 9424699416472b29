/**
 * Sessions of the portal, in memory: a cookie that scripts cannot read stands for a credential that was checked once,
 * and holds no longer than the credential does.
 */
import { createHash } from 'node:crypto'
import { ProvisioningError } from '../fault.ts'
import type { Settings } from '../store/settings.ts'
import type { Instant, Random } from '../system.ts'
import { type Credential, type May, standing, standingIfAny } from './credential.ts'

export interface Session {
  readonly credential: Credential
  /** What a page must send along to change anything: another site can send the cookie, but not read this. */
  readonly csrf: string
  /** However busy it is. */
  readonly until: Instant
  usedAt: Instant
}

// OWASP Session Management: idle and absolute timeouts of something that shows keys
export const idleMs = 15 * 60_000
const absoluteMs = 8 * 3_600_000

/** Of one credential; the one that was used longest ago goes. A stranger has no credential, so fills nothing. */
const mostOfOne = 20
const mostOfAll = 1000

export class Sessions {
  /** By the hash of the id: what is in memory does not sign anybody in. */
  readonly #sessions = new Map<string, Session>()
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  /** Under a new id each time: one that somebody planted in the browser beforehand is worth nothing. */
  open(credential: Credential, at: Instant): { readonly id: string; readonly session: Session } {
    this.#forgetEnded(at)
    this.#makeRoom(credential)
    const id = this.#secret()
    const until = Math.min(at + absoluteMs, credential.until ?? Number.POSITIVE_INFINITY)
    const session: Session = { credential, csrf: this.#secret(), until, usedAt: at }
    this.#sessions.set(hashOf(id), session)
    return { id, session }
  }

  /** As a use of it. Throws where there is none, or where what it came from is gone. */
  use(id: string, settings: Settings, at: Instant): { readonly session: Session; readonly may: May } {
    const key = hashOf(id)
    const session = this.#sessions.get(key)
    if (!session) throw new ProvisioningError('session_missing')
    try {
      if (hasEnded(session, at)) throw new ProvisioningError('session_missing')
      const may = standing(session.credential, settings, at)
      session.usedAt = at
      return { session, may }
    } catch (error) {
      this.#sessions.delete(key)
      throw error
    }
  }

  /** Without being a use. */
  look(id: string, settings: Settings, at: Instant): May | undefined {
    const session = this.#sessions.get(hashOf(id))
    return session && !hasEnded(session, at) ? standingIfAny(session.credential, settings, at) : undefined
  }

  end(id: string): void {
    this.#sessions.delete(hashOf(id))
  }

  #secret(): string {
    return Buffer.from(this.#random.bytes(32)).toString('base64url')
  }

  #forgetEnded(at: Instant): void {
    for (const [key, session] of this.#sessions) if (hasEnded(session, at)) this.#sessions.delete(key)
  }

  #makeRoom({ actor }: Credential): void {
    const own = [...this.#sessions].filter(([, { credential }]) => sameActor(credential.actor, actor))
    if (own.length >= mostOfOne) this.#sessions.delete(longestUnused(own))
    else if (this.#sessions.size >= mostOfAll) this.#sessions.delete(longestUnused([...this.#sessions]))
  }
}

const hasEnded = ({ until, usedAt }: Session, at: Instant) => at >= until || at >= usedAt + idleMs

const sameActor = (a: Credential['actor'], b: Credential['actor']) => a.kind === b.kind && a.name === b.name

function longestUnused(sessions: readonly (readonly [string, Session])[]): string {
  const [key] = sessions.reduce((oldest, one) => (one[1].usedAt < oldest[1].usedAt ? one : oldest))
  return key
}

const hashOf = (id: string) => createHash('sha256').update(id).digest('base64')
