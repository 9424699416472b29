/**
 * Lists by position: a page begins after an item and not at a number, so rows may come and go between pages
 * (contract/service-api 8.8). A page costs its own length times the number of different facets, however long the
 * list is.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Condition, Page, PageRequest } from '../store.ts'
import { readFacets } from './facets.ts'
import { beyond, type Range, rangesOf, wholeList } from './ranges.ts'

export interface ListParts<Item, Key extends string> {
  readonly table: string
  /** The column that orders the list, unique within it. */
  readonly position: string
  /** The column that a list may be narrowed by: the group, the hub. */
  readonly within?: string
  readonly keyOf: (item: Item) => Key
  readonly positionOf: (key: Key) => string
}

type ReadPage<Item, Key extends string> = (page: PageRequest<Key>, within?: string) => Page<Item, Key>

export function makeList<Item, Key extends string>(
  database: DatabaseSync,
  parts: ListParts<Item, Key>,
): ReadPage<Item, Key> {
  const whole = prepareScan(database, parts)
  const part = parts.within === undefined ? whole : prepareScan(database, parts, parts.within)

  return ({ after, limit, where }, within) => {
    const from = after === undefined ? undefined : parts.positionOf(after)
    const scan = within === undefined ? whole : part
    // one more than asked for tells whether there is a next page
    const rows = scan(within === undefined ? [] : [within], where, from, limit + 1)
    const items = rows.slice(0, limit).map((row) => JSON.parse(String(row.document)) as Item)
    const last = items.at(-1)
    return rows.length <= limit || last === undefined ? { items } : { items, next: parts.keyOf(last) }
  }
}

type Row = Readonly<Record<string, unknown>>
type Scan = (
  within: readonly string[],
  where: Condition | undefined,
  from: string | undefined,
  most: number,
) => readonly Row[]

function prepareScan(
  database: DatabaseSync,
  { table, position }: Pick<ListParts<never, never>, 'table' | 'position'>,
  within?: string,
): Scan {
  const inside = within === undefined ? '' : `${within} = ? AND`
  const along = `${position} >= ? AND ${position} < ? ORDER BY ${position} LIMIT ?`
  const all = database.prepare(`SELECT document FROM ${table} WHERE ${along}`)
  const some = database.prepare(`SELECT ${position} AS position FROM ${table} WHERE ${inside} facets = ? AND ${along}`)
  const one = database.prepare(`SELECT document FROM ${table} WHERE ${inside} ${position} = ?`)
  const facetsThere = makeFacetsQuestion(database, table, inside)

  return (values, where, from, most) => {
    if (values.length === 0 && where === undefined) {
      return beyond(from, wholeList).flatMap((range) => read(all, [], range, most))
    }
    const positions = facetsThere(values).flatMap((facets) =>
      beyond(from, rangesOf(where, readFacets(facets))).flatMap((range) =>
        read(some, [...values, facets], range, most),
      ),
    )
    const first = positions
      .map((row) => String(row.position))
      .toSorted()
      .slice(0, most)
    return first.map((position) => one.get(...values, position)).filter((row) => row !== undefined)
  }
}

const read = (statement: StatementSync, key: readonly string[], { from, to }: Range, most: number): readonly Row[] =>
  statement.all(...key, from, to, most)

/** The different facets in a list, by jumping from one to the next along the index. */
function makeFacetsQuestion(database: DatabaseSync, table: string, inside: string) {
  const next = database.prepare(`SELECT facets FROM ${table} WHERE ${inside} facets > ? ORDER BY facets LIMIT 1`)
  return (within: readonly string[]): readonly string[] => {
    const found: string[] = []
    for (;;) {
      const row = next.get(...within, found.at(-1) ?? '')
      if (!row) return found
      found.push(String(row.facets))
    }
  }
}
