import { expect, test } from 'vitest'
import { differencesOf, isSecret } from './diff.ts'

test('members that came, went and changed are told by their path; what stayed is not', () => {
  const before = { status: 'enabled', tags: { plant: 7, line: 'a' }, hubs: ['x'], gone: null }
  const after = { status: 'disabled', tags: { plant: 7, line: 'b' }, hubs: ['x'], come: {} }
  expect(differencesOf(before, after)).toEqual([
    { path: 'status', kind: 'changed', before: 'enabled', after: 'disabled' },
    { path: 'tags.line', kind: 'changed', before: 'a', after: 'b' },
    { path: 'gone', kind: 'removed', before: null, after: undefined },
    { path: 'come', kind: 'added', before: undefined, after: {} },
  ])
})

test('a thing that is made has every member added, one that is deleted every member removed', () => {
  expect(differencesOf(undefined, { a: { b: 1 } })).toEqual([
    { path: 'a.b', kind: 'added', before: undefined, after: 1 },
  ])
  expect(differencesOf({ a: [1] }, undefined)).toEqual([{ path: 'a', kind: 'removed', before: [1], after: undefined }])
})

test('lists and values that are no objects are compared whole, however deep', () => {
  expect(differencesOf({ a: [{ b: [1, 2] }] }, { a: [{ b: [1, 2] }] })).toEqual([])
  expect(differencesOf('hashed', 'static')).toMatchObject([{ path: '', kind: 'changed' }])
})

test.each([
  ['secret:01ab23cd', true],
  ['secret:garden', false],
  ['my secret:01ab23cd', false],
  [undefined, false],
])('%j stands for a secret: %j', (value, secret) => {
  expect(isSecret(value)).toBe(secret)
})
