/** Addresses: path`/landfall/hubs/${name}` escapes what is put in. */
export function path(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return parts.map((part, index) => part + encodeURIComponent(values[index] ?? '')).join('')
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

/** `?a=1&b=2`, without what is undefined or empty. */
export function queryText(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
  return text === '' ? '' : `?${text}`
}
