/** A table of devices as spreadsheets write it (RFC 4180): quotes, commas and line breaks within them. */
import { UsageError } from '../exit.ts'

export type Row = ReadonlyMap<string, string>

/** More than a fleet's factory day; a row costs a question. */
const mostRows = 1_000_000

/** By the names of the header, in lower case; blank lines are passed over. */
export function readCsv(text: string): readonly Row[] {
  const [header, ...records] = recordsOf(text.replace(/^\ufeff/, '')).filter((cells) =>
    cells.some((cell) => cell !== ''),
  )
  if (!header) throw new UsageError('The CSV file is empty. Its first line names the columns: registrationId,chain,key')
  if (records.length > mostRows) throw new UsageError(`The CSV file has more than ${mostRows} rows.`)
  const names = header.map((name) => name.trim().toLowerCase())
  return records.map((cells) => new Map(names.map((name, column) => [name, (cells[column] ?? '').trim()])))
}

function recordsOf(text: string): readonly (readonly string[])[] {
  const separator = /^[^"\r\n]*;/.test(text) && !/^[^"\r\n]*,/.test(text) ? ';' : ','
  const records: string[][] = [[]]
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"|([^"${separator}\\r\\n]*))(${separator}|\\r?\\n|$)`, 'y')
  for (let at = 0; at < text.length; at = cell.lastIndex) {
    cell.lastIndex = at
    const found = cell.exec(text)
    if (!found)
      throw new UsageError(`The CSV file cannot be read from line ${records.length} on: a quote stands where none may.`)
    const [, quoted, plain = '', end] = found
    records.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain)
    if (end !== separator) records.push([])
  }
  return records
}
