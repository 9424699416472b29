import { expect, test } from 'vitest'
import { costsBy } from './profile.ts'

const frame = (functionName: string, url: string) => ({ functionName, url, lineNumber: 0 })
const profile = {
  nodes: [
    { id: 1, callFrame: frame('decide', 'file:///x/packages/landfall/src/registration/decide.ts') },
    { id: 2, callFrame: frame('allocate', 'file:///x/packages/landfall/src/registration/allocate.ts') },
    { id: 3, callFrame: frame('(idle)', '') },
    { id: 4, callFrame: frame('parse', 'file:///x/node_modules/mqtt-packet/parser.js') },
  ],
  samples: [1, 4, 3, 2, 1],
  timeDeltas: [10, 50, 1000, 20, 5],
}

test('the time of one name is added up, and the costliest comes first', () => {
  const costs = costsBy(profile, ({ functionName, url }) => (url.includes('registration') ? 'engine' : functionName))
  expect(costs).toEqual([
    { name: 'parse', micros: 50 },
    { name: 'engine', micros: 35 },
  ])
})

test('waiting is not a cost', () => {
  expect(costsBy(profile, ({ functionName }) => functionName).map(({ name }) => name)).not.toContain('(idle)')
})
