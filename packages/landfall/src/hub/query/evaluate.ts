/** Whether a row, as it is shown, fits a condition, and what of it a query selects. */
import { isDeepStrictEqual } from 'node:util'
import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import {
  type Arithmetic,
  type Column,
  type Comparison,
  type Expression,
  isAggregate,
  type Path,
  type Relation,
} from './query.ts'

/** Undefined: the row has no such property, so the question has no answer; a WHERE takes that for no. */
type Value = Json | undefined
type Truth = boolean | undefined

export function fits(expression: Expression, row: JsonObject): boolean {
  return evaluate(expression, row) === true
}

/** What is not defined is left out (contract/iot-hub 7.5). */
export function project(columns: readonly Column[], row: JsonObject): JsonObject {
  const pairs = columns.map(({ name, of }) => [name, isAggregate(of) ? undefined : evaluate(of, row)] as const)
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined))
}

/**
 * The ids that alone can fit, where the condition names them: then the rest of the hub need not be looked at.
 * `deviceId = 'x'` or `deviceId IN [...]`, alone or among conditions joined by AND.
 */
export function namedBy(property: string, expression: Expression | undefined): readonly string[] | undefined {
  const isProperty = (of: Expression) => of.kind === 'path' && of.path.length === 1 && of.path[0] === property
  if (expression?.kind === 'and') return expression.terms.map((term) => namedBy(property, term)).find(isThere)
  if (expression?.kind === 'in' && isProperty(expression.operand)) return expression.list.filter(isText)
  if (expression?.kind !== 'compare' || expression.by !== '=') return
  const { left, right } = expression
  const other = isProperty(left) ? right : isProperty(right) ? left : undefined
  if (other?.kind === 'constant') return [other.value].filter(isText)
}

const isThere = <Item>(item: Item | undefined) => item !== undefined
const isText = (value: unknown): value is string => typeof value === 'string'

export function evaluate(expression: Expression, row: JsonObject): Value {
  switch (expression.kind) {
    case 'constant':
      return expression.value
    case 'path':
      return valueAt(expression.path, row)
    case 'and':
      return joined(expression.terms, row, false)
    case 'or':
      return joined(expression.terms, row, true)
    case 'not':
      return negated(evaluate(expression.term, row))
    case 'minus':
      return compute('-', 0, evaluate(expression.term, row))
    case 'defined':
      return valueAt(expression.path, row) !== undefined
    case 'in':
      return isOneOf(evaluate(expression.operand, row), expression.list)
    case 'compare':
      return compare(expression.by, evaluate(expression.left, row), evaluate(expression.right, row))
    case 'compute':
      return compute(expression.by, evaluate(expression.left, row), evaluate(expression.right, row))
    default:
      return relate(expression.kind, evaluate(expression.operand, row), evaluate(expression.value, row))
  }
}

const negated = (truth: Value): Truth => (typeof truth === 'boolean' ? !truth : undefined)

/** AND is settled by one false, OR by one true; else what is not defined leaves the whole undefined. */
function joined(terms: readonly Expression[], row: JsonObject, settledBy: boolean): Truth {
  const truths = terms.map((term) => evaluate(term, row))
  if (truths.includes(settledBy)) return settledBy
  return truths.includes(undefined) ? undefined : !settledBy
}

function isOneOf(value: Value, list: readonly Json[]): Truth {
  return value === undefined ? undefined : list.includes(value)
}

function compare(by: Comparison, left: Value, right: Value): Truth {
  if (left === undefined || right === undefined) return
  if (by === '=') return isDeepStrictEqual(left, right)
  if (by === '!=') return !isDeepStrictEqual(left, right)
  if (isText(left) && isText(right)) return ordered(by, left, right)
  if (typeof left === 'number' && typeof right === 'number') return ordered(by, left, right)
}

function ordered<Item extends string | number>(by: Comparison, left: Item, right: Item): boolean {
  if (by === '<') return left < right
  if (by === '<=') return left <= right
  return by === '>' ? left > right : left >= right
}

/** Of numbers; what is no number, as a division by zero, has no value. */
function compute(by: Arithmetic, left: Value, right: Value): Value {
  if (typeof left !== 'number' || typeof right !== 'number') return
  const result = calculate(by, left, right)
  return Number.isFinite(result) ? result : undefined
}

function calculate(by: Arithmetic, left: number, right: number): number {
  switch (by) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      return left / right
    case '%':
      return left % right
  }
}

function relate(by: Relation, left: Value, right: Value): Truth {
  if (left === undefined || right === undefined) return
  if (by === 'contains') return Array.isArray(left) ? left.some((item) => isDeepStrictEqual(item, right)) : undefined
  if (!isText(left) || !isText(right)) return
  return by === 'startsWith' ? left.startsWith(right) : left.endsWith(right)
}

export function valueAt(path: Path, row: JsonObject): Value {
  let value: Value = row
  for (const name of path) {
    value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
  }
  return value
}
