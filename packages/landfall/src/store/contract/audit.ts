/** The audit log: appended with the change or not at all, found by its questions, kept within its bound. */
import { describe, expect, test } from 'vitest'
import type { AuditEntry, AuditKind } from '../../audit/entry.ts'
import type { OpenStore } from '../contract.ts'
import type { AuditQuestion, Change, Store } from '../store.ts'
import { fixedClock, registration, start } from './samples.ts'

interface Told {
  readonly kind?: AuditKind
  readonly actor?: string
  readonly at?: number
}

const entry = (id: string, { kind = 'group', actor = 'owner', at = start }: Told = {}): AuditEntry => ({
  at,
  actor: { kind: 'policy', name: actor },
  action: 'update',
  target: { kind, id },
  before: { provisioningStatus: 'enabled' },
  after: { provisioningStatus: 'disabled' },
})

const appended = (id: string, told?: Told): Change => ({ append: 'audit', entry: entry(id, told) })

const ids = async (store: Store, question: Partial<AuditQuestion> = {}) =>
  (await store.audit({ limit: 100, ...question })).map(({ target }) => target.id)

export function testAudit(open: OpenStore): void {
  describe('the audit log', () => {
    test('gives back each entry as it was, newest first and numbered, now and after a restart', async () => {
      await using opened = await open({ clock: fixedClock })
      await opened.store.commit([appended('a'), appended('b')])
      await opened.store.commit([appended('c')])
      const before = await opened.store.audit({ limit: 10 })
      expect(before).toEqual(['c', 'b', 'a'].map((id, index) => ({ ...entry(id), number: before[index]?.number })))
      expect(before.map(({ number }) => number)).toEqual(before.map(({ number }) => number).toSorted((x, y) => y - x))
      expect(await (await opened.reopen()).audit({ limit: 10 })).toEqual(before)
    })

    test('has an entry with its change or not at all', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      const put: Change = { put: 'registration', value: registration('pump'), expect: 'absent' }
      await store.commit([put, appended('first')])
      await expect(store.commit([appended('second'), put])).rejects.toMatchObject({ name: 'Conflict' })
      expect(await ids(await opened.reopen())).toEqual(['first'])
    })

    test('is read page by page', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      await store.commit(Array.from({ length: 25 }, (_, index) => appended(`${index}`)))
      const read: string[] = []
      let before: number | undefined
      do {
        const page = await store.audit({ limit: 10, before })
        read.push(...page.map(({ target }) => target.id))
        before = page.at(-1)?.number
      } while (before !== undefined)
      expect(read).toEqual(Array.from({ length: 25 }, (_, index) => `${24 - index}`))
    })

    test.each<[string, Partial<AuditQuestion>, readonly string[]]>([
      ['a kind', { kind: 'group' }, ['d', 'B', 'a']],
      ['an id, whatever its letter case', { id: 'b' }, ['B']],
      ['an actor, whatever its letter case', { actor: 'Other' }, ['c', 'B']],
      ['a time', { since: start + 1, until: start + 2 }, ['c', 'B']],
      ['a time before all', { until: start - 1 }, []],
      ['several at once', { kind: 'group', actor: 'other', since: start + 1 }, ['B']],
      ['a kind and an id that do not go together', { kind: 'twin', id: 'a' }, []],
    ])('answers by %s', async (_what, question, expected) => {
      await using opened = await open({ clock: fixedClock })
      await opened.store.commit([
        appended('a'),
        appended('B', { actor: 'other', at: start + 1 }),
        appended('c', { actor: 'OTHER', kind: 'policy', at: start + 2 }),
        appended('d', { at: start + 3 }),
      ])
      expect(await ids(opened.store, question)).toEqual(expected)
    })

    test('forgets the oldest beyond its bound within the write that brings more', async () => {
      await using opened = await open({ clock: fixedClock, bound: { auditEntries: 10 } })
      const { store } = opened
      for (let id = 1; id <= 25; id++) {
        await store.commit([appended(`${id}`)])
        expect((await ids(store)).length).toBe(Math.min(id, 10))
      }
      expect(await ids(store)).toEqual(['25', '24', '23', '22', '21', '20', '19', '18', '17', '16'])
    })

    test('is within a bound that was lowered as soon as it is opened', async () => {
      const bound = { auditEntries: 5000 }
      await using opened = await open({ clock: fixedClock, bound })
      await opened.store.commit(Array.from({ length: 3000 }, (_, index) => appended(`${index}`)))
      bound.auditEntries = 3
      expect(await ids(await opened.reopen())).toEqual(['2999', '2998', '2997'])
    })

    test('forgets what is too old, by the clock of the machine and not by a rehearsed one', async () => {
      const clock = { at: start, now: () => start + 1e12, machine: () => clock.at }
      await using opened = await open({ clock, bound: { auditAgeMs: 1000 } })
      const { store } = opened
      await store.commit([appended('old'), appended('older')])
      expect(await ids(store)).toEqual(['older', 'old'])
      clock.at += 1001
      await store.commit([appended('new', { at: clock.at })])
      expect(await ids(store)).toEqual(['new'])
    })

    test('gives no number twice, though all are forgotten', async () => {
      const clock = { at: start, now: () => clock.at }
      await using opened = await open({ clock, bound: { auditAgeMs: 1000 } })
      await opened.store.commit([appended('first')])
      const [first] = await opened.store.audit({ limit: 1 })
      clock.at += 2000
      const store = await opened.reopen()
      expect(await ids(store)).toEqual([])
      await store.commit([appended('second', { at: clock.at })])
      const [second] = await store.audit({ limit: 1 })
      expect(second?.number).toBeGreaterThan(first?.number ?? 0)
    })

    test('has a key of its own, which a restart does not change', async () => {
      await using opened = await open({ clock: fixedClock })
      await using other = await open({ clock: fixedClock })
      const key = await opened.store.auditKey()
      expect(key).toHaveLength(32)
      expect(await other.store.auditKey()).not.toEqual(key)
      expect(await (await opened.reopen()).auditKey()).toEqual(key)
    })
  })
}
