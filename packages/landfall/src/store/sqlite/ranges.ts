/**
 * Conditions without SQL. A condition speaks of an id and of facets that take few values; given the facets it is
 * true of the ids in some ranges, so a list is read along an index and nothing is looked at in vain.
 */
import type { Condition } from '../store.ts'
import { type Facets, facetMatches, folded } from './facets.ts'

/** From `from` on, before `to`. */
export interface Range {
  readonly from: string
  readonly to: string
}

/** Ids are ASCII (ids.ts): this comes after each of them. */
const end = '\u{10ffff}'
export const wholeList: readonly Range[] = [{ from: '', to: end }]
const nothing: readonly Range[] = []

/** Ascending, without overlap. */
export function rangesOf(condition: Condition | undefined, facets: Facets): readonly Range[] {
  if (condition === undefined) return wholeList
  if ('and' in condition) return condition.and.map((each) => rangesOf(each, facets)).reduce(intersect, wholeList)
  if ('or' in condition) return unite(condition.or.flatMap((each) => rangesOf(each, facets)))
  if (condition.field !== 'id') return facetMatches(condition, facets) ? wholeList : nothing
  return 'equals' in condition ? exactly(folded(condition.equals)) : startingWith(folded(condition.startsWith))
}

/** An id, and what `positionOf` puts behind it. */
const exactly = (id: string) => [{ from: id, to: `${id}\u0002` }]
const startingWith = (prefix: string) => [{ from: prefix, to: `${prefix}${end}` }]

/** Where a list goes on after an item. */
export function beyond(position: string | undefined, ranges: readonly Range[]): readonly Range[] {
  return position === undefined ? ranges : intersect(ranges, [{ from: `${position}\u0001`, to: end }])
}

function intersect(some: readonly Range[], others: readonly Range[]): readonly Range[] {
  return some.flatMap((one) =>
    others
      .map((other) => ({ from: later(one.from, other.from), to: earlier(one.to, other.to) }))
      .filter(({ from, to }) => from < to),
  )
}

function unite(ranges: readonly Range[]): readonly Range[] {
  const united: Range[] = []
  for (const range of ranges.toSorted((one, other) => (one.from < other.from ? -1 : 1))) {
    const last = united.at(-1)
    if (last && range.from <= last.to) united[united.length - 1] = { from: last.from, to: later(last.to, range.to) }
    else united.push(range)
  }
  return united
}

const later = (one: string, other: string) => (one > other ? one : other)
const earlier = (one: string, other: string) => (one < other ? one : other)
