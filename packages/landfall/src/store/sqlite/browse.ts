/**
 * Lists for people: in order of the key or of age, narrowed, counted. Everything but the documents of one page comes
 * from indexes; how many rows are counted has a bound, so a search costs tens of milliseconds at worst.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { EnrollmentGroup, IndividualEnrollment } from '../../enrollment/enrollment.ts'
import type { Registration } from '../../registration/record.ts'
import type { Browsed, BrowsePlace, BrowseRequest, BrowseSort, Narrowing } from '../store.ts'
import { type Facets, folded, readFacets } from './facets.ts'
import { makeFacetsQuestion } from './pages.ts'

type Table = 'individuals' | 'groups' | 'registrations'
type Row = Readonly<Record<string, unknown>>

export function makeBrowse(database: DatabaseSync) {
  const individuals = browser<IndividualEnrollment>(database, 'individuals')
  const groups = browser<EnrollmentGroup>(database, 'groups')
  const registrations = browser<Registration>(database, 'registrations')
  return { individuals, groups, registrations }
}

/** What a request looks at: all rows, or those with some facets, perhaps of one group. */
interface Scope {
  /** Absent: all. */
  readonly facets?: readonly string[]
  readonly group?: string
  /** Empty: every id has it. */
  readonly idContains: string
}

function browser<Item extends { readonly key: string }>(database: DatabaseSync, table: Table) {
  const prepare = statementsOf(database)
  const scopeOf = makeScope(database, table)
  const count = makeCount(prepare, table)
  const document = database.prepare(`SELECT document FROM ${table} WHERE key = ?`)

  return <Key extends string>(request: BrowseRequest<Key>, group?: string): Browsed<Item, Key> => {
    const scope = scopeOf(request.narrow, group)
    const find = request.sort === 'key' ? byKey : byAge
    // one more than asked for tells whether there is a next page
    const found = find({ ...request, limit: request.limit + 1 }, scope, prepare, table)
    const places = found.slice(0, request.limit)
    const items = places.map(({ key }) => JSON.parse(String(document.get(key)?.document)) as Item)
    const next = found.length > request.limit ? (places.at(-1) as BrowsePlace<Key> | undefined) : undefined
    // the list is on the page, whole: that is what a search mostly comes to
    if (!next && !request.after) return { items, total: items.length, totalIsExact: true }
    return { items, ...(next && { next }), ...count(scope) }
  }
}

function makeScope(database: DatabaseSync, table: Table) {
  const facetsThere = makeFacetsQuestion(database, table, '')
  const inGroup = table === 'registrations' ? makeFacetsQuestion(database, table, 'group_key = ? AND') : facetsThere
  return (narrow: Narrowing, group: string | undefined): Scope => {
    const { idContains = '', ...wanted } = narrow
    const narrowed = Object.values(wanted).some((value) => value !== undefined)
    const facets =
      narrowed || group !== undefined
        ? (group === undefined ? facetsThere([]) : inGroup([group])).filter((text) => matches(readFacets(text), wanted))
        : undefined
    return { facets, group, idContains: folded(idContains) }
  }
}

function matches({ status, attestationType, hubs }: Facets, wanted: Omit<Narrowing, 'idContains'>): boolean {
  return (
    (wanted.status === undefined || status === folded(wanted.status)) &&
    (wanted.attestationType === undefined || attestationType === folded(wanted.attestationType)) &&
    (wanted.hub === undefined || hubs.includes(folded(wanted.hub)))
  )
}

type Prepare = ReturnType<typeof statementsOf>

/** There are some dozen at most: a table times orders times ways of narrowing. */
function statementsOf(database: DatabaseSync) {
  const prepared = new Map<string, StatementSync>()
  return (sql: string): StatementSync => {
    const statement = prepared.get(sql) ?? database.prepare(sql)
    prepared.set(sql, statement)
    return statement
  }
}

type Find = (request: BrowseRequest, scope: Scope, prepare: Prepare, table: Table) => readonly BrowsePlace[]

/** Ids are ASCII: this comes after each of them. */
const end = '\u{10ffff}'

/** Along the key, or along the index of facets once for each that may match. */
const byKey: Find = ({ order, after, limit }, { facets, group, idContains }, prepare, table) => {
  const ways = { asc: ['>', 'ASC', ''], desc: ['<', 'DESC', end] } as const
  const [beyond, direction, begin] = ways[order]
  const within = group === undefined ? '' : 'group_key = ? AND'
  const statement = prepare(
    `SELECT key FROM ${table} WHERE ${within} ${facets ? 'facets = ? AND' : ''} key ${beyond} ? AND instr(key, ?) > 0
     ORDER BY key ${direction} LIMIT ?`,
  )
  const rest = [after?.key ?? begin, idContains, limit]
  const inside = group === undefined ? [] : [group]
  const rows = facets ? facets.flatMap((one) => statement.all(...inside, one, ...rest)) : statement.all(...rest)
  const sign = order === 'asc' ? 1 : -1
  return rows
    .map((row) => ({ key: String(row.key) }))
    .toSorted((one, other) => (one.key < other.key ? -sign : sign))
    .slice(0, limit)
}

const byAge: Find = ({ sort, order, after, limit }, { facets, idContains }, prepare, table) => {
  const age: Exclude<BrowseSort, 'key'> = sort === 'created' ? 'created' : 'updated'
  const column = `${age}_at`
  const ways = { asc: ['>', 'ASC', Number.MIN_SAFE_INTEGER], desc: ['<', 'DESC', Number.MAX_SAFE_INTEGER] } as const
  const [beyond, direction, begin] = ways[order]
  const statement = prepare(
    // left to choose, SQLite sorts all that the facets have in common
    `SELECT key, ${column} AS at FROM ${table} INDEXED BY ${table}_by_${age}
     WHERE (${column}, key) ${beyond} (?, ?) AND instr(key, ?) > 0
     ${facets ? 'AND facets IN (SELECT value FROM json_each(?))' : ''}
     ORDER BY ${column} ${direction}, key ${direction} LIMIT ?`,
  )
  const narrowed = facets ? [JSON.stringify(facets)] : []
  return statement
    .all(after?.at ?? begin, after?.key ?? '', idContains, ...narrowed, limit)
    .map((row) => ({ key: String(row.key), at: Number(row.at) }))
}

/** Some 20 ms of looking at ids. */
const mostLookedAt = 200_000

function makeCount(prepare: Prepare, table: Table) {
  const all = () => Number(prepare(`SELECT total FROM counts WHERE of = '${table}'`).get()?.total ?? 0)

  return ({ facets, group, idContains }: Scope): { readonly total: number; readonly totalIsExact: boolean } => {
    if (!facets && idContains === '') return { total: all(), totalIsExact: true }
    const inside = group === undefined ? [] : [group]
    const within = group === undefined ? '' : 'group_key = ? AND'
    const search = idContains === '' ? [] : [idContains]
    const found = idContains === '' ? 'count(*)' : 'total(instr(key, ?) > 0)'
    const statement = prepare(
      `SELECT count(*) AS seen, ${found} AS found
       FROM (SELECT key FROM ${table} ${facets ? `WHERE ${within} facets = ?` : ''} LIMIT ?)`,
    )
    const lookAt = (values: readonly string[], most: number): Row => statement.get(...search, ...values, most) ?? {}
    let seen = 0
    let total = 0
    for (const values of facets ? facets.map((one) => [...inside, one]) : [[]]) {
      const row = lookAt(values, mostLookedAt + 1 - seen)
      seen += Number(row.seen)
      total += Number(row.found)
      if (seen > mostLookedAt) return { total, totalIsExact: false }
    }
    return { total, totalIsExact: true }
  }
}
