/**
 * The query language of twins and jobs (contract/iot-hub 7.3, 7.4):
 *
 *   query  = SELECT [TOP n] ( "*" | column { "," column } ) FROM devices[.modules | .jobs] [WHERE condition] [GROUP BY path]
 *   column = ( COUNT() | ( AVG | SUM | MIN | MAX ) "(" value ")" | value ) [AS name]
 *
 * Conditions and values: parse-expression.ts.
 */
import { invalid } from '../refusal.ts'
import { Cursor } from './cursor.ts'
import { ExpressionParser } from './parse-expression.ts'
import { type Aggregate, aggregates, type Column, isAggregate, type Path, type Query, type Source } from './query.ts'

/** Of rows, columns: more than anybody reads. */
const mostTop = 1_000_000
const mostColumns = 100

export function parseQuery(text: string): Query {
  return new Parser(new Cursor(text)).query()
}

class Parser {
  readonly #at: Cursor
  readonly #expressions: ExpressionParser

  constructor(cursor: Cursor) {
    this.#at = cursor
    this.#expressions = new ExpressionParser(cursor)
  }

  query(): Query {
    const at = this.#at
    at.keyword('select')
    const top = this.#top()
    const selected = this.#selection()
    at.keyword('from')
    const from = this.#source()
    const where = at.skipWord('where') ? this.#expressions.condition() : undefined
    const groupBy = this.#groupBy()
    if (at.next.kind !== 'end') throw at.unexpected('the end of the query')
    refuseUngrouped(selected, groupBy)
    const select = selected === 'all' ? selected : selected.map(({ name, of }) => ({ name, of }))
    return { select, ...(top !== undefined && { top }), from, ...(where && { where }), ...(groupBy && { groupBy }) }
  }

  #top(): number | undefined {
    const at = this.#at
    const start = at.place
    if (!at.skipWord('top')) return
    const { next } = at
    // a property may be called so
    if (next.kind !== 'number') return at.goBack(start) as undefined
    if (!Number.isInteger(next.value) || next.value < 1 || next.value > mostTop)
      throw at.unexpected(`a whole number from 1 to ${mostTop}`)
    at.take()
    return next.value
  }

  #selection(): 'all' | readonly PlacedColumn[] {
    if (this.#at.skipSign('*')) return 'all'
    const columns = [this.#column(1)]
    while (this.#at.skipSign(',')) {
      if (columns.length === mostColumns) throw this.#at.unexpected(`FROM after ${mostColumns} columns`)
      columns.push(this.#column(columns.length + 1))
    }
    return columns
  }

  #column(number: number): PlacedColumn {
    const { at: position, text } = this.#at.next
    const of = this.#aggregate() ?? this.#expressions.value()
    const name = this.#at.skipWord('as') ? this.#expressions.name() : nameOf(of, number)
    return { name, of, position, text }
  }

  #aggregate(): Aggregate | undefined {
    const at = this.#at
    const by = aggregates.find((one) => at.isWord(one))
    if (!by || !at.isSign('(', 1)) return
    at.take()
    at.sign('(')
    const of = by === 'count' ? undefined : this.#expressions.value()
    at.sign(')')
    return of ? { by, of } : { by }
  }

  #source(): Source {
    const at = this.#at
    at.keyword('devices')
    if (!at.skipSign('.')) return 'devices'
    if (at.skipWord('jobs')) return 'jobs'
    if (!at.skipWord('modules')) throw at.unexpected('MODULES or JOBS')
    return 'modules'
  }

  #groupBy(): Path | undefined {
    if (!this.#at.skipWord('group')) return
    this.#at.keyword('by')
    return this.#expressions.path()
  }
}

interface PlacedColumn extends Column {
  readonly position: number
  readonly text: string
}

function nameOf(of: Column['of'], number: number): string {
  if (isAggregate(of) || of.kind !== 'path') return `$${number}`
  return of.path.at(-1) ?? `$${number}`
}

/** Beside aggregates stands only what all rows of a group have in common. */
function refuseUngrouped(columns: 'all' | readonly PlacedColumn[], groupBy: Path | undefined): void {
  if (columns === 'all') {
    if (groupBy)
      throw invalid(
        'A query with GROUP BY names its columns: SELECT status, COUNT() AS number FROM devices GROUP BY status.',
      )
    return
  }
  if (!groupBy && !columns.some(({ of }) => isAggregate(of))) return
  const alone = columns.find(({ of }) => !isAggregate(of) && !isSame(of, groupBy))
  if (alone)
    throw invalid(
      `The query cannot be understood at position ${alone.position}: "${alone.text}" is neither an aggregate nor what GROUP BY names.`,
    )
}

const isSame = (of: Column['of'], path: Path | undefined) =>
  'kind' in of && of.kind === 'path' && of.path.join('\0') === path?.join('\0')
