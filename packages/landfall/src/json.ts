/** JSON as values, for what passes through unread: twins, payloads, members of newer api-versions. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export type JsonObject = { readonly [member: string]: Json | undefined }

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An enrollment in a bulk body nests its twin 16 deep (contract/iot-hub 6.9); beyond, every recursive walk is at risk. */
export const mostNesting = 64

/** Looked at before parsing: brackets outside of strings. A loop, as a pattern would search hostile text again and again. */
export function nestsTooDeep(text: string): boolean {
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length && depth <= mostNesting; at += 1) {
    const char = text[at]
    if (char === '"') quoted = !quoted
    else if (quoted) at += char === '\\' ? 1 : 0
    else if (char === '[' || char === '{') depth += 1
    else if (char === ']' || char === '}') depth -= 1
  }
  return depth > mostNesting
}
