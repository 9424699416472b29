/** Modules, configurations and jobs of embedded hubs. */
import { describe, expect, test } from 'vitest'
import type { OpenStore } from '../contract.ts'
import type { Change, Store } from '../store.ts'
import {
  configuration,
  device,
  deviceId,
  etag,
  fixedClock,
  hubModule,
  hubName,
  job,
  jobDevice,
  jobId,
  localhost,
  moduleTwin,
  twin,
} from './samples.ts'

const far = hubName('far.example')
const pump = deviceId('pump')

const module = (device: string, id: string, hub = localhost): readonly Change[] => [
  { put: 'module', value: hubModule(device, id, { hub }), expect: 'absent' },
  { put: 'moduleTwin', value: moduleTwin(device, id, { hub }), expect: 'absent' },
]

const place = (device: string, id: string) => {
  const { hub, deviceId, moduleId } = hubModule(device, id)
  return { hub, deviceId, moduleId }
}

const idsOfHub = async (store: Store, limit = 10, after?: ReturnType<typeof place>) =>
  (await store.modulesOfHub({ hub: localhost, after, limit })).map(
    ({ deviceId, moduleId }) => `${deviceId}/${moduleId}`,
  )

export function testBackEnds(open: OpenStore): void {
  describe('modules', () => {
    test('are listed by their device, and by the hub page by page', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      await store.commit([...module('pump', 'b'), ...module('pump', 'a'), ...module('fan', 'c')])
      await store.commit(module('pump', 'x', far))
      expect((await store.modules(localhost, pump)).map(({ moduleId }) => moduleId)).toEqual(['a', 'b'])
      expect(await idsOfHub(store, 2)).toEqual(['fan/c', 'pump/a'])
      expect(await idsOfHub(store, 2, place('pump', 'a'))).toEqual(['pump/b'])
    })

    test('take their twin along, and go with their device', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      await store.commit([
        { put: 'device', value: device('pump'), expect: 'absent' },
        { put: 'twin', value: twin('pump'), expect: 'absent' },
        ...module('pump', 'a'),
        ...module('pump', 'b'),
      ])
      await store.commit([{ delete: 'module', ...place('pump', 'a'), expect: 'present' }])
      expect(await store.moduleTwin(place('pump', 'a'))).toBeUndefined()
      expect(await store.moduleTwin(place('pump', 'b'))).toEqual(moduleTwin('pump', 'b'))
      await store.commit([{ delete: 'device', hub: localhost, deviceId: pump, expect: 'present' }])
      expect(await store.moduleTwin(place('pump', 'b'))).toBeUndefined()
      expect(await idsOfHub(await opened.reopen())).toEqual([])
    })

    test('hold their twin fast by its version', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      await store.commit(module('pump', 'a'))
      const next = moduleTwin('pump', 'a', { version: 2 })
      await store.commit([{ put: 'moduleTwin', value: next, expect: { version: 1 } }])
      const stale = store.commit([{ put: 'moduleTwin', value: next, expect: { version: 1 } }])
      await expect(stale).rejects.toMatchObject({ name: 'Conflict', kind: 'moduleTwin' })
    })
  })

  test('configurations are listed in order of their ids', async () => {
    await using opened = await open({ clock: fixedClock })
    const values = [configuration('b'), configuration('a'), configuration('c', { hub: far })]
    await opened.store.commit(values.map((value) => ({ put: 'configuration', value, expect: 'absent' })))
    const store = await opened.reopen()
    expect((await store.configurations(localhost)).map(({ id }) => id)).toEqual(['a', 'b'])
  })

  describe('jobs', () => {
    test('are paged in order of their ids, and those that are not at their end are told', async () => {
      await using opened = await open({ clock: fixedClock })
      const values = [
        job('c'),
        job('a', { status: 'running' }),
        job('b', { status: 'completed' }),
        job('x', { hub: far }),
      ]
      await opened.store.commit(values.map((value) => ({ put: 'job', value, expect: 'absent' })))
      const store = await opened.reopen()
      const ids = async (after?: string) =>
        (await store.jobs({ hub: localhost, limit: 2, after: after === undefined ? undefined : jobId(after) })).map(
          (found) => found.jobId,
        )
      expect([await ids(), await ids('b'), await ids('c')]).toEqual([['a', 'b'], ['c'], []])
      expect((await store.openJobs()).map((found) => found.jobId).sort()).toEqual(['a', 'c', 'x'])
      await store.commit([{ put: 'job', value: job('a', { status: 'failed', etag: etag('2') }), expect: 'present' }])
      expect((await store.openJobs()).map((found) => found.jobId).sort()).toEqual(['c', 'x'])
    })

    test('tell what became of each device, which goes with its job', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      await store.commit([
        { put: 'job', value: job('a'), expect: 'absent' },
        { note: 'jobDevices', values: ['p', 'q'].map((id) => jobDevice('a', id)) },
        { note: 'jobDevices', values: [jobDevice('b', 'p')] },
      ])
      const done = jobDevice('a', 'p', { status: 'completed', outcome: { status: 200, payload: null } })
      await store.commit([{ note: 'jobDevices', values: [done] }])
      expect(await store.jobDevices({ hub: localhost, jobId: jobId('a'), limit: 10 })).toEqual([
        done,
        jobDevice('a', 'q'),
      ])
      const after = { jobId: jobId('a'), deviceId: deviceId('p') }
      expect(await store.jobDevices({ hub: localhost, after, limit: 10 })).toEqual([
        jobDevice('a', 'q'),
        jobDevice('b', 'p'),
      ])
      expect(await store.jobDevices({ hub: localhost, jobId: jobId('a'), after, limit: 1 })).toEqual([
        jobDevice('a', 'q'),
      ])
      expect(await store.jobDevice(localhost, jobId('a'), deviceId('p'))).toEqual(done)
      expect(await store.jobDevice(localhost, jobId('b'), deviceId('q'))).toBeUndefined()
      expect(await store.jobCounts(localhost, jobId('a'))).toEqual({ running: 1, completed: 1, failed: 0 })
      await store.commit([{ delete: 'job', hub: localhost, jobId: jobId('a'), expect: 'present' }])
      expect(await store.jobDevices({ hub: localhost, limit: 10 })).toEqual([jobDevice('b', 'p')])
    })
  })

  test('all of it goes with its hub', async () => {
    await using opened = await open({ clock: fixedClock })
    const { store } = opened
    await store.commit([
      ...module('pump', 'a'),
      { put: 'configuration', value: configuration('a'), expect: 'absent' },
      { put: 'job', value: job('a'), expect: 'absent' },
      { note: 'jobDevices', values: [jobDevice('a', 'p')] },
    ])
    await store.commit([{ delete: 'hub', hub: localhost }])
    expect(await idsOfHub(store)).toEqual([])
    expect(await store.moduleTwin(place('pump', 'a'))).toBeUndefined()
    expect(await store.configurations(localhost)).toEqual([])
    expect(await store.jobs({ hub: localhost, limit: 10 })).toEqual([])
    expect(await store.jobDevices({ hub: localhost, limit: 10 })).toEqual([])
  })
}
