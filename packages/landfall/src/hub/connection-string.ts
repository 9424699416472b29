/** The connection string of a hub's policy, taken apart (contract/iot-hub 1.1). */

export interface HubAddress {
  readonly host: string
  readonly policyName: string
  /** Base64. */
  readonly key: string
}

/** Undefined where a part is missing. Parts may come in any order; a key has equals signs of its own. */
export function readHubConnectionString(text: string): HubAddress | undefined {
  const parts = partsOf(text)
  const host = parts.get('hostname')
  const policyName = parts.get('sharedaccesskeyname')
  const key = parts.get('sharedaccesskey')
  if (!host || !/^[A-Za-z0-9._-]+$/.test(host) || !policyName || !key) return
  return { host, policyName, key }
}

/** Each part by its name in lower case: programs write the names in any (contract/management 4.4). */
export const partsOf = (text: string): ReadonlyMap<string, string> => new Map(text.split(';').map(partOf))

function partOf(part: string): [name: string, value: string] {
  const cut = part.indexOf('=')
  return cut < 0
    ? [part.trim().toLowerCase(), '']
    : [part.slice(0, cut).trim().toLowerCase(), part.slice(cut + 1).trim()]
}
