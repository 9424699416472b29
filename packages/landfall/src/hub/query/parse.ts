/**
 * The query language, as far as published clients go (contract/iot-hub 7.3, 7.4):
 *
 *   query     = SELECT ( "*" | COUNT() [AS name] | path [AS name] { "," path [AS name] } ) FROM devices[.modules] [WHERE or]
 *   or        = and { OR and }           and = not { AND not }          not = [NOT] single
 *   single    = "(" or ")" | function | operand compare operand | operand [NOT] IN list | operand NIN list
 *   operand   = path | text | number | TRUE | FALSE | NULL
 */
import { printable } from '../../ids.ts'
import { invalid } from '../refusal.ts'
import { type Token, tokensOf } from './tokens.ts'

export type Path = readonly string[]
export type Constant = string | number | boolean | null
export type Operand = { readonly path: Path } | { readonly constant: Constant }
export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>='

export type Expression =
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Expression[] }
  | { readonly kind: 'not'; readonly term: Expression }
  | { readonly kind: 'compare'; readonly by: Comparison; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'in'; readonly operand: Operand; readonly list: readonly Constant[] }
  | { readonly kind: 'defined'; readonly path: Path }
  | { readonly kind: 'contains' | 'startsWith' | 'endsWith'; readonly operand: Operand; readonly value: Operand }

export interface Column {
  readonly path: Path
  readonly name: string
}

export interface Query {
  readonly select: 'all' | { readonly columns: readonly Column[] } | { readonly count: string }
  readonly from: 'devices' | 'modules'
  readonly where?: Expression
}

/** Deeper than any query that a person writes, and far from the end of the stack. */
const mostNesting = 50
const comparisons: readonly string[] = ['=', '!=', '<>', '<', '<=', '>', '>='] satisfies (Comparison | '<>')[]
const functions = { array_contains: 'contains', startswith: 'startsWith', endswith: 'endsWith' } as const
const constants = new Map<string, Constant>([
  ['true', true],
  ['false', false],
  ['null', null],
])

export function parseQuery(text: string): Query {
  return new Parser(tokensOf(text)).query()
}

class Parser {
  readonly #tokens: readonly Token[]
  #position = 0
  #nesting = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  query(): Query {
    this.#keyword('select')
    const select = this.#selection()
    this.#keyword('from')
    const from = this.#source()
    const where = this.#skipWord('where') ? this.#or() : undefined
    if (this.#next.kind !== 'end') throw this.#unexpected('the end of the query')
    return { select, from, where }
  }

  #selection(): Query['select'] {
    if (this.#skipSign('*')) return 'all'
    if (this.#isWord('count') && this.#isSign('(', 1)) return this.#count()
    const columns = [this.#column()]
    while (this.#skipSign(',')) columns.push(this.#column())
    return { columns }
  }

  #count(): Query['select'] {
    this.#take()
    this.#sign('(')
    this.#sign(')')
    return { count: this.#alias() ?? '$1' }
  }

  #column(): Column {
    const path = this.#path()
    return { path, name: this.#alias() ?? path.at(-1) ?? '' }
  }

  #alias(): string | undefined {
    return this.#skipWord('as') ? this.#name() : undefined
  }

  #source(): Query['from'] {
    this.#keyword('devices')
    if (!this.#skipSign('.')) return 'devices'
    this.#keyword('modules')
    return 'modules'
  }

  #or(): Expression {
    const terms = [this.#and()]
    while (this.#skipWord('or')) terms.push(this.#and())
    return joined('or', terms)
  }

  #and(): Expression {
    const terms = [this.#not()]
    while (this.#skipWord('and')) terms.push(this.#not())
    return joined('and', terms)
  }

  #not(): Expression {
    if (++this.#nesting > mostNesting) throw this.#unexpected(`at most ${mostNesting} levels of nesting`)
    const expression: Expression = this.#skipWord('not') ? { kind: 'not', term: this.#not() } : this.#single()
    this.#nesting--
    return expression
  }

  #single(): Expression {
    if (this.#skipSign('(')) {
      const inner = this.#or()
      this.#sign(')')
      return inner
    }
    return this.#function() ?? this.#comparison(this.#operand())
  }

  #function(): Expression | undefined {
    const { kind, text } = this.#next
    const name = text.toLowerCase()
    if (kind !== 'word' || !this.#isSign('(', 1)) return
    if (name === 'is_defined') return { kind: 'defined', path: this.#between(() => this.#path()) }
    if (!(name in functions)) throw this.#unexpected('IS_DEFINED, ARRAY_CONTAINS, STARTSWITH or ENDSWITH')
    return this.#between(() => {
      const operand = this.#operand()
      this.#sign(',')
      return { kind: functions[name as keyof typeof functions], operand, value: this.#operand() }
    })
  }

  /** Of a function: its name and parentheses are passed, what stands between is read. */
  #between<Inner>(read: () => Inner): Inner {
    this.#take()
    this.#sign('(')
    const inner = read()
    this.#sign(')')
    return inner
  }

  #comparison(operand: Operand): Expression {
    if (this.#skipWord('in')) return { kind: 'in', operand, list: this.#list() }
    if (this.#skipWord('nin')) return { kind: 'not', term: { kind: 'in', operand, list: this.#list() } }
    if (this.#skipWord('not')) {
      this.#keyword('in')
      return { kind: 'not', term: { kind: 'in', operand, list: this.#list() } }
    }
    const { text } = this.#next
    if (!comparisons.includes(text)) throw this.#unexpected('a comparison')
    this.#take()
    return { kind: 'compare', by: text === '<>' ? '!=' : (text as Comparison), left: operand, right: this.#operand() }
  }

  #list(): readonly Constant[] {
    this.#sign('[')
    const list = [this.#constant()]
    while (this.#skipSign(',')) list.push(this.#constant())
    this.#sign(']')
    return list
  }

  #constant(): Constant {
    const start = this.#position
    const operand = this.#operand()
    if ('constant' in operand) return operand.constant
    this.#position = start
    throw this.#unexpected('a constant')
  }

  #operand(): Operand {
    const token = this.#next
    const bracketed = token.kind === 'text' && token.text.startsWith('[[')
    if (token.kind === 'number' || (token.kind === 'text' && !bracketed)) {
      this.#take()
      return { constant: token.value }
    }
    const constant = token.kind === 'word' ? constants.get(token.text.toLowerCase()) : undefined
    if (constant === undefined && token.kind !== 'word' && !bracketed)
      throw this.#unexpected('a property or a constant')
    if (constant === undefined) return { path: this.#path() }
    this.#take()
    return { constant }
  }

  /** `devices.deviceId` is `deviceId`: contract/iot-hub 7.4 */
  #path(): Path {
    const path = [this.#name()]
    while (this.#skipSign('.')) path.push(this.#name())
    return path.length > 1 && path[0]?.toLowerCase() === 'devices' ? path.slice(1) : path
  }

  #name(): string {
    const token = this.#next
    const bracketed = token.kind === 'text' && token.text.startsWith('[[')
    if (token.kind !== 'word' && !bracketed) throw this.#unexpected('the name of a property')
    this.#take()
    return token.kind === 'text' ? token.value : token.text
  }

  get #next(): Token {
    return this.#tokens[this.#position] ?? { kind: 'end', text: '', at: 0 }
  }

  #take(): void {
    this.#position++
  }

  #isWord(word: string): boolean {
    const { kind, text } = this.#next
    return kind === 'word' && text.toLowerCase() === word
  }

  #isSign(sign: string, ahead = 0): boolean {
    const token = this.#tokens[this.#position + ahead]
    return token?.kind === 'sign' && token.text === sign
  }

  #skipWord(word: string): boolean {
    const there = this.#isWord(word)
    if (there) this.#take()
    return there
  }

  #skipSign(sign: string): boolean {
    const there = this.#isSign(sign)
    if (there) this.#take()
    return there
  }

  #keyword(word: string): void {
    if (!this.#skipWord(word)) throw this.#unexpected(word.toUpperCase())
  }

  #sign(sign: string): void {
    if (!this.#skipSign(sign)) throw this.#unexpected(`"${sign}"`)
  }

  #unexpected(wanted: string) {
    const { kind, text, at } = this.#next
    const found = kind === 'end' ? 'the query ends' : `"${printable(text, 40)}"`
    return invalid(`The query cannot be understood at position ${at}: ${found}, but ${wanted} is expected there.`)
  }
}

function joined(kind: 'and' | 'or', terms: [Expression, ...Expression[]] | Expression[]): Expression {
  const [only] = terms
  return terms.length === 1 && only ? only : { kind, terms }
}
