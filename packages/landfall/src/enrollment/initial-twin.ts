/** The initial twin, held to the hub's limits already when it is saved (contract/service-api 7.8, contract/iot-hub 6.9). */
import { printable } from '../ids.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import type { InitialTwin } from './enrollment.ts'
import { invalid, objectAt } from './fields.ts'

/** contract/iot-hub 6.9 */
const twinLimits = {
  tagsBytes: 8 * 1024,
  desiredBytes: 32 * 1024,
  keyBytes: 1024,
  stringBytes: 4 * 1024,
  depth: 10,
  leastInteger: -4503599627370496,
  mostInteger: 4503599627370495,
} as const

export function parseInitialTwin(body: JsonObject): InitialTwin | undefined {
  const twin = objectAt(body, 'initialTwin')
  if (!twin) return
  const properties = objectAt(twin, 'initialTwin.properties')
  return {
    tags: collection(objectAt(twin, 'initialTwin.tags'), 'initialTwin.tags', twinLimits.tagsBytes),
    desired: collection(
      properties && objectAt(properties, 'initialTwin.properties.desired'),
      'initialTwin.properties.desired',
      twinLimits.desiredBytes,
    ),
  }
}

// C# and Java send back what a hub showed them: $version and $metadata (contract/service-api 7.8)
function collection(sent: JsonObject | undefined, path: string, limitBytes: number): JsonObject | undefined {
  if (!sent) return
  const kept = Object.fromEntries(Object.entries(sent).filter(([key]) => key !== '$version' && key !== '$metadata'))
  const size = sizeOf(kept, path, 1)
  if (size > limitBytes) throw invalid(`${path} counts ${size} bytes; a twin takes ${limitBytes} there.`)
  return kept
}

/** Keys and values added up as the hub does: numbers 8, booleans 4. */
function sizeOf(value: Json | undefined, path: string, depth: number): number {
  if (typeof value === 'string') return stringSize(value, path)
  if (typeof value === 'number') return numberSize(value, path)
  if (typeof value === 'boolean') return 4
  if (value === null || value === undefined) return 0
  if (depth > twinLimits.depth) throw invalid(`${path} is nested deeper than ${twinLimits.depth} levels.`)
  if (!isJsonObject(value)) return value.reduce<number>((sum, item) => sum + sizeOf(item, path, depth + 1), 0)
  return Object.entries(value).reduce(
    (sum, [key, item]) => sum + keySize(key, path) + sizeOf(item, `${path}.${printable(key, 60)}`, depth + 1),
    0,
  )
}

function keySize(key: string, path: string): number {
  const size = Buffer.byteLength(key)
  if (size > twinLimits.keyBytes) throw invalid(`A key in ${path} is longer than ${twinLimits.keyBytes} bytes.`)
  if (/[\u0000-\u001f\u007f-\u009f.$ ]/.test(key)) {
    throw invalid(`The key "${printable(key, 60)}" in ${path} has a ".", "$", blank or control character.`)
  }
  return size
}

function stringSize(text: string, path: string): number {
  const size = Buffer.byteLength(text)
  if (size > twinLimits.stringBytes) throw invalid(`${path} is a string of more than ${twinLimits.stringBytes} bytes.`)
  return size
}

function numberSize(value: number, path: string): number {
  const { leastInteger, mostInteger } = twinLimits
  // 1e999 is read as infinity, and would be written as null
  if (!Number.isFinite(value)) throw invalid(`${path} is a number past all bounds.`)
  if (Number.isInteger(value) && (value < leastInteger || value > mostInteger)) {
    throw invalid(`${path} is ${value}; integers of a twin lie between ${leastInteger} and ${mostInteger}.`)
  }
  return 8
}
