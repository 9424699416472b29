import fc from 'fast-check'
import { expect, test } from 'vitest'
import { realTimers } from '../../system.ts'
import { fixedClock, hubName, registration } from '../contract/samples.ts'
import type { Condition, Store } from '../store.ts'
import { facetMatches, facetsOfRegistration, readFacets } from './facets.ts'
import { openSqlite } from './open.ts'
import { rangesOf } from './ranges.ts'

const ids = ['a', 'ab', 'abc', 'a-b', 'a.b', 'b', 'b1', 'b:1', 'c_1', 'c-1']
const statuses = ['assigned', 'failed', 'disabled'] as const
const hubs = ['one.example', 'two.example', undefined]

const values = ids.map((id, index) => {
  const hub = hubs[index % 2 === 0 ? 0 : index % 3]
  return registration(id, { status: statuses[index % 3], assignedHub: hub === undefined ? undefined : hubName(hub) })
})

const text = fc.oneof(fc.constantFrom(...ids, ...statuses, 'one.example', 'A', 'B', 'two', 'f', ''), fc.string())
const field = fc.constantFrom('id', 'status', 'hub', 'attestationType')
const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4 },
    fc.record({ field, equals: text }),
    fc.record({ field, startsWith: text }),
    fc.record({ and: fc.array(tie('condition'), { maxLength: 3 }) }),
    fc.record({ or: fc.array(tie('condition'), { maxLength: 3 }) }),
  ),
})) as { condition: fc.Arbitrary<Condition> }

/** What a condition means, said in the plainest way. */
function holds(where: Condition, value: (typeof values)[number]): boolean {
  if ('and' in where) return where.and.every((each) => holds(each, value))
  if ('or' in where) return where.or.some((each) => holds(each, value))
  if (where.field !== 'id') return facetMatches(where, readFacets(facetsOfRegistration(value)))
  if ('equals' in where) return value.key === where.equals.toLowerCase()
  return value.key.startsWith(where.startsWith.toLowerCase())
}

async function walk(store: Store, where: Condition, limit: number): Promise<readonly string[]> {
  const found: string[] = []
  let page = await store.registrations({ limit, where })
  for (;;) {
    found.push(...page.items.map((item) => item.key))
    if (page.next === undefined) return found
    page = await store.registrations({ limit, where, after: page.next })
  }
}

test('whatever the condition and the page size, pages together hold what it holds of, each once and in order', async () => {
  await using store = await openSqlite({ path: ':memory:', clock: fixedClock, timers: realTimers })
  await store.commit(values.map((value) => ({ put: 'registration', value, expect: 'absent' })))
  const property = fc.asyncProperty(condition, fc.integer({ min: 1, max: 12 }), async (where, limit) => {
    const expected = values.filter((value) => holds(where, value)).map((value) => value.key)
    expect(await walk(store, where, limit)).toEqual(expected.toSorted())
  })
  await fc.assert(property, { numRuns: 500 })
})

test('ranges ascend and do not touch, so that nothing is found twice', () => {
  const facets = { status: 'assigned', attestationType: 'x509', hubs: ['one.example'] }
  fc.assert(
    fc.property(condition, (where) => {
      const ends = rangesOf(where, facets).flatMap(({ from, to }) => [from, to])
      expect(ends).toEqual(ends.toSorted((one, other) => (one < other ? -1 : 1)))
      expect(new Set(ends).size).toBe(ends.length)
    }),
  )
})

test('a condition of a thousand alternatives is answered', async () => {
  await using store = await openSqlite({ path: ':memory:', clock: fixedClock, timers: realTimers })
  await store.commit(values.map((value) => ({ put: 'registration', value, expect: 'absent' })))
  const many = Array.from({ length: 1000 }, (_, index): Condition => ({ field: 'id', equals: `b${index}` }))
  expect(await walk(store, { or: many }, 10)).toEqual(['b1'])
})
