/** Request bodies as JSON, with the tolerance that real clients need and a limit on what a stranger can nest. */
import { ProvisioningError } from '../fault.ts'
import { printable } from '../ids.ts'
import { mostNesting, nestsTooDeep } from '../json.ts'

/**
 * JSON if there is anything, whatever the content type says or leaves out; only an explicit other type is refused.
 * Nothing is undefined: half of the clients announce JSON and send no body (contract/service-api 4.19).
 */
export function readJsonBody(bytes: Uint8Array, contentType: string | undefined): unknown {
  if (bytes.length === 0) return
  if (contentType !== undefined && !isJson(contentType)) {
    throw new ProvisioningError('media_type', { type: printable(contentType, 60) })
  }
  const text = decode(bytes)
  if (nestsTooDeep(text)) throw malformed(`it is nested deeper than ${mostNesting} levels`)
  if (text.trim() === '') return
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw malformed(`it is not JSON${placeIn(error)}`)
  }
}

/** Only where it went wrong: the parser's own words quote the body, which may hold a key, and refusals are logged. */
function placeIn(error: unknown): string {
  const place = /\bat position (\d+)/.exec(error instanceof Error ? error.message : '')
  return place ? `, from character ${Number(place[1]) + 1} on` : ''
}

const malformed = (why: string) => new ProvisioningError('body_malformed', { why })

const isJson = (contentType: string): boolean => /^\s*(application|text)\/([\w.-]+\+)?json\s*(;|$)/i.test(contentType)

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw malformed('it is not UTF-8')
  }
}
