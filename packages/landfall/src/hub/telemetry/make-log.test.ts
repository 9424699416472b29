import { expect, test } from 'vitest'
import type { DeviceId, HubName } from '../../ids.ts'
import { openSqlite } from '../../store/sqlite/open.ts'
import { realTimers as timers } from '../../system.ts'
import { makeTelemetryLog } from './make-log.ts'
import { partitionOf } from './partition.ts'

const clock = { at: Date.parse('2030-01-01T00:00:00Z'), now: () => clock.at }
const hub = 'hub' as HubName
const event = (deviceId: string, text: string) => ({
  deviceId: deviceId as DeviceId,
  generationId: '1',
  authMethod: '{}',
  body: Buffer.from(text),
  properties: {},
  system: {},
})
const of = { hub, partition: partitionOf('pump' as DeviceId) }

async function openLog() {
  const store = await openSqlite({ path: ':memory:', clock, timers })
  return { store, log: makeTelemetryLog({ store, clock }), [Symbol.asyncDispose]: () => store.close() }
}

test('what many send in one turn of the event loop is one write, and in order for each', async () => {
  await using world = await openLog()
  let commits = 0
  const store = {
    ...world.store,
    commit: (...change: Parameters<typeof world.store.commit>) =>
      world.store.commit(...change).then(() => void commits++),
  }
  const log = makeTelemetryLog({ store, clock })
  await Promise.all(Array.from({ length: 100 }, (_, n) => log.append(hub, [event('pump', `${n}`)])))
  const events = await log.read({ ...of, after: -1, limit: 1000 })
  expect(events.map(({ body }) => Buffer.from(body).toString())).toEqual(Array.from({ length: 100 }, (_, n) => `${n}`))
  expect(commits).toBe(1)
})

test('who waits is told once there is more, on disk', async () => {
  await using world = await openLog()
  const waited = world.log.more(of, -1, new AbortController().signal)
  await world.log.append(hub, [event('pump', 'a')])
  await waited
  await world.log.more(of, -1, new AbortController().signal)
  const stop = new AbortController()
  const further = world.log.more(of, 0, stop.signal)
  stop.abort()
  await further
})

test('reading begins where it was asked to', async () => {
  await using world = await openLog()
  const { log } = world
  for (const text of ['a', 'b', 'c']) {
    clock.at += 10
    await log.append(hub, [event('pump', text)])
  }
  const [a, b] = await log.read({ ...of, after: -1, limit: 10 })
  expect(await log.placeOf(of, 'earliest')).toBe(-1)
  expect(await log.placeOf(of, 'latest')).toBe(2)
  expect(await log.placeOf(of, { sequence: 1, inclusive: false })).toBe(1)
  expect(await log.placeOf(of, { sequence: 1, inclusive: true })).toBe(0)
  expect(await log.placeOf(of, { offset: b?.offset ?? 0, inclusive: false })).toBe(1)
  expect(await log.placeOf(of, { offset: b?.offset ?? 0, inclusive: true })).toBe(0)
  expect(await log.placeOf(of, { offset: -1, inclusive: false })).toBe(-1)
  expect(await log.placeOf(of, { enqueuedAfter: a?.enqueuedAt ?? 0 })).toBe(0)
  expect(await log.placeOf(of, { enqueuedAfter: 0 })).toBe(-1)
})
