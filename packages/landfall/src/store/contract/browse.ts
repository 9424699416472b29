/** Lists as people look through them: orders, narrowing, totals. */
import { describe, expect, test } from 'vitest'
import type { OpenStore } from '../contract.ts'
import type { BrowseRequest, Change, Narrowing, Store } from '../store.ts'
import {
  fixedClock,
  group,
  groupKey,
  hubName,
  individual,
  member,
  referring,
  registrationKey,
  someRegistrations,
  start,
} from './samples.ts'

type Request = Omit<BrowseRequest, 'after'>

const aged = (id: string, created: number, updated: number): Change => ({
  put: 'individual',
  value: individual(id, { createdAt: start + created, updatedAt: start + updated }),
  expect: 'any',
})

/** Every page, to the end. */
async function allPages(store: Store, request: Request): Promise<readonly (readonly string[])[]> {
  const pages: string[][] = []
  let after: BrowseRequest<never>['after']
  do {
    const page = await store.browseIndividuals({ ...request, after })
    pages.push(page.items.map(({ key }) => key))
    after = page.next as typeof after
  } while (after !== undefined)
  return pages
}

const plain: Request = { sort: 'key', order: 'asc', limit: 10, narrow: {} }

export function testBrowse(open: OpenStore): void {
  describe('lists for people', () => {
    test.each<[Request['sort'], Request['order'], readonly string[]]>([
      ['key', 'asc', ['a', 'b', 'c', 'd', 'e']],
      ['key', 'desc', ['e', 'd', 'c', 'b', 'a']],
      ['created', 'asc', ['e', 'b', 'c', 'd', 'a']],
      ['created', 'desc', ['a', 'd', 'c', 'b', 'e']],
      ['updated', 'asc', ['c', 'd', 'e', 'a', 'b']],
      ['updated', 'desc', ['b', 'a', 'e', 'd', 'c']],
    ])('stand by %s, %s, page after page, those of the same moment by their key', async (sort, order, wanted) => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      await store.commit([aged('d', 2, 2), aged('A', 3, 5), aged('c', 2, 1), aged('B', 2, 6), aged('e', 1, 9)])
      await store.commit([aged('e', 1, 3)])
      for (const limit of [1, 2, 5, 9]) {
        const pages = await allPages(store, { ...plain, sort, order, limit })
        expect(pages.flat()).toEqual(wanted)
        expect(pages).toHaveLength(Math.ceil(5 / limit))
      }
      const narrow = { idContains: 'D', status: 'enabled' }
      expect(await allPages(store, { ...plain, sort, order, narrow })).toEqual([['d']])
    })

    test.each(['key', 'created'] as const)('go on by %s where they were though the last item is gone', async (sort) => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      await store.commit(['a', 'b', 'c', 'd'].map((id) => aged(id, 0, 0)))
      const first = await store.browseIndividuals({ ...plain, sort, limit: 2 })
      await store.commit([{ delete: 'individual', key: registrationKey('b'), expect: 'present' }])
      const second = await store.browseIndividuals({ ...plain, sort, after: first.next })
      expect(second.items.map(({ key }) => key)).toEqual(['c', 'd'])
      expect(second).toMatchObject({ total: 3, totalIsExact: true })
      expect(second.next).toBeUndefined()
    })

    test('of nothing are empty and have no next page', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      const empty = { items: [], total: 0, totalIsExact: true }
      for (const sort of ['key', 'created', 'updated'] as const) {
        expect(await store.browseIndividuals({ ...plain, sort })).toEqual(empty)
        expect(await store.browseGroups({ ...plain, sort, narrow: { idContains: 'x', hub: 'y' } })).toEqual(empty)
      }
      const request = { ...plain, sort: 'key' as const }
      expect(await store.browseRegistrations({ ...request, group: groupKey('none') })).toEqual(empty)
    })

    test.each<[string, Narrowing, readonly string[]]>([
      ['nothing', {}, ['alpha-1', 'beta_1', "it's%", 'zeta']],
      ['the middle of an id in other letters', { idContains: 'PHA-' }, ['alpha-1']],
      ['a sign that stands for itself', { idContains: '_' }, ['beta_1']],
      ['another', { idContains: '%' }, ["it's%"]],
      ['a quote', { idContains: "t's" }, ["it's%"]],
      ['what none has', { idContains: '\u0000' }, []],
      ['a status', { status: 'Disabled' }, ['zeta']],
      ['a kind of attestation', { attestationType: 'X509' }, ['beta_1']],
      ['a hub among several', { hub: 'B.example' }, ['alpha-1', 'beta_1']],
      ['part of a hub', { hub: 'b.' }, []],
      ['several at once', { hub: 'b.example', attestationType: 'symmetricKey', idContains: 'a' }, ['alpha-1']],
    ])('are narrowed by %s, and the total is of what is left', async (_, narrow, wanted) => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      const values = [
        group('Alpha-1', { iotHubs: [hubName('c.example'), hubName('b.example')] }),
        group('beta_1', { iotHubs: [hubName('b.example')], attestation: referring('root') }),
        group("it's%"),
        group('zeta', { provisioningStatus: 'disabled' }),
      ]
      await store.commit(values.map((value) => ({ put: 'group', value, expect: 'absent' })))
      for (const sort of ['key', 'created'] as const) {
        const found = await store.browseGroups({ ...plain, sort, limit: 1, narrow })
        expect(found.items.map(({ key }) => key)).toEqual(wanted.slice(0, 1))
        expect(found).toMatchObject({ total: wanted.length, totalIsExact: true })
        expect(found.next?.key).toBe(wanted.length > 1 ? wanted[0] : undefined)
        const all = await store.browseGroups({ ...plain, sort, narrow })
        expect(all.items.map(({ key }) => key)).toEqual(wanted)
      }
    })

    test('of registrations are narrowed by group, status and hub, and run both ways', async () => {
      await using opened = await open({ clock: fixedClock })
      await opened.store.commit(someRegistrations.map((value) => ({ put: 'registration', value, expect: 'absent' })))
      const browse = async (rest: Partial<Parameters<Store['browseRegistrations']>[0]>) => {
        const request = { ...plain, sort: 'key' as const, ...rest }
        const { items, total } = await opened.store.browseRegistrations(request)
        return [items.map(({ key }) => key), total]
      }
      expect(await browse({ order: 'desc', limit: 2 })).toEqual([['y', 'x'], 5])
      expect(await browse({ group: groupKey('Plant') })).toEqual([['a', 'b', 'c'], 3])
      expect(await browse({ group: groupKey('plant'), order: 'desc', limit: 1 })).toEqual([['c'], 3])
      expect(await browse({ group: groupKey('plant'), narrow: { status: 'failed' } })).toEqual([['c'], 1])
      expect(await browse({ narrow: { hub: 'localhost' }, order: 'desc' })).toEqual([['y', 'x', 'a'], 3])
    })

    test('show beside a page of groups how many registered, up to a bound, and records by their keys', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      const values = [member('c', 'plant'), member('b', 'plant'), member('a', 'Plant'), member('x', 'line')]
      await store.commit(values.map((value) => ({ put: 'registration', value, expect: 'absent' })))
      const groups = ['plant', 'line', 'none'].map(groupKey)
      const counts = async (most: number) => [...(await store.registrationCounts(groups, most)).entries()]
      expect(await counts(2)).toEqual([
        ['plant', 2],
        ['line', 1],
        ['none', 0],
      ])
      expect((await store.registrationCounts(groups, 9)).get(groupKey('plant'))).toBe(3)
      expect(await store.registrationCounts([], 9)).toEqual(new Map())
      const found = await store.registrationsOf(['x', 'none', 'b'].map(registrationKey))
      expect(found.map(({ key }) => key)).toEqual(['b', 'x'])
    })
  })
}
