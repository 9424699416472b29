/** One page of a query's answer, for a bounded amount of work: the hub is walked in the order of its ids. */
import type { JsonObject } from '../../json.ts'
import { invalid } from '../refusal.ts'
import { makeGroups } from './aggregate.ts'
import { fits, project } from './evaluate.ts'
import { isAggregate, isGrouped, type Query } from './query.ts'
import { type NextBatch, type Row, type SourceParts, sourceOf } from './sources.ts'

/** Where a page ended, and how many rows were given up to there. */
export interface Continuation {
  readonly after: string
  readonly given: number
}

export interface PageOrder extends SourceParts {
  readonly query: Query
  readonly limit: number
  readonly from?: Continuation
}

export interface QueryPage {
  readonly rows: readonly JsonObject[]
  /** Where to go on; absent on the last page. */
  readonly next?: Continuation
}

/** Rows looked at for one page; a page may hold fewer rows than asked for and still be followed by another. */
const lookedAPage = 2000
/** What is made of all rows cannot be continued: some seconds of work, shared with everybody else's. */
const lookedAGrouping = 100_000
const atOnce = 200

export async function runQuery(order: PageOrder): Promise<QueryPage> {
  const { query, limit, from } = order
  const given = from?.given ?? 0
  const wanted = Math.min(limit, (query.top ?? Number.POSITIVE_INFINITY) - given)
  if (wanted <= 0) return { rows: [] }
  if (isGrouped(query)) return groupedPage(order, wanted)
  const { rows, next } = await walk(order, wanted)
  const isLast = next === undefined || given + rows.length === query.top
  return {
    rows: rows.map(({ row }) => (query.select === 'all' ? row : project(query.select, row))),
    ...(!isLast && { next: { after: next, given: given + rows.length } }),
  }
}

/** Batch by batch, until there are rows enough, the budget is spent, or the hub ends. */
async function walk({ query, from, ...parts }: PageOrder, wanted: number) {
  const { where } = query
  const nextBatch = sourceOf(parts, query)
  const rows: Row[] = []
  let after = from?.after
  for (let looked = 0; looked < lookedAPage; looked += atOnce) {
    const missing = wanted - rows.length
    const batch = await nextBatch(after, where ? atOnce : Math.min(atOnce, missing))
    const fitting = batch.rows.filter(({ row }) => !where || fits(where, row))
    rows.push(...fitting.slice(0, missing))
    after = fitting.length > missing ? rows.at(-1)?.place : batch.next
    if (after === undefined || rows.length === wanted) break
  }
  return { rows, next: after }
}

/** Pages of groups are made anew each time: which they are is known only when all rows were seen. */
async function groupedPage({ query, from, ...parts }: PageOrder, wanted: number): Promise<QueryPage> {
  const given = from?.given ?? 0
  const all = (await plainCount(query, parts)) ?? (await allGroups(query, parts))
  const rows = all.slice(given, given + wanted)
  const end = given + rows.length
  const isLast = end >= Math.min(all.length, query.top ?? all.length)
  return { rows, ...(!isLast && { next: { after: 'groups', given: end } }) }
}

/** How many devices a hub has is known without looking at them. */
async function plainCount({ select, from, where, groupBy }: Query, { store, hub }: SourceParts) {
  const [column, ...others] = select === 'all' ? [] : select
  if (!column || others.length > 0 || where || groupBy || from !== 'devices') return
  if (!isAggregate(column.of) || column.of.by !== 'count') return
  return [{ [column.name]: (await store.deviceCounts(hub)).total }]
}

async function allGroups(query: Query, parts: SourceParts): Promise<readonly JsonObject[]> {
  const nextBatch = sourceOf(parts, query)
  const groups = makeGroups(query)
  const { where } = query
  let after: string | undefined
  for (let looked = 0; looked < lookedAGrouping; looked += atOnce) {
    const batch: Awaited<ReturnType<NextBatch>> = await nextBatch(after, atOnce)
    for (const { row } of batch.rows) if (!where || fits(where, row)) groups.add(row)
    after = batch.next
    if (after === undefined) return groups.rows()
  }
  throw invalid(
    `An aggregate looks at ${lookedAGrouping} of ${query.from} at most, and there are more. Narrow it by naming them, or page through them.`,
  )
}
