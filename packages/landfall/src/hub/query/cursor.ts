/** Where a parser stands among the tokens of a query; what it did not expect is refused with its position. */
import { printable } from '../../ids.ts'
import { invalid } from '../refusal.ts'
import { type Token, tokensOf } from './tokens.ts'

export class Cursor {
  readonly #tokens: readonly Token[]
  #position = 0

  constructor(text: string) {
    this.#tokens = tokensOf(text)
  }

  get next(): Token {
    return this.#tokens[this.#position] ?? { kind: 'end', text: '', at: 0 }
  }

  take(): void {
    this.#position++
  }

  get place(): number {
    return this.#position
  }

  goBack(place: number): void {
    this.#position = place
  }

  isWord(word: string): boolean {
    const { kind, text } = this.next
    return kind === 'word' && text.toLowerCase() === word
  }

  isSign(sign: string, ahead = 0): boolean {
    const token = this.#tokens[this.#position + ahead]
    return token?.kind === 'sign' && token.text === sign
  }

  skipWord(word: string): boolean {
    const there = this.isWord(word)
    if (there) this.take()
    return there
  }

  skipSign(sign: string): boolean {
    const there = this.isSign(sign)
    if (there) this.take()
    return there
  }

  keyword(word: string): void {
    if (!this.skipWord(word)) throw this.unexpected(word.toUpperCase())
  }

  sign(sign: string): void {
    if (!this.skipSign(sign)) throw this.unexpected(`"${sign}"`)
  }

  /** `[[a name with dots]]` is one name, and no text. */
  get isBracketed(): boolean {
    const { kind, text } = this.next
    return kind === 'text' && text.startsWith('[[')
  }

  /** One of these signs, taken. */
  oneOf<Sign extends string>(signs: readonly Sign[]): Sign | undefined {
    const { kind, text } = this.next
    const found = kind === 'sign' ? signs.find((sign) => sign === text) : undefined
    if (found !== undefined) this.take()
    return found
  }

  unexpected(wanted: string) {
    const { kind, text, at } = this.next
    const found = kind === 'end' ? 'the query ends' : `"${printable(text, 40)}"`
    return invalid(`The query cannot be understood at position ${at}: ${found}, but ${wanted} is expected there.`)
  }
}
