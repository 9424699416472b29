import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import type { DeviceId, HubName } from '../../ids.ts'
import { realTimers as timers } from '../../system.ts'
import { migrate, migrations } from './migrations.ts'
import { openSqlite } from './open.ts'
import { pack } from './packed.ts'

const clock = { now: () => Date.parse('2030-01-01T00:00:00Z') }
const hub = 'hub' as HubName
const members = { deviceId: 'd' as DeviceId, generationId: '1', authMethod: '{}', properties: {}, system: {} }
const eventOf = (text: string) => ({ ...members, body: Buffer.from(text) })
const all = { hub, partition: 0, after: -1, limit: 1000, bytes: 1 << 20 }
const append = (texts: readonly string[]) =>
  ({ append: 'telemetry', hub, partition: 0, at: clock.now(), events: texts.map(eventOf) }) as const

/** As it was while every event had a row of its own. */
function writeOldLog(path: string): void {
  const database = new DatabaseSync(path)
  migrate(database, migrations.slice(0, 7))
  database.exec(`INSERT INTO telemetry_partitions VALUES (1, 'hub', 0, 1, 0, 200, ${clock.now()})`)
  const add = database.prepare('INSERT INTO telemetry (id, offset, at, event) VALUES (?, ?, ?, ?)')
  for (const [nth, text] of ['old 0', 'old 1'].entries())
    add.run(2 ** 40 + nth, nth * 100, clock.now(), pack(members, Buffer.from(text)))
  database.close()
}

test('a log of one row an event is read on, and grows', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'landfall-'))
  const path = join(dir, 'landfall.db')
  writeOldLog(path)
  await using store = await openSqlite({ path, clock, timers })
  await store.commit([append(['new 2', 'new 3'])])
  const events = await store.telemetry(all)
  expect(events.map(({ body, sequence }) => `${Buffer.from(body)} ${sequence}`)).toEqual([
    'old 0 0',
    'old 1 1',
    'new 2 2',
    'new 3 3',
  ])
  expect(events.map(({ offset }) => offset).slice(0, 3)).toEqual([0, 100, 200])
  expect(await store.telemetrySpan(hub, 0)).toMatchObject({ first: 0, last: 3, lastOffset: events[3]?.offset })
  rmSync(dir, { recursive: true })
})

test('whatever came in one write, each event is found by its number and its offset', async () => {
  await using store = await openSqlite({ path: ':memory:', clock, timers })
  const large = 'x'.repeat(60_000)
  const writes = [
    ['a'],
    ['b', 'c', 'd'],
    Array.from({ length: 120 }, (_, nth) => `m${nth}`),
    [large, large, 'e'],
    ['f'],
  ]
  for (const texts of writes) await store.commit([append(texts)])
  const texts = writes.flat()
  const events = await store.telemetry(all)
  expect(events.map(({ body }) => Buffer.from(body).toString())).toEqual(texts)
  for (const [nth, { sequence, offset }] of events.entries()) {
    expect(sequence).toBe(nth)
    expect(await store.telemetry({ ...all, after: nth - 1, limit: 1 })).toEqual([events[nth]])
    expect(await store.telemetryPlace(hub, 0, { offset })).toBe(nth)
    expect(await store.telemetryPlace(hub, 0, { offset: offset - 1 })).toBe(nth - 1)
  }
  expect((await store.telemetrySpan(hub, 0)).lastOffset).toBe(events.at(-1)?.offset)
  expect(await store.telemetry({ ...all, after: texts.length - 1 })).toEqual([])
})
