/**
 * Lists by position: a page begins after an item and not at a number, so rows may come and go between pages
 * (contract/service-api 8.8). A page costs its own length times the number of different facets, however long the
 * list is.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { Condition, Page, PageRequest } from '../store.ts'
import { readFacets } from './facets.ts'
import { beyond, rangesOf, wholeList } from './ranges.ts'

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
  const plain = prepareScan(database, parts)
  const byFacets = prepareFacetsScan(database, parts, [])
  const byFacetsWithin = parts.within === undefined ? byFacets : prepareFacetsScan(database, parts, [parts.within])

  return ({ after, limit, length = Number.POSITIVE_INFINITY, where }, within) => {
    const from = after === undefined ? undefined : parts.positionOf(after)
    // one more than asked for tells whether there is a next page
    const ask = { where, from, most: limit + 1 }
    const rows = within !== undefined ? byFacetsWithin(ask, [within]) : where ? byFacets(ask, []) : plain(ask)
    const items: Item[] = []
    let left = length
    for (const { document } of rows) {
      const last = items.at(-1)
      if (last !== undefined && (items.length === limit || left <= 0)) return { items, next: parts.keyOf(last) }
      const text = String(document)
      left -= text.length
      items.push(JSON.parse(text) as Item)
    }
    return { items }
  }
}

type Row = Readonly<Record<string, unknown>>
type Table = Pick<ListParts<never, never>, 'table' | 'position'>

interface Ask {
  readonly where: Condition | undefined
  readonly from: string | undefined
  readonly most: number
}

function prepareScan(database: DatabaseSync, { table, position }: Table) {
  const rows = database.prepare(
    `SELECT document FROM ${table} WHERE ${position} >= ? AND ${position} < ? ORDER BY ${position} LIMIT ?`,
  )
  return function* ({ from, most }: Ask): Iterable<Row> {
    for (const range of beyond(from, wholeList)) yield* rows.iterate(range.from, range.to, most)
  }
}

/** Reads positions along the index of facets, a scan for each that may match, and documents of the first only. */
function prepareFacetsScan(database: DatabaseSync, { table, position }: Table, within: readonly string[]) {
  const inside = within.map((column) => `${column} = ? AND`).join(' ')
  const facetsThere = makeFacetsQuestion(database, table, inside)
  const places = database.prepare(
    `SELECT ${position} AS position, rowid AS number FROM ${table}
     WHERE ${inside} facets = ? AND ${position} >= ? AND ${position} < ? ORDER BY ${position} LIMIT ?`,
  )
  const document = database.prepare(`SELECT document FROM ${table} WHERE rowid = ?`)

  return function* ({ where, from, most }: Ask, values: readonly string[]): Iterable<Row> {
    const found = facetsThere(values)
      .flatMap((facets) =>
        beyond(from, rangesOf(where, readFacets(facets))).flatMap((range) =>
          places.all(...values, facets, range.from, range.to, most),
        ),
      )
      .toSorted((one, other) => (String(one.position) < String(other.position) ? -1 : 1))
      .slice(0, most)
    for (const place of found) yield* document.all(place.number ?? null)
  }
}

/** The different facets in a list, by jumping from one to the next along the index. */
export function makeFacetsQuestion(database: DatabaseSync, table: string, inside: string) {
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
