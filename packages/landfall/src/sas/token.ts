/** Shared access signature tokens: read, made and checked (contract/device-api 2.2, contract/service-api 5, contract/iot-hub 2). */
import type { Instant } from '../system.ts'
import { hmacSha256, sameBytes } from './key.ts'

/** Tolerated after `se` (contract/service-api 5.5, contract/semantics 6.8). */
export const skewMs = 5 * 60_000

export interface SasToken {
  /** `sr` percent-decoded once. */
  readonly resource: string
  /** Exactly what was signed: `sr` as it stands in the token, a line feed, `se` as it stands there. */
  readonly signedText: string
  readonly signature: Uint8Array
  readonly expiry: Instant
  /** `skn`; absent where missing or empty. */
  readonly policyName: string | undefined
}

export type TokenReading = { readonly token: SasToken } | { readonly malformed: string }

const fieldNames = new Set(['sr', 'sig', 'se', 'skn'])
/** Longer than any client's; a registration id, a scope and a signature fit many times. */
const longestToken = 4096

/**
 * Reads a token without judging it. Split on `&`, each at its first `=`; never through a form parser, which would
 * turn `+` into a blank (contract/semantics 6.6).
 */
export function readToken(text: string): TokenReading {
  if (text.length > longestToken) return { malformed: `it is longer than ${longestToken} characters` }
  const scheme = /^SharedAccessSignature +/i.exec(text)
  if (!scheme) return { malformed: 'it does not begin with "SharedAccessSignature "' }
  const fields = new Map<string, string>()
  for (const part of text.slice(scheme[0].length).trim().split('&')) {
    const cut = part.indexOf('=')
    const name = (cut < 0 ? part : part.slice(0, cut)).toLowerCase()
    if (!fieldNames.has(name)) continue
    if (fields.has(name)) return { malformed: `it has ${name} twice` }
    fields.set(name, cut < 0 ? '' : part.slice(cut + 1))
  }
  const sr = fields.get('sr')
  const sig = fields.get('sig')
  const se = fields.get('se')
  if (!sr) return { malformed: 'sr is missing' }
  if (!sig) return { malformed: 'sig is missing' }
  if (!se) return { malformed: 'se is missing' }
  const resource = percentDecode(sr)
  if (resource === undefined) return { malformed: 'sr is not percent-encoded text' }
  const signatureText = percentDecode(sig)
  if (signatureText === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(signatureText))
    return { malformed: 'sig is not base64' }
  if (!/^\d{1,16}(\.\d+)?$/.test(se)) return { malformed: 'se is not a number of seconds' }
  const skn = percentDecode(fields.get('skn') ?? '')
  if (skn === undefined) return { malformed: 'skn is not percent-encoded text' }
  return {
    token: {
      resource,
      signedText: `${sr}\n${se}`,
      signature: Buffer.from(signatureText, 'base64'),
      expiry: Number(se) * 1000,
      policyName: skn === '' ? undefined : skn,
    },
  }
}

function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

export function isExpired(token: SasToken, at: Instant): boolean {
  return at > token.expiry + skewMs
}

/**
 * Whether one of the keys (base64) made the signature. All are tried, whichever fits. Readers of Event Hubs, whose
 * resources begin with sb:, sign with the text of the key, not with what it encodes.
 */
export function signedByOneOf(token: SasToken, keys: readonly string[]): boolean {
  const encodings = /^sb:/i.test(token.resource) ? (['base64', 'utf8'] as const) : (['base64'] as const)
  let fits = false
  for (const key of keys) {
    for (const encoding of encodings) {
      if (sameBytes(hmacSha256(Buffer.from(key, encoding), token.signedText), token.signature)) fits = true
    }
  }
  return fits
}

export interface TokenOrder {
  /** Unencoded, for instance `0ne00000A0A/registrations/dev-1` or a host name. */
  readonly resource: string
  /** Base64. */
  readonly key: string
  readonly expiry: Instant
  readonly policyName?: string
}

export function makeToken({ resource, key, expiry, policyName }: TokenOrder): string {
  const sr = encodeURIComponent(resource)
  const se = Math.floor(expiry / 1000)
  const signature = hmacSha256(Buffer.from(key, 'base64'), `${sr}\n${se}`).toString('base64')
  const skn = policyName === undefined ? '' : `&skn=${encodeURIComponent(policyName)}`
  return `SharedAccessSignature sr=${sr}&sig=${encodeURIComponent(signature)}&se=${se}${skn}`
}
