/**
 * Secrets never stand in the log; a fingerprint in their place shows that one has changed, and that two are the same.
 *
 * A plain hash would do for keys that were made by chance. But keys and passwords that people choose can be guessed, and
 * whoever reads the log could try guesses against it for ever. So it is an HMAC under a key of the store's own, which no
 * interface shows; who has the store's file has the secrets themselves.
 */
import { createHmac } from 'node:crypto'
import { isJsonObject, type Json } from '../json.ts'

export type HideSecrets = (value: Json) => Json

/** Eight digits: two different secrets look alike once in four billion. */
const fingerprintDigits = 8

/** Of our own things and, since twins, payloads and foreign members are whatever people put there, of theirs. */
const secretName =
  /(key|jwk|token|hash|salt|sas|pwd)s?$|secret|pass(w|code|phrase)|credential|connectionstring|verificationcode|sharedaccess/i
/** The public halves of a TPM's keys. */
const publicNames: ReadonlySet<string> = new Set(['endorsementKey', 'storageRootKey'])

export function makeHideSecrets(key: Uint8Array): HideSecrets {
  const fingerprint = (text: string) =>
    text && `secret:${createHmac('sha256', key).update(text).digest('hex').slice(0, fingerprintDigits)}`

  function hide(value: Json, isSecret: boolean): Json {
    if (typeof value === 'string') return isSecret ? fingerprint(value) : hideWithin(value, fingerprint)
    if (typeof value === 'number') return isSecret ? fingerprint(String(value)) : value
    if (isList(value)) return value.map((member) => hide(member, isSecret))
    if (!isJsonObject(value)) return value
    const members = Object.entries(value).map(([name, member]): [string, Json | undefined] => [
      name,
      member === undefined ? undefined : hide(member, isSecret || namesSecret(name)),
    ])
    return Object.fromEntries(members)
  }
  return (value) => hide(value, false)
}

const namesSecret = (name: string) => secretName.test(name) && !publicNames.has(name)

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)

/** Private keys, connection strings, SAS tokens and addresses with a key in them, whatever the member is called. */
function hideWithin(text: string, fingerprint: (secret: string) => string): string {
  if (text.includes('PRIVATE KEY-----')) return fingerprint(text)
  const keyless = text.replace(
    /\b(SharedAccessKey|SharedAccessSignature|AccountKey|sig)=([^;&\s"]+)/gi,
    (_, name: string, secret: string) => `${name}=${fingerprint(secret)}`,
  )
  return /^[a-z][a-z0-9+.-]{1,20}:\/\//i.test(text) ? hideInAddress(keyless, fingerprint) : keyless
}

/** The key of an Azure function stands in the query of its address. */
function hideInAddress(address: string, fingerprint: (secret: string) => string): string {
  return address
    .replace(/([?&][^=&#?]*=)([^&#]+)/g, (whole, name: string, value: string) =>
      value.startsWith('secret:') ? whole : `${name}${fingerprint(value)}`,
    )
    .replace(/^([^/]*:\/\/)([^/@?#]+)@/, (_, scheme: string, who: string) => `${scheme}${fingerprint(who)}@`)
}
