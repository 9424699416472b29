/** A message of a device on one line: whatever is in it, a terminal obeys nothing of it. */
import { colour, harmless } from './output.ts'
import type { TelemetryEvent } from './telemetry.ts'

/** Longer ones are cut; `--json` shows all. */
const longestBody = 400
const mostHexBytes = 64

export function telemetryLine(event: TelemetryEvent): string {
  const { enqueuedAt, deviceId, moduleId } = event
  const from = moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`
  const more = propertiesText(event)
  return [colour.dim(enqueuedAt), colour.cyan(harmless(from)), bodyText(event), more === '' ? '' : colour.dim(more)]
    .filter((part) => part !== '')
    .join('  ')
}

/** JSON on one line, text as it is, other bytes in hex. */
export function bodyText({ body, bodyBase64 }: Pick<TelemetryEvent, 'body' | 'bodyBase64'>): string {
  if (bodyBase64 !== undefined) return hexOf(Buffer.from(bodyBase64, 'base64'))
  const text = harmless(asOneLine(body ?? ''))
  return text.length > longestBody ? `${text.slice(0, longestBody)}… (${text.length} characters)` : text
}

function asOneLine(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text))
  } catch {
    return text
  }
}

function hexOf(bytes: Buffer): string {
  const shown = bytes.subarray(0, mostHexBytes).toString('hex')
  return bytes.length > mostHexBytes ? `0x${shown}… (${bytes.length} bytes)` : `0x${shown}`
}

/** What the application gave it, then what the protocol knows; that it is JSON goes without saying. */
function propertiesText({ properties, system, source }: TelemetryEvent): string {
  const { contentType, contentEncoding, ...others } = system
  const plain = contentType === undefined || /^application\/json\b/.test(contentType)
  const shown = Object.entries({ ...properties, ...others, ...(plain ? {} : { contentType, contentEncoding }), source })
  return shown
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => (value === null ? harmless(name) : `${harmless(name)}=${harmless(`${value}`)}`))
    .join(' ')
}
