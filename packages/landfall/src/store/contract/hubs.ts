/** Devices and twins of embedded hubs. */
import { describe, expect, test } from 'vitest'
import type { OpenStore } from '../contract.ts'
import type { Change } from '../store.ts'
import { device, deviceId, etag, fixedClock, hubName, localhost, twin } from './samples.ts'

const far = hubName('far.example')
const pump = deviceId('pump')

const both = (id: string, hub = localhost): readonly Change[] => [
  { put: 'device', value: device(id, { hub }), expect: 'absent' },
  { put: 'twin', value: twin(id, { hub }), expect: 'absent' },
]

export function testHubs(open: OpenStore): void {
  describe('a hub', () => {
    test('loses the twin with the device, and no other', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      await store.commit([...both('pump'), ...both('PUMP'), ...both('pump', far)])
      await store.commit([{ delete: 'device', hub: localhost, deviceId: pump, expect: { etag: etag('1') } }])
      expect(await store.device(localhost, pump)).toBeUndefined()
      expect(await store.twin(localhost, pump)).toBeUndefined()
      expect(await store.twin(localhost, deviceId('PUMP'))).toBeDefined()
      expect(await store.twin(far, pump)).toBeDefined()
    })

    test('keeps the twin when the device changes', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      await store.commit(both('pump'))
      await store.commit([{ put: 'device', value: device('pump', { status: 'disabled' }), expect: 'any' }])
      expect(await store.twin(localhost, pump)).toEqual(twin('pump'))
    })

    test('counts its devices and those that are enabled', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      await store.commit([...both('a'), ...both('b'), ...both('c', far)])
      expect(await store.deviceCounts(localhost)).toEqual({ total: 2, enabled: 2 })
      await store.commit([{ put: 'device', value: device('a', { status: 'disabled' }), expect: 'present' }])
      expect(await store.deviceCounts(localhost)).toEqual({ total: 2, enabled: 1 })
      await store.commit([{ delete: 'device', hub: localhost, deviceId: deviceId('a'), expect: 'any' }])
      expect(await (await opened.reopen()).deviceCounts(localhost)).toEqual({ total: 1, enabled: 1 })
    })

    test('goes with everything on it, and nothing of another', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      await store.commit([...both('a'), ...both('b'), ...both('a', far)])
      await store.commit([{ delete: 'hub', hub: localhost }])
      expect(await store.devices(localhost, { limit: 10 })).toEqual({ items: [] })
      expect(await store.twin(localhost, deviceId('a'))).toBeUndefined()
      expect(await store.deviceCounts(localhost)).toEqual({ total: 0, enabled: 0 })
      expect(await store.deviceCounts(far)).toEqual({ total: 1, enabled: 1 })
      expect(await store.deviceCounts(hubName('unknown.example'))).toEqual({ total: 0, enabled: 0 })
    })
  })
}
