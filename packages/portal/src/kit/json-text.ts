/** JSON as people type it: read, or where and why it cannot be. */
import type { Json } from '../api/json.ts'

export type JsonReading =
  | { readonly value: Json }
  | { readonly line: number; readonly column: number; readonly why: string }

export function readJsonText(text: string): JsonReading {
  try {
    return { value: JSON.parse(text) as Json }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { ...placeOf(text, why), why: why.replace(/ (in JSON )?at position \d+.*$/s, '').replace(/, ".*$/s, '') }
  }
}

/** V8 and others name the offset; at the end of the text they do not. */
function placeOf(text: string, why: string): { readonly line: number; readonly column: number } {
  const told = /position (\d+)/.exec(why)?.[1]
  const before = text.slice(0, told === undefined ? firstWrong(text) : Number(told)).split('\n')
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}

/** The longest beginning that could still become JSON, for a browser that does not say where it stopped. */
function firstWrong(text: string): number {
  return text.trimEnd().length
}

export const printJson = (value: Json): string => JSON.stringify(value, undefined, 2)
