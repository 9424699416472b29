/** Every kind of thing: what was put is found, and every expectation is kept. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { OpenStore } from '../contract.ts'
import type { Change, Expect, Kind, Store } from '../store.ts'
import {
  ca,
  caKey,
  certificate,
  configuration,
  device,
  deviceId,
  etag,
  fixedClock,
  group,
  groupKey,
  hubModule,
  individual,
  job,
  jobId,
  localhost,
  member,
  moduleTwin,
  operation,
  registrationKey,
  type StoredCertificate,
  settings,
  twin,
} from './samples.ts'

interface Case {
  readonly kind: Kind
  readonly key: string
  readonly value: (version: string) => { readonly etag: string }
  readonly put: (version: string, expect: Expect) => Change
  readonly delete?: (expect: Expect) => Change
  readonly get: (store: Store) => Promise<{ readonly etag: string } | undefined>
}

let root: StoredCertificate
const { hub, deviceId: pump, moduleId } = hubModule('Pump-1', 'm')
const modulePlace = { hub, deviceId: pump, moduleId }

const cases: readonly Case[] = [
  {
    kind: 'individual',
    key: 'pump-1',
    value: (version) => individual('Pump-1', { etag: etag(version) }),
    put: (version, expect) => ({ put: 'individual', value: individual('Pump-1', { etag: etag(version) }), expect }),
    delete: (expect) => ({ delete: 'individual', key: registrationKey('pump-1'), expect }),
    get: (store) => store.individual(registrationKey('pump-1')),
  },
  {
    kind: 'group',
    key: 'plant',
    value: (version) => group('Plant', { etag: etag(version) }),
    put: (version, expect) => ({ put: 'group', value: group('Plant', { etag: etag(version) }), expect }),
    delete: (expect) => ({ delete: 'group', key: groupKey('plant'), expect }),
    get: (store) => store.group(groupKey('plant')),
  },
  {
    kind: 'caCertificate',
    key: 'root',
    value: (version) => ca('Root', root, { etag: etag(version) }),
    put: (version, expect) => ({ put: 'caCertificate', value: ca('Root', root, { etag: etag(version) }), expect }),
    delete: (expect) => ({ delete: 'caCertificate', key: caKey('root'), expect }),
    get: (store) => store.caCertificate(caKey('root')),
  },
  {
    kind: 'registration',
    key: 'pump-1',
    value: (version) => member('Pump-1', 'plant', { etag: etag(version) }),
    put: (version, expect) => ({
      put: 'registration',
      value: member('Pump-1', 'plant', { etag: etag(version) }),
      expect,
    }),
    delete: (expect) => ({ delete: 'registration', key: registrationKey('pump-1'), expect }),
    get: (store) => store.registration(registrationKey('pump-1')),
  },
  {
    kind: 'device',
    key: 'localhost/Pump-1',
    value: (version) => device('Pump-1', { etag: etag(version) }),
    put: (version, expect) => ({ put: 'device', value: device('Pump-1', { etag: etag(version) }), expect }),
    delete: (expect) => ({ delete: 'device', hub: localhost, deviceId: deviceId('Pump-1'), expect }),
    get: (store) => store.device(localhost, deviceId('Pump-1')),
  },
  {
    kind: 'twin',
    key: 'localhost/Pump-1',
    value: (version) => twin('Pump-1', { etag: etag(version) }),
    put: (version, expect) => ({ put: 'twin', value: twin('Pump-1', { etag: etag(version) }), expect }),
    get: (store) => store.twin(localhost, deviceId('Pump-1')),
  },
  {
    kind: 'module',
    key: 'localhost/Pump-1/m',
    value: (version) => hubModule('Pump-1', 'm', { etag: etag(version) }),
    put: (version, expect) => ({ put: 'module', value: hubModule('Pump-1', 'm', { etag: etag(version) }), expect }),
    delete: (expect) => ({ delete: 'module', ...modulePlace, expect }),
    get: (store) => store.module(modulePlace),
  },
  {
    kind: 'moduleTwin',
    key: 'localhost/Pump-1/m',
    value: (version) => moduleTwin('Pump-1', 'm', { etag: etag(version) }),
    put: (version, expect) => ({
      put: 'moduleTwin',
      value: moduleTwin('Pump-1', 'm', { etag: etag(version) }),
      expect,
    }),
    get: (store) => store.moduleTwin(modulePlace),
  },
  {
    kind: 'configuration',
    key: 'localhost/north',
    value: (version) => configuration('north', { etag: etag(version) }),
    put: (version, expect) => ({
      put: 'configuration',
      value: configuration('north', { etag: etag(version) }),
      expect,
    }),
    delete: (expect) => ({ delete: 'configuration', hub: localhost, id: configuration('north').id, expect }),
    get: (store) => store.configuration(localhost, configuration('north').id),
  },
  {
    kind: 'job',
    key: 'localhost/j1',
    value: (version) => job('j1', { etag: etag(version) }),
    put: (version, expect) => ({ put: 'job', value: job('j1', { etag: etag(version) }), expect }),
    delete: (expect) => ({ delete: 'job', hub: localhost, jobId: jobId('j1'), expect }),
    get: (store) => store.job(localhost, jobId('j1')),
  },
  {
    kind: 'settings',
    key: 'instance',
    value: (version) => settings({ etag: etag(version) }),
    put: (version, expect) => ({ put: 'settings', value: settings({ etag: etag(version) }), expect }),
    get: (store) => store.settings(),
  },
]

/** What stands there before, what the change expects, and whether it may happen. */
const expectations: readonly [string, string | undefined, Expect, boolean][] = [
  ['nothing there, expects nothing', undefined, 'absent', true],
  ['nothing there, expects something', undefined, 'present', false],
  ['nothing there, expects a version', undefined, { etag: etag('1') }, false],
  ['nothing there, expects anything', undefined, 'any', true],
  ['something there, expects nothing', '1', 'absent', false],
  ['something there, expects something', '1', 'present', true],
  ['something there, expects its version', '1', { etag: etag('1') }, true],
  ['something there, expects another version', '1', { etag: etag('0') }, false],
  ['something there, expects anything', '1', 'any', true],
]

export function testThings(open: OpenStore): void {
  beforeAll(async () => {
    root = await certificate('Plant 7 root')
  })

  describe.each(cases)('keeps the $kind', (of) => {
    test('it was given, also when opened again', async () => {
      await using opened = await open({ clock: fixedClock })
      expect(await of.get(opened.store)).toBeUndefined()
      await opened.store.commit([of.put('1', 'absent')])
      expect(await of.get(opened.store)).toEqual(of.value('1'))
      expect(await of.get(await opened.reopen())).toEqual(of.value('1'))
    })

    test.each(expectations)('as expected when put: %s', async (_, before, expects, happens) => {
      await using opened = await open({ clock: fixedClock })
      if (before) await opened.store.commit([of.put(before, 'absent')])
      const done = opened.store.commit([of.put('2', expects)])
      if (happens) await done
      else await expect(done).rejects.toMatchObject({ name: 'Conflict', kind: of.kind, key: of.key, found: before })
      const after = await of.get(opened.store)
      expect(after?.etag).toBe(happens ? '2' : before)
    })

    const remove = of.delete
    if (!remove) return
    test.each(expectations)('as expected when deleted: %s', async (_, before, expects, happens) => {
      await using opened = await open({ clock: fixedClock })
      if (before) await opened.store.commit([of.put(before, 'absent')])
      const done = opened.store.commit([remove(expects)])
      if (happens) await done
      else await expect(done).rejects.toMatchObject({ name: 'Conflict', kind: of.kind, key: of.key, found: before })
      const after = await of.get(opened.store)
      expect(after?.etag).toBe(happens ? undefined : before)
    })
  })

  test('keeps every character of a document', async () => {
    await using opened = await open({ clock: fixedClock })
    const odd = individual('pump', {
      optionalDeviceInformation: { 'a"b\\c\u0000': "naïve 漢字 \u{1f6f0} '; DROP TABLE" },
    })
    await opened.store.commit([{ put: 'individual', value: odd, expect: 'absent' }])
    const store = await opened.reopen()
    expect(await store.individual(odd.key)).toEqual(odd)
  })

  test('keeps operations until they are deleted, and tells the pending ones oldest first', async () => {
    await using opened = await open({ clock: fixedClock })
    const [young, old] = [operation('5.b', 2000), operation('5.a', 1000)]
    await opened.store.commit([young, old].map((value) => ({ put: 'operation', value })))
    await opened.store.commit([{ put: 'operation', value: { ...old, work: { step: 2 } } }])
    const store = await opened.reopen()
    expect(await store.pendingOperations()).toEqual([{ ...old, work: { step: 2 } }, young])
    await store.commit([{ delete: 'operation', id: old.id }])
    expect(await store.operation(old.id)).toBeUndefined()
    expect(await store.operation(young.id)).toEqual(young)
  })

  test('counts what there is, through every put and delete', async () => {
    await using opened = await open({ clock: fixedClock })
    const { store } = opened
    expect(await store.counts()).toEqual({ individuals: 0, groups: 0, registrations: 0 })
    const things: Change[] = ['a', 'b'].flatMap((id): Change[] => [
      { put: 'individual', value: individual(id), expect: 'any' },
      { put: 'group', value: group(id), expect: 'any' },
      { put: 'registration', value: member(id, 'a'), expect: 'any' },
    ])
    await store.commit(things)
    await store.commit(things)
    await store.commit([{ delete: 'individual', key: registrationKey('a'), expect: 'any' }])
    await store.commit([{ delete: 'individual', key: registrationKey('never'), expect: 'any' }])
    expect(await (await opened.reopen()).counts()).toEqual({ individuals: 1, groups: 2, registrations: 2 })
  })

  test('deleting a group leaves the records of its devices', async () => {
    await using opened = await open({ clock: fixedClock })
    const { store } = opened
    await store.commit([
      { put: 'group', value: group('plant'), expect: 'absent' },
      { put: 'registration', value: member('pump', 'plant'), expect: 'absent' },
    ])
    await store.commit([{ delete: 'group', key: groupKey('plant'), expect: 'present' }])
    const left = await store.registrations({ limit: 10, group: groupKey('plant') })
    expect(left.items.map((item) => item.key)).toEqual(['pump'])
  })

  test('tells symmetric-key groups only, in order', async () => {
    await using opened = await open({ clock: fixedClock })
    const values = [group('c'), group('A'), group('b', { attestation: { type: 'x509', kind: 'caReferences' } })]
    await opened.store.commit(values.map((value) => ({ put: 'group', value, expect: 'absent' })))
    expect((await opened.store.symmetricKeyGroups()).map((each) => each.groupId)).toEqual(['A', 'c'])
  })
}
