/** A query's text in tokens, each with its position, so that a refusal can point at one (contract/iot-hub 7.3). */
import { printable } from '../../ids.ts'
import { invalid } from '../refusal.ts'

export type Token =
  | { readonly kind: 'word'; readonly text: string; readonly at: number }
  | { readonly kind: 'text'; readonly text: string; readonly value: string; readonly at: number }
  | { readonly kind: 'number'; readonly text: string; readonly value: number; readonly at: number }
  | { readonly kind: 'sign'; readonly text: string; readonly at: number }
  | { readonly kind: 'end'; readonly text: ''; readonly at: number }

/** Longer than any query that a person writes. */
const longestQuery = 16 * 1024
// a name may hold hyphens, so a subtraction stands between spaces
const pattern =
  /\s*(?:(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<word>[\p{L}_$][\p{L}\p{N}_$-]*)|\[\[(?<bracketed>[^\]]+)\]\]|'(?<single>(?:[^'\\]|\\.)*)'|"(?<double>(?:[^"\\]|\\.)*)"|(?<sign><>|<=|>=|!=|[=<>()[\],.*+\-/%]))/uy

export function tokensOf(query: string): readonly Token[] {
  if (query.length > longestQuery) throw invalid(`The query is longer than ${longestQuery} characters.`)
  const tokens: Token[] = []
  const end = query.trimEnd().length
  for (let at = 0; at < end; at = pattern.lastIndex) {
    pattern.lastIndex = at
    const found = pattern.exec(query)
    if (!found) throw unreadable(query, at)
    tokens.push(tokenOf(found))
  }
  return [...tokens, { kind: 'end', text: '', at: end }]
}

function unreadable(query: string, at: number) {
  const start = at + (/^\s*/.exec(query.slice(at))?.[0].length ?? 0)
  return invalid(`The query cannot be read at position ${start}: "${printable(query.slice(start), 20)}".`)
}

function tokenOf({ 0: whole, groups = {}, index }: RegExpExecArray): Token {
  const text = whole.trimStart()
  const at = index + whole.length - text.length
  const { number, word, bracketed, single, double } = groups
  if (number !== undefined) return { kind: 'number', text, value: Number(number), at }
  if (word !== undefined) return { kind: 'word', text: word, at }
  // [[a name with dots]] is a name like any other, but never a keyword
  if (bracketed !== undefined) return { kind: 'text', text, value: bracketed, at }
  const quoted = single ?? double
  return quoted === undefined ? { kind: 'sign', text, at } : { kind: 'text', text, value: unescaped(quoted), at }
}

const unescaped = (text: string) =>
  text.replace(/\\(u[0-9a-fA-F]{4}|.)/gs, (_whole, code: string) =>
    code.length === 5 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : code,
  )
