/** Lists of changes: whole or not at all, and each for itself. */
import { describe, expect, test } from 'vitest'
import type { OpenStore } from '../contract.ts'
import { type Change, StorageUnavailable } from '../store.ts'
import {
  device,
  etag,
  fixedClock,
  group,
  groupKey,
  individual,
  localhost,
  registration,
  registrationKey,
} from './samples.ts'

const put = (id: string, version = '1', expects: 'absent' | 'present' | 'any' = 'absent'): Change => ({
  put: 'registration',
  value: registration(id, { etag: etag(version) }),
  expect: expects,
})

export function testCommits(open: OpenStore): void {
  describe('a commit', () => {
    test('writes nothing when its last change meets a conflict', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      await store.commit([put('there')])
      const list: Change[] = [
        put('new'),
        { put: 'device', value: device('new'), expect: 'absent' },
        { put: 'group', value: group('new'), expect: 'absent' },
        { delete: 'registration', key: registrationKey('there'), expect: 'present' },
        { put: 'individual', value: individual('new'), expect: 'present' },
      ]
      await expect(store.commit(list)).rejects.toMatchObject({ kind: 'individual', key: 'new', found: undefined })
      const after = await opened.reopen()
      expect(await after.counts()).toEqual({ individuals: 0, groups: 0, registrations: 1 })
      expect(await after.deviceCounts(localhost)).toEqual({ total: 0, enabled: 0 })
      expect(await after.group(groupKey('new'))).toBeUndefined()
      expect(await after.registration(registrationKey('there'))).toBeDefined()
    })

    test('sees its own earlier changes', async () => {
      await using opened = await open({ clock: fixedClock })
      await opened.store.commit([
        put('pump', '1'),
        { put: 'registration', value: registration('pump', { etag: etag('2') }), expect: { etag: etag('1') } },
      ])
      expect((await opened.store.registration(registrationKey('pump')))?.etag).toBe('2')
    })

    test('that waits with others fails for itself, and they succeed', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      await store.commit([put('taken')])
      const outcomes = await Promise.allSettled([
        store.commit([put('a'), put('b')]),
        store.commit([put('c'), put('taken')]),
        store.commit([put('d')]),
        store.commit([put('a', '2', 'present')]),
      ])
      expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
      const after = await opened.reopen()
      const { items } = await after.registrations({ limit: 10 })
      expect(items.map((item) => `${item.key} ${item.etag}`)).toEqual(['a 2', 'b 1', 'd 1', 'taken 1'])
    })

    test('lets exactly one of many who expect the same version win', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      await store.commit([put('pump', '0')])
      const next = (version: number): Change => ({
        put: 'registration',
        value: registration('pump', { etag: etag(String(version)) }),
        expect: { etag: etag('0') },
      })
      const outcomes = await Promise.allSettled([1, 2, 3, 4, 5].map((version) => store.commit([next(version)])))
      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1)
      const winner = outcomes.findIndex((outcome) => outcome.status === 'fulfilled') + 1
      expect((await store.registration(registrationKey('pump')))?.etag).toBe(String(winner))
    })

    test('of nothing succeeds', async () => {
      await using opened = await open({ clock: fixedClock })
      await opened.store.commit([])
      expect(opened.store.health()).toEqual({ writable: true })
    })

    test('that waits is written when the store closes; a later one is refused', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      const waiting = store.commit([put('pump')])
      const reopened = await opened.reopen()
      await waiting
      expect(await reopened.registration(registrationKey('pump'))).toBeDefined()
      await expect(store.commit([put('late')])).rejects.toBeInstanceOf(StorageUnavailable)
    })

    test('of a thousand lists at once keeps every one', async () => {
      await using opened = await open({ clock: fixedClock })
      const keys = Array.from({ length: 1000 }, (_, index) => `pump-${index}`)
      await Promise.all(keys.map((key) => opened.store.commit([put(key)])))
      expect((await (await opened.reopen()).counts()).registrations).toBe(1000)
    })
  })
}
