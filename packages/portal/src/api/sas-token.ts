/** A shared access signature, made here so that the key need not travel (contract/service-api 5). */
export interface PolicyKey {
  readonly policyName: string
  /** Base64. */
  readonly key: string
}

export interface ConnectionString extends PolicyKey {
  readonly hostName: string
}

/** Undefined where the text is none. */
export function parseConnectionString(text: string): ConnectionString | undefined {
  const fields = new Map<string, string>()
  for (const part of text.trim().split(';')) {
    const cut = part.indexOf('=')
    if (cut > 0) fields.set(part.slice(0, cut).trim().toLowerCase(), part.slice(cut + 1).trim())
  }
  const hostName = fields.get('hostname')
  const policyName = fields.get('sharedaccesskeyname')
  const key = fields.get('sharedaccesskey')
  if (!hostName || !policyName || !key || !isKey(key)) return undefined
  return { hostName, policyName, key }
}

export const isKey = (text: string): boolean => /^[A-Za-z0-9+/]{16,}={0,2}$/.test(text.trim())

/** Long enough to be sent at once, and no longer. */
const lifeSeconds = 300

export async function makeSasToken({ policyName, key }: PolicyKey, host: string, now: number): Promise<string> {
  const sr = encodeURIComponent(host)
  const se = Math.floor(now / 1000) + lifeSeconds
  const signature = await sign(key, `${sr}\n${se}`)
  return `SharedAccessSignature sr=${sr}&sig=${encodeURIComponent(signature)}&se=${se}&skn=${encodeURIComponent(policyName)}`
}

async function sign(key: string, text: string): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const imported = await crypto.subtle.importKey('raw', bytesOf(key.trim()), algorithm, false, ['sign'])
  const signature = await crypto.subtle.sign('HMAC', imported, new TextEncoder().encode(text))
  return btoa(String.fromCharCode(...new Uint8Array(signature)))
}

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
