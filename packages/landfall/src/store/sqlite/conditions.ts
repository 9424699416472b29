/** Conditions as SQL. Every value is a bound parameter; a prefix is a range of the index, so no character is special. */
import type { Condition, ConditionField } from '../store.ts'
import { type Column, folded } from './shapes.ts'

export interface Sql {
  readonly text: string
  readonly parameters: readonly Column[]
}

/** How a list names a field: as SQL around the test (`= ?`, or a range) that the field's column must pass. */
export type Fields = Readonly<Record<ConditionField, (test: (column: string) => string) => string>>

export const column = (name: string) => (test: (column: string) => string) => test(name)

/** A field of which an enrollment has several, kept in a table of its own. */
export const anyOf = (table: string, name: string, here: string) => (test: (column: string) => string) =>
  `EXISTS (SELECT 1 FROM ${table} WHERE ${table}.key = ${here} AND ${test(`${table}.${name}`)})`

export function compile(condition: Condition, fields: Fields): Sql {
  if ('and' in condition) return join(condition.and, 'AND', '1', fields)
  if ('or' in condition) return join(condition.or, 'OR', '0', fields)
  const field = fields[condition.field]
  if ('equals' in condition) {
    return { text: field((it) => `${it} = ?`), parameters: [folded(condition.equals)] }
  }
  const prefix = folded(condition.startsWith)
  return { text: field((it) => `${it} >= ? AND ${it} < ?`), parameters: [prefix, `${prefix}\u{10ffff}`] }
}

function join(conditions: readonly Condition[], word: 'AND' | 'OR', empty: string, fields: Fields): Sql {
  if (conditions.length === 0) return { text: empty, parameters: [] }
  const parts = conditions.map((condition) => compile(condition, fields))
  return {
    text: parts.map((part) => `(${part.text})`).join(` ${word} `),
    parameters: parts.flatMap((part) => part.parameters),
  }
}

/** More alternatives than SQLite joins in one statement (sqlite.org/limits.html, SQLITE_MAX_COMPOUND_SELECT). */
const mostAlternatives = 400

/**
 * The alternatives at the top: each is asked for by itself, along its own index, and the answers are joined. One
 * statement with OR would sort every match for each page.
 */
export function alternativesOf(condition: Condition | undefined): readonly (Condition | undefined)[] {
  if (condition === undefined || !('or' in condition)) return [condition]
  const alternatives = condition.or.flatMap((each) => alternativesOf(each))
  return alternatives.length === 0 || alternatives.length > mostAlternatives ? [condition] : alternatives
}
