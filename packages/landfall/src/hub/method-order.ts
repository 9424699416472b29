/** The body of a method call, and of a job that calls one, as an order (contract/iot-hub 8.1, 8.2). */
import { printable } from '../ids.ts'
import type { Json, JsonObject } from '../json.ts'
import type { MethodOrder } from './device/back-end.ts'
import { invalid } from './refusal.ts'

/** contract/iot-hub 8.2 */
const seconds = {
  responseTimeoutInSeconds: { least: 1, most: 300, otherwise: 30 },
  connectTimeoutInSeconds: { least: 0, most: 300, otherwise: 0 },
} as const
/** A bound of our own: the name stands in a topic. */
const longestName = 256

export function readMethod(body: JsonObject): MethodOrder {
  const { methodName, payload } = body
  if (typeof methodName !== 'string' || methodName === '' || methodName.length > longestName)
    throw invalid(`methodName is a text of 1 to ${longestName} characters.`)
  return {
    // JSON may hold half of a surrogate pair, which no topic can
    name: methodName.toWellFormed(),
    payload: (payload ?? null) as Json,
    responseTimeoutMs: readSeconds('responseTimeoutInSeconds', body),
    connectTimeoutMs: readSeconds('connectTimeoutInSeconds', body),
  }
}

function readSeconds(name: keyof typeof seconds, body: JsonObject): number {
  const { least, most, otherwise } = seconds[name]
  const value = body[name] ?? otherwise
  if (typeof value === 'number' && value >= least && value <= most) return value * 1000
  throw invalid(`${name} is a number from ${least} to ${most}, not ${printable(JSON.stringify(value), 60)}.`)
}
