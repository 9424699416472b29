/** Attempts: remembered soon, found at once, forgotten in time. */
import { describe, expect, test } from 'vitest'
import type { TrackingId } from '../../ids.ts'
import type { OpenStore } from '../contract.ts'
import type { Store } from '../store.ts'
import { attempt, fixedClock, registrationKey, start } from './samples.ts'

const trackingIds = async (store: Store, limit = 100, id?: string) =>
  (await store.attempts({ limit, key: id === undefined ? undefined : registrationKey(id) })).map(
    (each) => each.trackingId,
  )

export function testAttempts(open: OpenStore): void {
  describe('attempts', () => {
    test('are found at once, newest first, before and after they are on disk', async () => {
      await using opened = await open({ clock: fixedClock })
      for (const id of ['1', '2', '3']) opened.store.note(attempt(id))
      opened.store.note(attempt('4', { registrationId: 'valve', key: registrationKey('valve') }))
      opened.store.note(attempt('5', { registrationId: '<not legal>', key: undefined }))
      const check = async (store: Store) => {
        expect(await trackingIds(store)).toEqual(['5', '4', '3', '2', '1'])
        expect(await trackingIds(store, 2)).toEqual(['5', '4'])
        expect(await trackingIds(store, 2, 'PUMP')).toEqual(['3', '2'])
        expect(await store.attempt('4' as TrackingId)).toEqual(
          attempt('4', { registrationId: 'valve', key: registrationKey('valve') }),
        )
        expect(await store.attempt('none' as TrackingId)).toBeUndefined()
      }
      await check(opened.store)
      await check(await opened.reopen())
    })

    test('written and waiting are one list', async () => {
      await using opened = await open({ clock: fixedClock })
      opened.store.note(attempt('1'))
      opened.store.note(attempt('2'))
      const store = await opened.reopen()
      store.note(attempt('3'))
      expect(await trackingIds(store)).toEqual(['3', '2', '1'])
      expect(await trackingIds(store, 2, 'pump')).toEqual(['3', '2'])
    })

    test('beyond the bound are forgotten, the oldest first', async () => {
      await using opened = await open({ clock: fixedClock, bound: { attempts: 10, attemptAgeMs: 1000 } })
      for (let id = 1; id <= 25; id++) opened.store.note(attempt(String(id)))
      const store = await opened.reopen()
      expect(await trackingIds(store)).toEqual(['25', '24', '23', '22', '21', '20', '19', '18', '17', '16'])
      expect(await store.attempt('15' as TrackingId)).toBeUndefined()
    })

    test('that are too old are forgotten with the next write', async () => {
      const clock = { at: start, now: () => clock.at }
      await using opened = await open({ clock, bound: { attempts: 10, attemptAgeMs: 1000 } })
      opened.store.note(attempt('old'))
      const store = await opened.reopen()
      clock.at += 1001
      store.note(attempt('new', { at: clock.at }))
      expect(await trackingIds(await opened.reopen())).toEqual(['new'])
    })

    test('do not grow without bound while they wait', async () => {
      await using opened = await open({ clock: fixedClock })
      for (let id = 1; id <= 100_000; id++) opened.store.note(attempt(String(id)))
      const waiting = await trackingIds(opened.store, 200_000)
      expect(waiting.length).toBeLessThan(50_000)
      expect(waiting[0]).toBe('100000')
    })
  })
}
