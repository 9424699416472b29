import type { ConnectionString } from './connection-string.ts'

/** Seconds that a token lives unless told otherwise: an hour, as the public SDKs do. */
const lifetimeSeconds = 3600

/**
 * Makes a shared access signature token for the whole service, or for what stands below one path of it.
 *
 * ```ts
 * const token = await makeSasToken(parseConnectionString(text), { lifetimeSeconds: 600 })
 * await fetch(`https://${host}/enrollments/pump-12?api-version=2021-10-01`, { headers: { authorization: token } })
 * ```
 */
export async function makeSasToken(
  { hostName, sharedAccessKeyName, sharedAccessKey }: ConnectionString,
  options: { readonly lifetimeSeconds?: number; readonly path?: string; readonly now?: () => number } = {},
): Promise<string> {
  const resource = encodeURIComponent(`${hostName}${options.path ?? ''}`)
  const expiry = Math.floor((options.now ?? Date.now)() / 1000) + (options.lifetimeSeconds ?? lifetimeSeconds)
  const signature = await sign(`${resource}\n${expiry}`, sharedAccessKey)
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${encodeURIComponent(sharedAccessKeyName)}`
}

/** Base64 of HMAC-SHA256, over WebCrypto, so that it works in a browser too. */
async function sign(text: string, base64Key: string): Promise<string> {
  const bytes = Uint8Array.from(atob(base64Key), (character) => character.charCodeAt(0))
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const signature = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(text))
  return btoa(String.fromCharCode(...new Uint8Array(signature)))
}

/** Services tolerate five minutes; a clock that is further off is wrong, or the service lives in another time. */
const toleratedMs = 5 * 60_000

/** A source of tokens that makes a new one only when the last nears its end. */
export class Tokens {
  readonly #connection: ConnectionString
  readonly #now: () => number
  /** How far the service's clock is ahead of ours. */
  #aheadMs = 0
  #current: Promise<string> | undefined
  #renewAt = 0

  constructor(connection: ConnectionString, now: () => number = Date.now) {
    this.#connection = connection
    this.#now = now
  }

  token(): Promise<string> {
    const at = this.#now() + this.#aheadMs
    if (!this.#current || at >= this.#renewAt) {
      this.#current = makeSasToken(this.#connection, { now: () => at })
      this.#renewAt = at + (lifetimeSeconds * 1000) / 2
    }
    return this.#current
  }

  /** Makes tokens by the service's clock from now on; false where ours agrees with it. */
  follow(serviceTime: number): boolean {
    const aheadMs = serviceTime - this.#now()
    if (!(Math.abs(aheadMs - this.#aheadMs) > toleratedMs)) return false
    this.#aheadMs = aheadMs
    this.#current = undefined
    return true
  }
}
