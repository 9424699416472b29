import { expect, test } from 'vitest'
import { reasons } from '../../../portal/src/kit/reasons.ts'
import { catalogue } from '../../src/fault.ts'

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
