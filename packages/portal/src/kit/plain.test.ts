import { expect, test } from 'vitest'
import { plain, plainJson } from './plain.ts'

test('a name that would turn itself around, or end its line, is shown as it is written', () => {
  expect(plain('CN=\u202emoc.elpmaxe\u0000\r\n')).toBe('CN=\\u202emoc.elpmaxe\\u0000\\u000d\\u000a')
})

test('ordinary names of any script stay as they are', () => {
  for (const name of ['CN=Plant 7 CA', 'CN=Fábrica', 'CN=工場', 'CN=مصنع']) expect(plain(name)).toBe(name)
})

test('JSON keeps its lines and its meaning', () => {
  const shown = plainJson('{\n  "a": "\u202eb"\n}')
  expect(shown).toBe('{\n  "a": "\\u202eb"\n}')
  expect(JSON.parse(shown)).toEqual({ a: '\u202eb' })
})
