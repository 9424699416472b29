/** Pages and conditions (contract/service-api 8). */
import { describe, expect, test } from 'vitest'
import type { RegistrationKey } from '../../ids.ts'
import type { OpenStore } from '../contract.ts'
import type { Change, Condition, PageRequest, Store } from '../store.ts'
import {
  device,
  fixedClock,
  group,
  groupKey,
  hubName,
  individual,
  localhost,
  member,
  referring,
  registration,
  registrationKey,
  someRegistrations,
} from './samples.ts'

const ids = (items: readonly { readonly key?: string; readonly deviceId?: string }[]) =>
  items.map((item) => item.key ?? item.deviceId)

const putIndividual = (id: string): Change => ({ put: 'individual', value: individual(id), expect: 'absent' })

async function allPages(store: Store, page: PageRequest<RegistrationKey>): Promise<readonly (readonly unknown[])[]> {
  const { items, next } = await store.individuals(page)
  return next === undefined ? [ids(items)] : [ids(items), ...(await allPages(store, { ...page, after: next }))]
}

export function testLists(open: OpenStore): void {
  describe('pages', () => {
    test.each([
      [0, [[]]],
      [1, [['a']]],
      [2, [['a', 'b']]],
      [3, [['a', 'b'], ['c']]],
      [
        4,
        [
          ['a', 'b'],
          ['c', 'd'],
        ],
      ],
    ])('of two hold %i items in order, and the last page has no successor', async (count, pages) => {
      await using opened = await open({ clock: fixedClock })
      await opened.store.commit(['D', 'b', 'C', 'a'].toSorted(noCase).slice(0, count).reverse().map(putIndividual))
      expect(await allPages(opened.store, { limit: 2 })).toEqual(pages)
      const everywhere: Condition = { field: 'status', equals: 'enabled' }
      expect(await allPages(opened.store, { limit: 2, where: everywhere })).toEqual(pages)
    })

    test('end early where what they hold is long, but never empty, and lose nothing', async () => {
      await using opened = await open({ clock: fixedClock })
      await opened.store.commit(['a', 'b', 'c', 'd', 'e'].map(putIndividual))
      const long = JSON.stringify(individual('a')).length
      for (const where of [undefined, { field: 'status', equals: 'enabled' } as const]) {
        const pages = (length: number) => allPages(opened.store, { limit: 3, length, where })
        expect(await pages(1)).toEqual([['a'], ['b'], ['c'], ['d'], ['e']])
        expect(await pages(long + 1)).toEqual([['a', 'b'], ['c', 'd'], ['e']])
        expect(await pages(10 * long)).toEqual([
          ['a', 'b', 'c'],
          ['d', 'e'],
        ])
      }
    })

    test('go on where they were while rows are deleted and added', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      await store.commit(['b', 'd', 'f', 'h'].map(putIndividual))
      const first = await store.individuals({ limit: 2 })
      expect(ids(first.items)).toEqual(['b', 'd'])
      await store.commit([
        ...['b', 'd', 'f'].map((id): Change => ({ delete: 'individual', key: registrationKey(id), expect: 'present' })),
        putIndividual('a'),
        putIndividual('e'),
      ])
      const second = await store.individuals({ limit: 2, after: first.next })
      expect(ids(second.items)).toEqual(['e', 'h'])
      expect(second.next).toBeUndefined()
    })

    test('after the last key are empty, with no successor', async () => {
      await using opened = await open({ clock: fixedClock })
      await opened.store.commit([putIndividual('a')])
      expect(await opened.store.individuals({ limit: 2, after: registrationKey('z') })).toEqual({ items: [] })
    })

    test('of a group hold its devices and no others, in order, whatever their state', async () => {
      await using opened = await open({ clock: fixedClock })
      await opened.store.commit(someRegistrations.map((value) => ({ put: 'registration', value, expect: 'absent' })))
      const first = await opened.store.registrations({ limit: 2, group: groupKey('Plant') })
      expect(ids(first.items)).toEqual(['a', 'b'])
      const last = await opened.store.registrations({ limit: 2, group: groupKey('Plant'), after: first.next })
      expect(ids(last.items)).toEqual(['c'])
      expect(last.next).toBeUndefined()
      expect(await opened.store.registrations({ limit: 2, group: groupKey('unknown') })).toEqual({ items: [] })
      expect(ids((await opened.store.registrations({ limit: 9 })).items)).toEqual(['a', 'b', 'c', 'x', 'y'])
    })

    test('of a hub hold its devices, two that differ in letter case among them, and follow each other', async () => {
      await using opened = await open({ clock: fixedClock })
      const names = ['pump-1', "it's@100%", 'Pump-1', 'pump', '$a(b)']
      const elsewhere = device('pump', { hub: hubName('far.example') })
      await opened.store.commit(
        [...names.map((id) => device(id)), elsewhere].map((value) => ({ put: 'device', value, expect: 'absent' })),
      )
      const first = await opened.store.devices(localhost, { limit: 4 })
      const last = await opened.store.devices(localhost, { limit: 4, after: first.next })
      expect([ids(first.items), ids(last.items)]).toEqual([['$a(b)', "it's@100%", 'pump', 'Pump-1'], ['pump-1']])
    })
  })

  describe('conditions', () => {
    const far = hubName('far.example')
    const values = [
      member('alpha-1', 'plant'),
      member('alpha-2', 'plant', { status: 'failed', assignedHub: undefined }),
      member('beta_1', 'mill', { assignedHub: far }),
      registration('betax1', { attestation: 'symmetricKey', assignedHub: far }),
      registration('gamma', { attestation: 'tpm', status: 'disabled' }),
    ]
    const all = ['alpha-1', 'alpha-2', 'beta_1', 'betax1', 'gamma']

    const rows: readonly [string, Condition, readonly string[]][] = [
      ['an id', { field: 'id', equals: 'gamma' }, ['gamma']],
      ['an id in other letters', { field: 'id', equals: 'GaMMa' }, ['gamma']],
      ['half an id', { field: 'id', equals: 'alpha' }, []],
      ['a prefix', { field: 'id', startsWith: 'Alpha-' }, ['alpha-1', 'alpha-2']],
      ['a prefix with _, which stands for itself', { field: 'id', startsWith: 'beta_' }, ['beta_1']],
      ['a prefix with %, which stands for itself', { field: 'id', startsWith: '%' }, []],
      ['a prefix with a quote', { field: 'id', startsWith: "a' OR '1'='1" }, []],
      ['no prefix', { field: 'id', startsWith: '' }, all],
      ['a status', { field: 'status', equals: 'Failed' }, ['alpha-2']],
      ['a status that begins', { field: 'status', startsWith: 'dis' }, ['gamma']],
      ['an unheard-of status', { field: 'status', equals: 'lost' }, []],
      ['an attestation', { field: 'attestationType', equals: 'symmetrickey' }, ['betax1']],
      ['a hub', { field: 'hub', equals: 'FAR.example' }, ['beta_1', 'betax1']],
      ['a hub that begins', { field: 'hub', startsWith: 'local' }, ['alpha-1', 'gamma']],
      ['any hub', { field: 'hub', startsWith: '' }, ['alpha-1', 'beta_1', 'betax1', 'gamma']],
      ['nothing asked of all', { and: [] }, all],
      ['none of no choices', { or: [] }, []],
      [
        'both',
        {
          and: [
            { field: 'hub', equals: far },
            { field: 'attestationType', equals: 'x509' },
          ],
        },
        ['beta_1'],
      ],
      [
        'two ids at once',
        {
          and: [
            { field: 'id', equals: 'gamma' },
            { field: 'id', equals: 'alpha-1' },
          ],
        },
        [],
      ],
      [
        'either, an overlap once',
        {
          or: [
            { field: 'id', startsWith: 'beta' },
            { field: 'hub', equals: far },
            { field: 'id', equals: 'gamma' },
          ],
        },
        ['beta_1', 'betax1', 'gamma'],
      ],
      [
        'either of two, in both of which',
        {
          and: [
            {
              or: [
                { field: 'id', startsWith: 'alpha' },
                { field: 'status', equals: 'disabled' },
              ],
            },
            {
              or: [
                { field: 'id', equals: 'alpha-2' },
                { field: 'hub', equals: 'localhost' },
              ],
            },
          ],
        },
        ['alpha-1', 'alpha-2', 'gamma'],
      ],
    ]

    test.each(rows)('select by %s', async (_, where, found) => {
      await using opened = await open({ clock: fixedClock })
      await opened.store.commit(values.map((value) => ({ put: 'registration', value, expect: 'absent' })))
      expect(ids((await opened.store.registrations({ limit: 10, where })).items)).toEqual(found)
      const first = await opened.store.registrations({ limit: 1, where })
      expect(ids(first.items)).toEqual(found.slice(0, 1))
      expect(first.next).toBe(found.length > 1 ? found[0] : undefined)
      if (first.next === undefined) return
      const rest = await opened.store.registrations({ limit: 10, where, after: first.next })
      expect(ids(rest.items)).toEqual(found.slice(1))
    })

    test('select within a group', async () => {
      await using opened = await open({ clock: fixedClock })
      await opened.store.commit(values.map((value) => ({ put: 'registration', value, expect: 'absent' })))
      const where: Condition = {
        or: [
          { field: 'status', equals: 'failed' },
          { field: 'hub', equals: far },
        ],
      }
      const found = await opened.store.registrations({ limit: 10, where, group: groupKey('plant') })
      expect(ids(found.items)).toEqual(['alpha-2'])
    })

    test('see what a thing has become', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      await store.commit([{ put: 'registration', value: member('pump', 'plant'), expect: 'absent' }])
      const failed = member('pump', 'mill', { status: 'failed', assignedHub: undefined })
      await store.commit([{ put: 'registration', value: failed, expect: 'present' }])
      const count = async (where: Condition) => (await store.registrations({ limit: 10, where })).items.length
      expect(await count({ field: 'status', equals: 'assigned' })).toBe(0)
      expect(await count({ field: 'status', equals: 'failed' })).toBe(1)
      expect(ids((await store.registrations({ limit: 10, group: groupKey('plant') })).items)).toEqual([])
      expect(ids((await store.registrations({ limit: 10, group: groupKey('mill') })).items)).toEqual(['pump'])
    })

    test('on enrollments see any of their hubs', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      const hubs = { iotHubs: [hubName('b.example'), hubName('a.example')] }
      await store.commit([
        { put: 'individual', value: individual('one', hubs), expect: 'absent' },
        { put: 'individual', value: individual('two', { provisioningStatus: 'disabled' }), expect: 'absent' },
        { put: 'group', value: group('three', { ...hubs, attestation: referring('root') }), expect: 'absent' },
        { put: 'group', value: group('four'), expect: 'absent' },
      ])
      const both = (condition: Condition) =>
        Promise.all([
          store.individuals({ limit: 10, where: condition }).then(({ items }) => ids(items)),
          store.groups({ limit: 10, where: condition }).then(({ items }) => ids(items)),
        ])
      expect(await both({ field: 'hub', equals: 'A.example' })).toEqual([['one'], ['three']])
      expect(await both({ field: 'hub', startsWith: 'b' })).toEqual([['one'], ['three']])
      expect(await both({ field: 'status', equals: 'disabled' })).toEqual([['two'], []])
      expect(await both({ field: 'attestationType', equals: 'x509' })).toEqual([[], ['three']])
    })

    test('on devices see id without letter case, status and authentication', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      const things = [
        device('Pump'),
        device('pump', { status: 'disabled' }),
        device('pump-2', { authentication: { type: 'none' } }),
      ]
      await store.commit(things.map((value) => ({ put: 'device', value, expect: 'absent' })))
      const found = async (where: Condition) => ids((await store.devices(localhost, { limit: 10, where })).items)
      expect(await found({ field: 'id', equals: 'PUMP' })).toEqual(['Pump', 'pump'])
      expect(await found({ field: 'id', startsWith: 'pump-' })).toEqual(['pump-2'])
      expect(await found({ field: 'status', equals: 'disabled' })).toEqual(['pump'])
      expect(await found({ field: 'attestationType', equals: 'none' })).toEqual(['pump-2'])
      expect(await found({ field: 'hub', equals: 'localhost' })).toHaveLength(3)
    })
  })
}

const noCase = (one: string, other: string) => (one.toLowerCase() < other.toLowerCase() ? -1 : 1)
