import { expect, test } from 'vitest'
import { facts, listing, table } from './output.ts'

const plain = (text: string) => text.replace(/\u001b\[\d+m/g, '')

test('a table is as wide as its widest cells, numbers to the right', () => {
  expect(
    plain(
      table(
        ['Device', 'Linked', 'ms'],
        [
          ['pump-12', true, 7],
          ['p', undefined, 112.5],
        ],
      ),
    ),
  ).toBe('Device   Linked     ms\npump-12  yes         7\np        -       112.5')
})

test('an empty list is a sentence', () => {
  expect(listing(['Device'], [], 'None yet.')).toBe('None yet.')
})

test('an object is its members, absent ones left out, nested ones below', () => {
  const value = { name: 'a', none: undefined, list: [1], within: { deep: { b: true }, c: 1 }, empty: {} }
  expect(plain(facts(value))).toBe('name    a\nlist    [1]\nwithin\n  deep\n    b  true\n  c     1\nempty   {}')
})

test("a stranger's text in a table, or among facts, does not command the terminal", () => {
  const hostile = 'a\u001b]0;owned\u0007\u009b31m\u202eb'
  expect(plain(table(['Subject'], [[hostile]]))).toBe('Subject\na�]0;owned��31m�b')
  expect(plain(facts({ name: hostile }))).toBe('name  a�]0;owned��31m�b')
})

test('names within a payload are a device\u2019s, and do not command the terminal either', () => {
  const shown = facts({ payload: { '\u001b]0;owned\u0007': { '\u009b2J': 1 } } })
  expect(plain(shown)).toBe('payload\n  \ufffd]0;owned\ufffd\n    \ufffd2J  1')
})
