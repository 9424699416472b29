/** Lists by key: a page begins after a key and not at a number, so rows may come and go between pages (contract/service-api 8.8). */
import type { DatabaseSync } from 'node:sqlite'
import type { Page, PageRequest } from '../store.ts'
import { alternativesOf, compile, type Fields, type Sql } from './conditions.ts'

interface Columns {
  readonly table: string
  /** The column that orders the list. */
  readonly key: string
  readonly fields: Fields
}

export interface List<Item, Key extends string> extends Columns {
  readonly keyOf: (item: Item) => Key
}

/** Narrows a list by the value of a column: a group, a hub. */
type Within = Readonly<Record<string, string | undefined>>

export function readPage<Item, Key extends string>(
  database: DatabaseSync,
  list: List<Item, Key>,
  page: PageRequest<Key>,
  within: Within = {},
): Page<Item, Key> {
  // one more than asked for tells whether there is a next page
  const wanted = page.limit + 1
  const query = pageQuery(list, { ...page, limit: wanted }, within)
  const rows = database.prepare(query.text).all(...query.parameters)
  const items = rows.slice(0, page.limit).map((row) => JSON.parse(String(row.document)) as Item)
  const last = items.at(-1)
  return rows.length < wanted || last === undefined ? { items } : { items, next: list.keyOf(last) }
}

function pageQuery(list: Columns, page: PageRequest, within: Within): Sql {
  const [only, ...others] = alternativesOf(page.where).map((where) =>
    alternativeQuery(list, { ...page, where }, within),
  )
  if (only === undefined) throw new Error('a condition without alternatives')
  if (others.length === 0) return only
  const all = [only, ...others]
  return {
    text: `${all.map((each) => `SELECT * FROM (${each.text})`).join(' UNION ')} ORDER BY ${list.key} LIMIT ?`,
    parameters: [...all.flatMap((each) => each.parameters), page.limit],
  }
}

function alternativeQuery({ table, key, fields }: Columns, page: PageRequest, within: Within): Sql {
  const narrow = Object.entries(within).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]))
  const where = page.where && compile(page.where, fields)
  const tests = [...narrow.map(({ name }) => `${table}.${name} = ?`), `${table}.${key} > ?`]
  if (where) tests.push(`(${where.text})`)
  return {
    text: `SELECT ${table}.${key}, ${table}.document FROM ${table} WHERE ${tests.join(' AND ')} ORDER BY ${table}.${key} LIMIT ?`,
    parameters: [...narrow.map(({ value }) => value), page.after ?? '', ...(where?.parameters ?? []), page.limit],
  }
}
