import { expect, test } from 'vitest'
import { fixedClock, group, individual, operation } from '../store/contract/samples.ts'
import { openSqlite } from '../store/sqlite/open.ts'
import type { Kind } from '../store/store.ts'
import { realTimers as timers } from '../system.ts'
import { watched } from './watched.ts'

test('tells the kinds that a commit changed once they are stored, and nothing of what was refused', async () => {
  await using stored = await openSqlite({ path: ':memory:', clock: fixedClock, timers })
  const told: (readonly Kind[])[] = []
  const store = watched(stored, (kinds) => told.push([...kinds]))
  await store.commit([
    { put: 'group', value: group('plant'), expect: 'absent' },
    { put: 'individual', value: individual('pump'), expect: 'absent' },
    { put: 'operation', value: operation('op') },
  ])
  await store.commit([{ put: 'operation', value: operation('op') }])
  await expect(store.commit([{ put: 'group', value: group('plant'), expect: 'absent' }])).rejects.toThrow()
  expect(told).toEqual([['group', 'individual']])
  expect(await store.counts()).toMatchObject({ groups: 1 })
})
