/** What commands print: answers on standard output, everything else on standard error. */
import pc from 'picocolors'
import { printable } from '../ids.ts'

/** Whether a stream wants colours: NO_COLOR and FORCE_COLOR decide, else whether a person is looking. */
export function wantsColour(stream: NodeJS.WriteStream): boolean {
  if (process.env.NO_COLOR) return false
  if (process.env.FORCE_COLOR) return process.env.FORCE_COLOR !== '0'
  return stream.isTTY === true && process.env.TERM !== 'dumb'
}

/** For what goes to standard output. */
export const colour = pc.createColors(wantsColour(process.stdout))

/** A line of the answer. */
export function say(text = ''): void {
  process.stdout.write(`${text}\n`)
}

/** A line beside the answer: progress, warnings, failures. Where nobody can be told, the work goes on. */
export function tell(text = ''): void {
  try {
    process.stderr.write(`${text}\n`)
  } catch {
    // standard error on a full disk throws; on a pipe without reader it emits an error
  }
}

/** The answer: for programs as JSON, for people as text. */
export function answer<Value>(json: boolean | undefined, value: Value, text: (value: Value) => string): void {
  say(json ? JSON.stringify(value, undefined, 2) : text(value))
}

export type Cell = string | number | boolean | undefined

/** Columns as wide as their widest cell; numbers to the right. */
export function table(headers: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => headers.map((_, column) => cellText(row[column])))
  const widths = headers.map((header, column) =>
    Math.max(header.length, ...texts.map((row) => row[column]?.length ?? 0)),
  )
  const right = headers.map(
    (_, column) => texts.length > 0 && texts.every((row) => /^\d+(\.\d+)?$/.test(row[column] ?? '')),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (right[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  return [colour.bold(line(headers)), ...texts.map(line)].join('\n')
}

const cellText = (cell: Cell): string =>
  cell === undefined ? '-' : cell === true ? 'yes' : cell === false ? 'no' : harmless(`${cell}`)

/** Names in certificates are a stranger's: a terminal obeys control characters. */
export const harmless = (text: string): string => printable(text, Number.POSITIVE_INFINITY)

/** A list as a table, or a sentence where it is empty. */
export function listing(headers: readonly string[], rows: readonly (readonly Cell[])[], empty: string): string {
  return rows.length === 0 ? empty : table(headers, rows)
}

/** Names and values of one object, one a line; what is within stands below, indented. */
export function facts(value: object, indent = ''): string {
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]): [string, unknown] => [harmless(name), member])
  const width = Math.max(...members.map(([name]) => name.length))
  return members
    .map(([name, member]) => {
      const shown = indent + colour.bold(isNested(member) ? name : name.padEnd(width))
      return isNested(member) ? `${shown}\n${facts(member, `${indent}  `)}` : `${shown}  ${factText(member)}`
    })
    .join('\n')
}

const isNested = (member: unknown): member is object =>
  typeof member === 'object' && member !== null && !Array.isArray(member) && Object.keys(member).length > 0

const factText = (member: unknown): string =>
  harmless(typeof member === 'object' && member !== null ? JSON.stringify(member) : String(member))
