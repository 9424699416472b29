/**
 * Conditions and values of the query language:
 *
 *   condition = and { OR and }            and = not { AND not }             not = [NOT] comparison
 *   comparison = value [ compare value | [NOT] IN list | NIN list ]
 *   value = product { ("+" | "-") product }          product = unary { ("*" | "/" | "%") unary }
 *   unary = ["-"] ( path | text | number | TRUE | FALSE | NULL | function | "(" condition ")" )
 */
import type { Cursor } from './cursor.ts'
import type { Comparison, Constant, Expression, Path } from './query.ts'

/** Deeper than any query that a person writes, and far from the end of the stack. */
const mostNesting = 50
const comparisons = ['=', '!=', '<>', '<', '<=', '>', '>='] as const satisfies readonly (Comparison | '<>')[]
const relations = { array_contains: 'contains', startswith: 'startsWith', endswith: 'endsWith' } as const
const constants = new Map<string, Constant>([
  ['true', true],
  ['false', false],
  ['null', null],
])
/** Whose value is true or false; nothing else is a condition. */
const truths: readonly Expression['kind'][] = [
  'and',
  'or',
  'not',
  'compare',
  'in',
  'defined',
  'contains',
  'startsWith',
  'endsWith',
]

export class ExpressionParser {
  readonly #at: Cursor
  #nesting = 0

  constructor(cursor: Cursor) {
    this.#at = cursor
  }

  condition(): Expression {
    const terms = [this.#and()]
    while (this.#at.skipWord('or')) terms.push(this.#and())
    return joined('or', terms)
  }

  #and(): Expression {
    const terms = [this.#not()]
    while (this.#at.skipWord('and')) terms.push(this.#not())
    return joined('and', terms)
  }

  #not(): Expression {
    return this.#deeper(() =>
      this.#at.skipWord('not') ? { kind: 'not', term: this.#not() } : this.#truth(this.#comparison()),
    )
  }

  /** A property that is true is a condition only where it is compared: contract/iot-hub 7.3 */
  #truth(expression: Expression): Expression {
    if (truths.includes(expression.kind)) return expression
    throw this.#at.unexpected('a comparison')
  }

  #comparison(): Expression {
    const left = this.value()
    const at = this.#at
    if (at.skipWord('in')) return { kind: 'in', operand: left, list: this.#list() }
    if (at.skipWord('nin')) return { kind: 'not', term: { kind: 'in', operand: left, list: this.#list() } }
    if (at.skipWord('not')) {
      at.keyword('in')
      return { kind: 'not', term: { kind: 'in', operand: left, list: this.#list() } }
    }
    const by = at.oneOf(comparisons)
    return by === undefined ? left : { kind: 'compare', by: by === '<>' ? '!=' : by, left, right: this.value() }
  }

  value(): Expression {
    let left = this.#product()
    for (;;) {
      const by = this.#at.oneOf(['+', '-'] as const)
      if (by === undefined) return left
      left = { kind: 'compute', by, left, right: this.#product() }
    }
  }

  #product(): Expression {
    let left = this.#unary()
    for (;;) {
      const by = this.#at.oneOf(['*', '/', '%'] as const)
      if (by === undefined) return left
      left = { kind: 'compute', by, left, right: this.#unary() }
    }
  }

  #unary(): Expression {
    return this.#deeper(() => {
      if (this.#at.skipSign('-')) return negative(this.#unary())
      if (!this.#at.skipSign('(')) return this.#function() ?? this.#operand()
      const inner = this.#at.isWord('not') ? this.condition() : this.#inner()
      this.#at.sign(')')
      return inner
    })
  }

  /** Between parentheses may be a value or a condition. */
  #inner(): Expression {
    const first = this.#comparison()
    if (!truths.includes(first.kind)) return first
    const ands = [first]
    while (this.#at.skipWord('and')) ands.push(this.#not())
    const ors = [joined('and', ands)]
    while (this.#at.skipWord('or')) ors.push(this.#and())
    return joined('or', ors)
  }

  #deeper<Inner>(read: () => Inner): Inner {
    if (++this.#nesting > mostNesting) throw this.#at.unexpected(`at most ${mostNesting} levels of nesting`)
    const inner = read()
    this.#nesting--
    return inner
  }

  #function(): Expression | undefined {
    const at = this.#at
    const { kind, text } = at.next
    const name = text.toLowerCase()
    if (kind !== 'word' || !at.isSign('(', 1)) return
    if (name === 'is_defined') return { kind: 'defined', path: this.#between(() => this.path()) }
    if (!Object.hasOwn(relations, name)) throw at.unexpected('IS_DEFINED, ARRAY_CONTAINS, STARTSWITH or ENDSWITH')
    return this.#between(() => {
      const operand = this.value()
      at.sign(',')
      return { kind: relations[name as keyof typeof relations], operand, value: this.value() }
    })
  }

  /** Of a function: its name and parentheses are passed, what stands between is read. */
  #between<Inner>(read: () => Inner): Inner {
    this.#at.take()
    this.#at.sign('(')
    const inner = read()
    this.#at.sign(')')
    return inner
  }

  #list(): readonly Constant[] {
    this.#at.sign('[')
    const list = [this.#constant()]
    while (this.#at.skipSign(',')) list.push(this.#constant())
    this.#at.sign(']')
    return list
  }

  #constant(): Constant {
    const start = this.#at.place
    const isNegative = this.#at.skipSign('-')
    const operand = this.#operand()
    if (operand.kind === 'constant' && !isNegative) return operand.value
    if (operand.kind === 'constant' && typeof operand.value === 'number') return -operand.value
    this.#at.goBack(start)
    throw this.#at.unexpected('a constant')
  }

  #operand(): Expression {
    const { next, isBracketed } = this.#at
    if (next.kind === 'number' || (next.kind === 'text' && !isBracketed)) {
      this.#at.take()
      return { kind: 'constant', value: next.value }
    }
    const value = next.kind === 'word' ? constants.get(next.text.toLowerCase()) : undefined
    if (value === undefined && next.kind !== 'word' && !isBracketed)
      throw this.#at.unexpected('a property or a constant')
    if (value === undefined) return { kind: 'path', path: this.path() }
    this.#at.take()
    return { kind: 'constant', value }
  }

  /** `devices.deviceId` and `devices.jobs.deviceId` are `deviceId`: contract/iot-hub 7.4 */
  path(): Path {
    const path = [this.name()]
    while (this.#at.skipSign('.')) path.push(this.name())
    const [first, second] = path.map((name) => name.toLowerCase())
    if (first !== 'devices' || path.length === 1) return path
    return path.slice(path.length > 2 && (second === 'modules' || second === 'jobs') ? 2 : 1)
  }

  name(): string {
    const { next, isBracketed } = this.#at
    if (next.kind !== 'word' && !isBracketed) throw this.#at.unexpected('the name of a property')
    this.#at.take()
    return next.kind === 'text' ? next.value : next.text
  }
}

function negative(term: Expression): Expression {
  if (term.kind === 'constant' && typeof term.value === 'number') return { kind: 'constant', value: -term.value }
  return { kind: 'minus', term }
}

function joined(kind: 'and' | 'or', terms: readonly Expression[]): Expression {
  const [only] = terms
  return terms.length === 1 && only ? only : { kind, terms }
}
