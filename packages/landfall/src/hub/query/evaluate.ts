/** Whether a twin, as it is shown, fits a condition, and what of it a query selects. */
import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import type { Column, Comparison, Expression, Operand, Path } from './parse.ts'

/** Undefined: the twin has no such property, so the question has no answer; a WHERE takes that for no. */
type Truth = boolean | undefined

export function fits(expression: Expression, twin: JsonObject): boolean {
  return truthOf(expression, twin) === true
}

export function project(columns: readonly Column[], twin: JsonObject): JsonObject {
  const pairs = columns.map(({ name, path }) => [name, valueAt(path, twin)] as const)
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined))
}

/**
 * The ids that alone can fit, where the condition names them: then the rest of the hub need not be looked at.
 * `deviceId = 'x'` or `deviceId IN [...]`, alone or among conditions joined by AND.
 */
export function namedDevices(expression: Expression | undefined): readonly string[] | undefined {
  if (expression?.kind === 'and') return expression.terms.map(namedDevices).find((ids) => ids !== undefined)
  if (expression?.kind === 'in' && isDeviceId(expression.operand)) return expression.list.filter(isText)
  if (expression?.kind !== 'compare' || expression.by !== '=') return
  const { left, right } = expression
  const constant = isDeviceId(left) ? right : isDeviceId(right) ? left : undefined
  if (constant && 'constant' in constant) return [constant.constant].filter(isText)
}

const isDeviceId = (operand: Operand) =>
  'path' in operand && operand.path.length === 1 && operand.path[0] === 'deviceId'
const isText = (value: unknown): value is string => typeof value === 'string'

function truthOf(expression: Expression, twin: JsonObject): Truth {
  switch (expression.kind) {
    case 'and':
      return joined(expression.terms, twin, false)
    case 'or':
      return joined(expression.terms, twin, true)
    case 'not':
      return negated(truthOf(expression.term, twin))
    case 'defined':
      return valueAt(expression.path, twin) !== undefined
    case 'in':
      return isOneOf(resolve(expression.operand, twin), expression.list)
    case 'compare':
      return compare(expression.by, resolve(expression.left, twin), resolve(expression.right, twin))
    default:
      return relate(expression.kind, resolve(expression.operand, twin), resolve(expression.value, twin))
  }
}

const negated = (truth: Truth): Truth => (truth === undefined ? undefined : !truth)

/** AND is settled by one false, OR by one true; else what is not defined leaves the whole undefined. */
function joined(terms: readonly Expression[], twin: JsonObject, settledBy: boolean): Truth {
  const truths = terms.map((term) => truthOf(term, twin))
  if (truths.includes(settledBy)) return settledBy
  return truths.includes(undefined) ? undefined : !settledBy
}

function isOneOf(value: Json | undefined, list: readonly Json[]): Truth {
  return value === undefined ? undefined : list.includes(value)
}

function compare(by: Comparison, left: Json | undefined, right: Json | undefined): Truth {
  if (left === undefined || right === undefined) return
  if (by === '=') return left === right
  if (by === '!=') return left !== right
  if (isText(left) && isText(right)) return ordered(by, left, right)
  if (typeof left === 'number' && typeof right === 'number') return ordered(by, left, right)
}

function ordered<Value extends string | number>(by: Comparison, left: Value, right: Value): boolean {
  if (by === '<') return left < right
  if (by === '<=') return left <= right
  return by === '>' ? left > right : left >= right
}

function relate(by: 'contains' | 'startsWith' | 'endsWith', left: Json | undefined, right: Json | undefined): Truth {
  if (left === undefined || right === undefined) return
  if (by === 'contains') return Array.isArray(left) ? left.includes(right) : undefined
  if (!isText(left) || !isText(right)) return
  return by === 'startsWith' ? left.startsWith(right) : left.endsWith(right)
}

const resolve = (operand: Operand, twin: JsonObject) =>
  'constant' in operand ? operand.constant : valueAt(operand.path, twin)

function valueAt(path: Path, twin: JsonObject): Json | undefined {
  let value: Json | undefined = twin
  for (const name of path) {
    value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
  }
  return value
}
