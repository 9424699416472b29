/** Rows made of many: counts, sums and the like, of everything or of each group (contract/iot-hub 7.3). */
import type { Json, JsonObject } from '../../json.ts'
import { invalid } from '../refusal.ts'
import { evaluate, valueAt } from './evaluate.ts'
import { type Aggregate, type Column, isAggregate, type Path, type Query } from './query.ts'

/** A bound of our own: groups are held in memory until all rows were looked at. */
const mostGroups = 10_000

export interface Groups {
  add(row: JsonObject): void
  /** In the order of what they are grouped by. */
  rows(): readonly JsonObject[]
}

export function makeGroups({ select, groupBy }: Query): Groups {
  const columns = select === 'all' ? [] : select
  const groups = new Map<string, Group>()
  if (!groupBy) groups.set('', newGroup(undefined, columns))
  return {
    add(row) {
      const value = groupBy && valueAt(groupBy, row)
      const key = groupBy ? (JSON.stringify(value) ?? '') : ''
      const group = groups.get(key) ?? newGroup(value, columns)
      if (!groups.has(key) && groups.size >= mostGroups) throw tooMany(groupBy ?? [])
      groups.set(key, group)
      for (const tally of group.tallies) tally?.add(row)
    },
    rows: () =>
      [...groups.keys()].sort().flatMap((key) => {
        const group = groups.get(key)
        return group ? [rowOf(group, columns)] : []
      }),
  }
}

interface Group {
  /** Undefined: the rows have no such property. */
  readonly value: Json | undefined
  /** One a column; undefined where the column is what is grouped by. */
  readonly tallies: readonly (Tally | undefined)[]
}

const newGroup = (value: Json | undefined, columns: readonly Column[]): Group => ({
  value,
  tallies: columns.map(({ of }) => (isAggregate(of) ? makeTally(of) : undefined)),
})

function rowOf({ value, tallies }: Group, columns: readonly Column[]): JsonObject {
  const pairs = columns.map(({ name }, number) => {
    const tally = tallies[number]
    return [name, tally ? tally.result() : value] as const
  })
  return Object.fromEntries(pairs.filter(([, shown]) => shown !== undefined))
}

interface Tally {
  add(row: JsonObject): void
  /** Undefined: no row had a value. */
  result(): Json | undefined
}

function makeTally({ by, of }: Aggregate): Tally {
  let rows = 0
  let values = 0
  let sum = 0
  let least: string | number | undefined
  let most: string | number | undefined
  return {
    add(row) {
      rows++
      const value = of && evaluate(of, row)
      if (typeof value === 'number') {
        values++
        sum += value
      } else if (typeof value !== 'string') return
      if (least === undefined || isLess(value, least)) least = value
      if (most === undefined || isLess(most, value)) most = value
    },
    result() {
      if (by === 'count') return rows
      if (by === 'min') return least
      if (by === 'max') return most
      return values === 0 ? undefined : by === 'sum' ? sum : sum / values
    },
  }
}

/** Numbers before texts. */
function isLess(left: string | number, right: string | number): boolean {
  return typeof left === typeof right ? left < right : typeof left === 'number'
}

const tooMany = (path: Path) =>
  invalid(
    `GROUP BY ${path.join('.')} makes more than ${mostGroups} groups. Narrow it with WHERE, or group by something else.`,
  )
