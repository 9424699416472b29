import { expect, test } from 'vitest'
import type { DeviceId, HubName } from '../../ids.ts'
import type { Timers } from '../../system.ts'
import { openSqlite } from './open.ts'

const hub = 'hub' as HubName
const event = {
  deviceId: 'pump' as DeviceId,
  generationId: '1',
  authMethod: '{}',
  body: new Uint8Array(8),
  properties: {},
  system: {},
}

test('telemetry of an idle hub goes when its time is over, piece by piece', async () => {
  const clock = { at: 1_000_000, now: () => clock.at }
  const sleepers: { readonly ms: number; readonly wake: () => void }[] = []
  const timers: Timers = {
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        sleepers.push({ ms, wake: resolve })
        signal?.addEventListener('abort', () => resolve(), { once: true })
      }),
  }
  await using store = await openSqlite({ path: ':memory:', clock, timers, bound: { telemetryAgeMs: 3600_000 } })
  const append = (partition: number, count: number) =>
    store.commit([
      { append: 'telemetry', hub, partition, at: clock.at, events: Array.from({ length: count }, () => event) },
    ])
  const firsts = async () => [(await store.telemetrySpan(hub, 0)).first, (await store.telemetrySpan(hub, 1)).first]
  const round = async () => {
    const [sleeper] = sleepers.splice(0)
    sleeper?.wake()
    while (sleepers.length === 0) await new Promise((resolve) => setImmediate(resolve))
    return sleepers[0]?.ms
  }
  await append(0, 1500)
  await append(1, 10)
  expect(await round()).toBe(60_000)
  expect(await firsts()).toEqual([0, 0])
  clock.at += 3600_001
  expect(await round()).toBe(20)
  expect(await firsts()).toEqual([1000, 10])
  await round()
  expect(await round()).toBe(60_000)
  expect(await firsts()).toEqual([1500, 10])
  expect(await store.telemetrySpan(hub, 0)).toMatchObject({ last: 1499, isEmpty: true })
})
