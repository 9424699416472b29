import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hubNameOf, parseDeviceId } from '../ids.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { realRandom as random } from '../system.ts'
import { newTwin, patchTwin, replaceTwin, withoutReserved } from './twin.ts'

const made = Date.parse('2030-01-01T00:00:00.000Z')
const later = { at: Date.parse('2030-01-02T00:00:00.000Z'), random }
const stamp = { $lastUpdated: '2030-01-01T00:00:00.000Z' }
const stamp1 = { ...stamp, $lastUpdatedVersion: 1 }
const stamp2 = { $lastUpdated: '2030-01-02T00:00:00.000Z', $lastUpdatedVersion: 2 }

function twinOf(sections: { tags?: JsonObject; desired?: JsonObject; reported?: JsonObject }) {
  return newTwin({ hub: hubNameOf('hub.local'), deviceId: parseDeviceId('d1'), at: made, random, ...sections })
}

test('a new twin is empty, with version 1 of everything', () => {
  expect(twinOf({})).toEqual({
    hub: 'hub.local',
    deviceId: 'd1',
    etag: expect.stringMatching(/^[A-Za-z0-9+/]{11}=$/),
    version: 1,
    tags: {},
    desired: {},
    desiredVersion: 1,
    desiredMetadata: stamp1,
    reported: {},
    reportedVersion: 1,
    reportedMetadata: stamp,
  })
})

test('a new twin carries the stamps of its content at every object and leaf, arrays being leaves', () => {
  const twin = twinOf({ desired: { a: { b: 1, c: [{ d: 2 }] } }, reported: { on: true } })
  expect(twin.desiredMetadata).toEqual({ ...stamp1, a: { ...stamp1, b: stamp1, c: stamp1 } })
  expect(twin.reportedMetadata).toEqual({ ...stamp, on: stamp })
})

test('a new twin leaves out null members and $version and $metadata, and keeps nulls inside arrays', () => {
  const twin = twinOf({ desired: { a: null, $version: 7, $metadata: {}, b: [null] }, tags: { gone: null } })
  expect(twin.desired).toEqual({ b: [null] })
  expect(twin.tags).toEqual({})
})

const merges: [string, JsonObject, JsonObject, JsonObject][] = [
  ['adds a member', { a: 1 }, { b: 2 }, { a: 1, b: 2 }],
  ['replaces a scalar', { a: 1 }, { a: 2 }, { a: 2 }],
  ['merges objects', { a: { b: 1 } }, { a: { c: 2 } }, { a: { b: 1, c: 2 } }],
  ['removes a member by null', { a: 1, b: 2 }, { a: null }, { b: 2 }],
  ['removes a deep member by null', { a: { b: 1, c: 2 } }, { a: { b: null } }, { a: { c: 2 } }],
  ['replaces an array whole', { a: [1, 2, 3] }, { a: [4] }, { a: [4] }],
  ['puts an object in the place of a scalar, without its nulls', { a: 1 }, { a: { b: 2, c: null } }, { a: { b: 2 } }],
  ['puts a scalar in the place of an object', { a: { b: 1 } }, { a: 'x' }, { a: 'x' }],
  ['ignores $version and $metadata', { a: 1 }, { $version: 9, $metadata: { a: 1 } }, { a: 1 }],
  [
    'takes __proto__ for a member like any other',
    {},
    JSON.parse('{"__proto__":{"x":1}}'),
    JSON.parse('{"__proto__":{"x":1}}'),
  ],
]

test.each(merges)('a patch %s', (_title, before, patch, after) => {
  const desired = patchTwin(twinOf({ desired: before }), { desired: patch }, later)
  expect(JSON.stringify(desired.desired)).toBe(JSON.stringify(after))
  const tags = patchTwin(twinOf({ tags: before }), { tags: patch }, later)
  expect(JSON.stringify(tags.tags)).toBe(JSON.stringify(after))
})

test('a patch of desired adds one to its version, to the version of the twin, and makes a new etag', () => {
  const before = twinOf({ tags: { t: 1 }, desired: { a: 1 } })
  const after = patchTwin(before, { desired: { b: 2 } }, later)
  expect(after).toMatchObject({ version: 2, desiredVersion: 2, reportedVersion: 1, tags: { t: 1 } })
  expect(after.etag).not.toBe(before.etag)
})

test('a patch of tags leaves the version of desired alone', () => {
  expect(patchTwin(twinOf({}), { tags: { a: 1 } }, later)).toMatchObject({ version: 2, desiredVersion: 1 })
})

test('a patch stamps what it touched, up to the top, and nothing else', () => {
  const before = twinOf({ desired: { a: { b: 1, c: 1 }, d: 1, e: 1 } })
  const after = patchTwin(before, { desired: { a: { b: 2 }, e: null } }, later)
  expect(after.desiredMetadata).toEqual({ ...stamp2, a: { ...stamp2, b: stamp2, c: stamp1 }, d: stamp1 })
})

test('a patch that names no section changes nothing', () => {
  const twin = twinOf({ desired: { a: 1 } })
  expect(patchTwin(twin, {}, later)).toBe(twin)
})

test('clearing desired empties it and counts as a change', () => {
  const after = patchTwin(twinOf({ desired: { a: 1 } }), { desired: 'clear' }, later)
  expect(after).toMatchObject({ desired: {}, desiredVersion: 2, desiredMetadata: stamp2 })
})

test('a replacement replaces the sections it names and keeps the others', () => {
  const before = twinOf({ tags: { t: 1 }, desired: { a: 1, b: 2 }, reported: { r: 1 } })
  const after = replaceTwin(before, { desired: { c: { d: 3, e: null } } }, later)
  expect(after).toMatchObject({ tags: { t: 1 }, desired: { c: { d: 3 } }, reported: { r: 1 }, desiredVersion: 2 })
  expect(after.desiredMetadata).toEqual({ ...stamp2, c: { ...stamp2, d: stamp2 } })
})

test('the reserved members of an initial twin are stripped at its top only', () => {
  const section = { $version: 1, $metadata: {}, count: 2, metadata: {}, version: 3, keep: { version: 4 } }
  expect(withoutReserved(section)).toEqual({ keep: { version: 4 } })
})

/** Of a tree of stamps or of data: the names, level by level. */
function shapeOf(tree: Json | undefined): unknown {
  if (!isJsonObject(tree)) return {}
  const names = Object.keys(tree).filter((name) => !name.startsWith('$'))
  return Object.fromEntries(names.sort().map((name) => [name, shapeOf(tree[name])]))
}

test('after any patches the stamps have the shape of the document, and no null is left outside of arrays', () => {
  const name = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor')
  const { tree } = fc.letrec<{ tree: JsonObject; value: Json }>((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, fc.constant(null), fc.integer(), fc.constant([null, {}]), tie('tree')),
    tree: fc.array(fc.tuple(name, tie('value')), { maxLength: 3 }).map((pairs) => Object.fromEntries(pairs)),
  }))
  fc.assert(
    fc.property(tree, fc.array(tree, { maxLength: 3 }), (first, patches) => {
      let twin = twinOf({ desired: first })
      for (const desired of patches) twin = patchTwin(twin, { desired }, later)
      expect(shapeOf(twin.desiredMetadata)).toEqual(shapeOf(twin.desired))
      expect(JSON.stringify(twin.desired)).not.toMatch(/:null/)
      expect(twin.desiredVersion).toBe(patches.length + 1)
    }),
  )
})
