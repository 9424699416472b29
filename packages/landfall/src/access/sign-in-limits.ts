/**
 * How often signing in may fail: per address, so that nobody can try keys, and for all addresses together, so that
 * many cannot either. Keys are random and long; this is for passwords that people give them as if they were none.
 */
import { LRUCache } from 'lru-cache'
import { ProvisioningError } from '../fault.ts'
import type { Instant } from '../system.ts'

const windowMs = 60_000
const mostOfOne = 10
/** Then only addresses that did not fail yet are heard, once each: a crowd must not lock the operator out. */
const mostOfAll = 300
const firstPauseMs = 30_000
const longestPauseMs = 15 * 60_000
const mostAddresses = 10_000

interface Tries {
  since: Instant
  failed: number
  /** Still being judged: they may fail yet, all at once. */
  open: number
  pauses: number
  pausedUntil: Instant
}

export class SignInLimits {
  readonly #tries = new LRUCache<string, Tries>({ max: mostAddresses })
  readonly #all: Tries = fresh(Number.NEGATIVE_INFINITY)

  /** Runs one try of an address. One that succeeds counts for nothing, and forgives nothing. */
  async attempt<Result>(remoteAddress: string, at: Instant, run: () => Promise<Result>): Promise<Result> {
    const tries = this.#triesOf(remoteAddress, at)
    const all = renewed(this.#all, at)
    if (at < tries.pausedUntil) throw tooMany(tries.pausedUntil - at)
    if (all.failed >= mostOfAll && tries.failed > 0) throw tooMany(all.since + windowMs - at)
    if (tries.failed >= mostOfOne) throw tooMany(pause(tries, at))
    if (tries.failed + tries.open >= mostOfOne) throw tooMany(1000)
    tries.open++
    try {
      return await run()
    } catch (error) {
      tries.failed++
      all.failed++
      throw error
    } finally {
      tries.open--
    }
  }

  #triesOf(remoteAddress: string, at: Instant): Tries {
    const key = networkOf(remoteAddress)
    const known = this.#tries.get(key)
    if (known) return renewed(known, at)
    const tries = fresh(at)
    this.#tries.set(key, tries)
    return tries
  }
}

const fresh = (since: Instant): Tries => ({ since, failed: 0, open: 0, pauses: 0, pausedUntil: since })

function renewed(tries: Tries, at: Instant): Tries {
  if (at < tries.since + windowMs || at < tries.pausedUntil) return tries
  // an hour without a fault is forgiven
  if (at > tries.pausedUntil + 3_600_000) tries.pauses = 0
  tries.since = at
  tries.failed = 0
  return tries
}

/** Each time twice as long. */
function pause(tries: Tries, at: Instant): number {
  const ms = Math.min(firstPauseMs * 2 ** tries.pauses, longestPauseMs)
  tries.pauses++
  tries.pausedUntil = at + ms
  return ms
}

/** Of IPv6 the network: whoever has one address there has 2^64. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = '', tail] = address.replace(/%.*$/, '').split('::')
  const groups = (part: string | undefined) => (part ? part.split(':') : [])
  const missing = tail === undefined ? 0 : Math.max(0, 8 - groups(head).length - groups(tail).length)
  return [...groups(head), ...Array<string>(missing).fill('0'), ...groups(tail)].slice(0, 4).join(':')
}

const tooMany = (ms: number) =>
  new ProvisioningError('too_many_sign_ins', { retryAfterSeconds: Math.max(1, Math.ceil(ms / 1000)) })
