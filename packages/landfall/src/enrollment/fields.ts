/** Reading members of untyped JSON: absent and null are the same (contract/service-api 7). */
import { ProvisioningError } from '../fault.ts'
import { printable } from '../ids.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'

export const invalid = (message: string) => new ProvisioningError('invalid', { message })

export function requireObject(value: unknown, what: string): JsonObject {
  if (!isJsonObject(value)) throw invalid(`${what} must be a JSON object.`)
  return value
}

/** `path` is how the sentence names the member; its last segment is the member. */
export function memberAt(object: JsonObject, path: string): Json | undefined {
  return object[path.slice(path.lastIndexOf('.') + 1)] ?? undefined
}

export function objectAt(object: JsonObject, path: string): JsonObject | undefined {
  const value = memberAt(object, path)
  return value === undefined ? undefined : requireObject(value, path)
}

export function textAt(object: JsonObject, path: string): string | undefined {
  const value = memberAt(object, path)
  if (value !== undefined && typeof value !== 'string') throw invalid(`${path} must be a string.`)
  return value
}

export const booleanAt = (object: JsonObject, path: string, whenAbsent: boolean): boolean =>
  flagAt(object, path) ?? whenAbsent

export function flagAt(object: JsonObject, path: string): boolean | undefined {
  const value = memberAt(object, path)
  if (value !== undefined && typeof value !== 'boolean') throw invalid(`${path} must be true or false.`)
  return value
}

/** A word of a list, in any letter case; the canonical spelling comes back (contract/service-api 11.4, 11.5). */
export function wordAt<Word extends string>(
  object: JsonObject,
  path: string,
  words: readonly Word[],
): Word | undefined {
  const text = textAt(object, path)
  if (text === undefined) return
  const word = words.find((candidate) => candidate.toLowerCase() === text.toLowerCase())
  if (word === undefined) throw invalid(`${path} is "${printable(text)}"; it must be one of ${words.join(', ')}.`)
  return word
}
