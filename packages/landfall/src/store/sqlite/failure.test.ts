import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import type { Timers } from '../../system.ts'
import { attempt, device, fixedClock, localhost, member, registrationKey } from '../contract/samples.ts'
import { type Change, StorageUnavailable } from '../store.ts'
import { migrate } from './migrations.ts'
import { makeSqliteStore } from './store.ts'

const put = (id: string): readonly Change[] => [
  { put: 'device', value: device(id), expect: 'any' },
  { put: 'registration', value: member(id, 'plant', { payload: { large: 'x'.repeat(100_000) } }), expect: 'any' },
]

/** A store that we can take the room or the right to write away from; its timers run out when we say so. */
function smallWorld() {
  const database = new DatabaseSync(':memory:')
  migrate(database)
  const sleepers: (() => void)[] = []
  const timers: Timers = { sleep: () => new Promise((resolve) => sleepers.push(resolve)) }
  const logged: string[] = []
  const store = makeSqliteStore(database, {
    clock: fixedClock,
    timers,
    bound: {
      attempts: 10,
      attemptAgeMs: 1000,
      auditEntries: 10,
      auditAgeMs: 1000,
      telemetryBytes: 1000,
      telemetryAgeMs: 1000,
      feedbacks: 10,
    },
    log: (message) => logged.push(message),
  })
  const pageCount = () => Number(database.prepare('PRAGMA page_count').get()?.page_count)
  return {
    store,
    logged,
    fill: () => database.exec(`PRAGMA max_page_count = ${pageCount() + 2}`),
    makeRoom: () => database.exec('PRAGMA max_page_count = 1000000'),
    forbid: () => database.exec('PRAGMA query_only = ON'),
    allow: () => database.exec('PRAGMA query_only = OFF'),
    async runTimers() {
      for (const wake of sleepers.splice(0)) wake()
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

const kinds = [
  { what: 'full', why: 'the disk is full', spoil: 'fill', mend: 'makeRoom' },
  { what: 'read-only', why: 'the database is read-only', spoil: 'forbid', mend: 'allow' },
] as const

test.each(kinds)('a $what disk refuses every waiting list, says why, and nothing of them is there', async (kind) => {
  const world = smallWorld()
  await world.store.commit(put('before'))
  world[kind.spoil]()
  const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((id) => world.store.commit(put(id))))
  const refused = { status: 'rejected', reason: new StorageUnavailable(kind.why) }
  expect(outcomes).toMatchObject([refused, refused, refused])
  expect(world.store.health()).toEqual({ writable: false, why: kind.why })
  expect(await world.store.counts()).toMatchObject({ registrations: 1 })
  expect(await world.store.deviceCounts(localhost)).toEqual({ total: 1, enabled: 1 })
  expect(await world.store.registration(registrationKey('before'))).toBeDefined()
})

test.each(kinds)('a $what disk that is mended takes the next commit', async (kind) => {
  const world = smallWorld()
  world[kind.spoil]()
  await expect(world.store.commit(put('pump'))).rejects.toBeInstanceOf(StorageUnavailable)
  await expect(world.store.commit(put('pump'))).rejects.toBeInstanceOf(StorageUnavailable)
  world[kind.mend]()
  await world.store.commit(put('pump'))
  expect(world.store.health()).toEqual({ writable: true })
  expect(await world.store.registration(registrationKey('pump'))).toBeDefined()
  expect(world.logged).toEqual(['cannot write to the store', 'the store can be written again'])
})

test('a disk that is mended is noticed without anyone writing', async () => {
  const world = smallWorld()
  world.forbid()
  await expect(world.store.commit(put('pump'))).rejects.toBeInstanceOf(StorageUnavailable)
  await world.runTimers()
  expect(world.store.health().writable).toBe(false)
  world.allow()
  await world.runTimers()
  expect(world.store.health()).toEqual({ writable: true })
})

test('attempts wait while nothing can be written, and are kept', async () => {
  const world = smallWorld()
  world.forbid()
  world.store.note(attempt('1'))
  await world.runTimers()
  expect(world.store.health().writable).toBe(false)
  world.store.note(attempt('2'))
  world.allow()
  await world.runTimers()
  const found = await world.store.attempts({ limit: 10 })
  expect(found.map((each) => each.trackingId)).toEqual(['2', '1'])
})

test('an attempt that cannot be written is given up, and the changes beside it are kept', async () => {
  const world = smallWorld()
  world.store.note(attempt('bad', { at: Number.NaN }))
  await world.store.commit(put('pump'))
  world.store.note(attempt('good'))
  await world.store.commit([])
  expect(world.store.health()).toEqual({ writable: true })
  const found = await world.store.attempts({ limit: 10 })
  expect(found.map((each) => each.trackingId)).toEqual(['good'])
})

test('a store that is closed while the disk is full says so once, and touches nothing afterwards', async () => {
  const world = smallWorld()
  world.fill()
  const waiting = world.store.commit(put('pump'))
  const closing = world.store.close()
  await expect(waiting).rejects.toThrow('the disk is full')
  await closing
  await world.runTimers()
  expect(world.logged).toEqual(['cannot write to the store'])
})
