/** How large and how deep a twin may be, and what its members may be called (contract/iot-hub 6.9). */
import { printable } from '../ids.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'

export type TwinSection = 'tags' | 'desired' | 'reported'

const keyBytes = 1024
const stringBytes = 4096
const depthLimit = 10
const largestInteger = 2 ** 52
const sectionBytes = { tags: 8 * 1024, desired: 32 * 1024, reported: 32 * 1024 } as const

/** What is wrong with the names and values of a document, as a sentence; undefined: nothing. */
export function formFault(section: TwinSection, document: JsonObject): string | undefined {
  return objectFault(document, section, 1)
}

/** A whole section is measured after the change: a patch may be small and its sum too large. */
export function sizeFault(section: TwinSection, document: JsonObject): string | undefined {
  const size = sizeOf(document)
  const limit = sectionBytes[section]
  if (size > limit)
    return `The ${section} of a twin may hold ${limit} bytes of names and values, but would hold ${size}. Send less.`
}

function objectFault(document: JsonObject, path: string, depth: number): string | undefined {
  if (depth > depthLimit) return `${shown(path)} is nested deeper than ${depthLimit} levels. Make it flatter.`
  for (const [name, value] of Object.entries(document)) {
    // System members at the top are not the caller's to set: they are ignored (contract/iot-hub 6.6).
    if (depth === 1 && (name === '$version' || name === '$metadata')) continue
    const fault = nameFault(name, path) ?? valueFault(value ?? null, `${path}.${name}`, depth)
    if (fault) return fault
  }
}

function nameFault(name: string, path: string): string | undefined {
  if (Buffer.byteLength(name) > keyBytes) return `A member of ${shown(path)} has a name longer than ${keyBytes} bytes.`
  if (name !== '' && !/[\u0000-\u001f\u007f-\u009f.$ ]/.test(name)) return
  return `${shown(path)} has a member named "${printable(name)}". Names may hold no control character, dot, dollar sign or space, and may not be empty.`
}

function valueFault(value: Json, path: string, depth: number): string | undefined {
  if (typeof value === 'string') {
    if (Buffer.byteLength(value) > stringBytes) return `${shown(path)} is a text longer than ${stringBytes} bytes.`
  } else if (typeof value === 'number') {
    // 1e999 is read as infinity, and would be written as null
    if (!Number.isFinite(value)) return `${shown(path)} is a number past all bounds.`
    if (Number.isInteger(value) && (value < -largestInteger || value >= largestInteger))
      return `${shown(path)} is an integer outside -4503599627370496 to 4503599627370495. Send it as text.`
  } else if (Array.isArray(value)) {
    return arrayFault(value, path, depth + 1)
  } else if (isJsonObject(value)) {
    return objectFault(value, path, depth + 1)
  }
}

function arrayFault(items: readonly Json[], path: string, depth: number): string | undefined {
  if (depth > depthLimit) return `${shown(path)} is nested deeper than ${depthLimit} levels. Make it flatter.`
  for (const [index, item] of items.entries()) {
    const fault = valueFault(item, `${path}[${index}]`, depth)
    if (fault) return fault
  }
}

/** The sum of the lengths of names and values: a number counts 8, a boolean 4, null nothing. */
function sizeOf(value: Json | undefined): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (typeof value === 'number') return 8
  if (typeof value === 'boolean') return 4
  if (Array.isArray(value)) return value.reduce((sum: number, item: Json) => sum + sizeOf(item), 0)
  if (!isJsonObject(value)) return 0
  return Object.entries(value).reduce((sum, [name, item]) => sum + Buffer.byteLength(name) + sizeOf(item), 0)
}

const shown = (path: string) => `"${printable(path, 200)}"`
