import { expect, test } from 'vitest'
import { readJsonText } from './json-text.ts'

test('says where JSON stops being JSON', () => {
  expect(readJsonText('{\n  "a": 1,\n  b: 2\n}')).toMatchObject({ line: 3, column: 3 })
})

test('says so of a text that ends too early', () => {
  expect(readJsonText('{\n  "a": [1,')).toMatchObject({ line: 2, column: 11 })
})

test('reads what is JSON', () => {
  expect(readJsonText('{"tags":{}}')).toEqual({ value: { tags: {} } })
})
