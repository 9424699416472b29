import { expect, test } from 'vitest'
import { dutchHubRemedies, hubReasons } from '../../../portal/src/kit/hub-reasons.ts'
import { dutchHeadings, dutchRemedies } from '../../../portal/src/kit/in-dutch.ts'
import { reasons } from '../../../portal/src/kit/reasons.ts'
import { catalogue } from '../../src/fault.ts'
import { codesAtTheDoor } from '../../src/hub/refusal.ts'

/** In the catalogue they stand together, at its end. */
function reasonsOfDevices(): readonly string[] {
  const all = Object.keys(catalogue)
  return all.slice(all.indexOf('unknown_id_scope'))
}

test('every reason to turn a device away has a heading in both languages', () => {
  expect(reasonsOfDevices()).toContain('chain_incomplete')
  expect(reasonsOfDevices().filter((reason) => !(reasons.keys as readonly string[]).includes(reason))).toEqual([])
})

test('every heading is of a reason that there is', () => {
  expect(reasons.keys.filter((reason) => !(reason in catalogue))).toEqual([])
})

test('who reads Dutch gets a heading and a remedy for every reason that there is, and for no other', () => {
  const all = Object.keys(catalogue).sort()
  expect(Object.keys(dutchRemedies).sort()).toEqual(all)
  expect([...Object.keys(dutchHeadings), ...reasons.keys].sort()).toEqual(all)
})

test('so has every name that a hub turns devices away with, in both languages, and a remedy in Dutch', () => {
  expect([...hubReasons.keys].sort()).toEqual([...codesAtTheDoor].sort())
  expect(Object.keys(dutchHubRemedies).sort()).toEqual([...codesAtTheDoor].sort())
})
