/** Cloud-to-device messages, what is told of them, and when devices were heard of. */
import { describe, expect, test } from 'vitest'
import type { CloudMessage, Feedback } from '../../hub/device/message.ts'
import type { ModuleId } from '../../ids.ts'
import type { OpenStore } from '../contract.ts'
import type { Change, Store } from '../store.ts'
import { device, deviceId, fixedClock, hubModule, hubName, localhost, start, twin } from './samples.ts'

const far = hubName('far.example')
const pump = deviceId('pump')

const message = (id: string, rest: Partial<CloudMessage> = {}): CloudMessage => ({
  hub: localhost,
  deviceId: pump,
  id,
  enqueuedAt: start,
  expiresAt: start + 3600_000,
  ack: 'none',
  deliveryCount: 0,
  body: Buffer.from(id),
  properties: {},
  system: {},
  ...rest,
})

const sent = (id: string, rest: Partial<CloudMessage> = {}): Change => ({
  append: 'cloudMessage',
  value: message(id, rest),
})

const told = (originalMessageId: string, rest: Partial<Feedback> = {}): Change => ({
  append: 'feedback',
  value: {
    hub: localhost,
    deviceId: pump,
    deviceGenerationId: '1',
    originalMessageId,
    statusCode: 'Success',
    at: start,
    ...rest,
  },
})

const both = (hub = localhost): readonly Change[] => [
  { put: 'device', value: device('pump', { hub }), expect: 'absent' },
  { put: 'twin', value: twin('pump', { hub }), expect: 'absent' },
]

const queueOf = async (store: Store, hub = localhost, limit = 50) =>
  (await store.cloudMessages({ hub, deviceId: pump, limit })).map(({ id }) => id)
const feedbackOf = async (store: Store, limit = 50) =>
  (await store.feedback(localhost, limit)).map(({ originalMessageId }) => originalMessageId)

export function testMail(open: OpenStore): void {
  describe('cloud-to-device messages', () => {
    test('wait in the order of sending, as they were sent, over a restart', async () => {
      await using opened = await open({ clock: fixedClock })
      const { body, ...first } = message('a', {
        properties: { k: null, n: 7 },
        system: { messageId: 'm' },
        ack: 'full',
      })
      await opened.store.commit([
        ...both(),
        ...both(far),
        { append: 'cloudMessage', value: { ...first, body } },
        sent('b'),
        sent('c', { hub: far }),
      ])
      const store = await opened.reopen()
      expect(await queueOf(store)).toEqual(['a', 'b'])
      expect(await queueOf(store, localhost, 1)).toEqual(['a'])
      const [a, b] = await store.cloudMessages({ hub: localhost, deviceId: pump, limit: 2 })
      expect(a).toMatchObject(first)
      expect(Buffer.from(a?.body ?? []).toString()).toBe('a')
      expect(b?.sequence).toBeGreaterThan(a?.sequence ?? 0)
      expect(await store.cloudMessageCount({ hub: localhost, deviceId: pump })).toBe(2)
    })

    test('keep their place when they are given back, and go when they are settled', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      await store.commit([...both(), sent('a'), sent('b')])
      await store.commit([{ abandon: 'cloudMessage', id: 'a', deliveryCount: 1 }])
      expect(await store.cloudMessages({ hub: localhost, deviceId: pump, limit: 1 })).toMatchObject([
        { id: 'a', deliveryCount: 1 },
      ])
      await store.commit([{ settle: 'cloudMessages', ids: ['a', 'unknown'] }, told('a')])
      expect(await queueOf(store)).toEqual(['b'])
      expect(await feedbackOf(store)).toEqual(['a'])
    })

    test('are found when they expire, soonest first', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      await store.commit(both())
      await store.commit([sent('late'), sent('b', { expiresAt: start + 2 }), sent('a', { expiresAt: start + 1 })])
      expect((await store.expiredCloudMessages(start + 2, 10)).map(({ id }) => id)).toEqual(['a', 'b'])
      expect(await store.expiredCloudMessages(start + 2, 1)).toHaveLength(1)
      expect(await store.expiredCloudMessages(start, 10)).toEqual([])
    })

    test('of a module wait in a queue of its own, and go with it or its device', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      const [m, n] = ['m', 'n'] as ModuleId[]
      const modules = ['m', 'n'].map(
        (id) => ({ put: 'module', value: hubModule('pump', id), expect: 'absent' }) as const,
      )
      await store.commit([...both(), ...modules, sent('own'), told('own')])
      for (const moduleId of [m, n]) await store.commit([sent(`to ${moduleId}`, { moduleId }), told('t', { moduleId })])
      const idsOf = async (moduleId: ModuleId | undefined) =>
        (await store.cloudMessages({ hub: localhost, deviceId: pump, moduleId, limit: 9 })).map(({ id }) => id)
      expect(await Promise.all([undefined, m, n].map(idsOf))).toEqual([['own'], ['to m'], ['to n']])
      expect(await store.cloudMessageCount({ hub: localhost, deviceId: pump, moduleId: m })).toBe(1)
      expect((await store.feedback(localhost, 9)).map(({ moduleId }) => moduleId)).toEqual([undefined, m, n])
      await store.commit([{ delete: 'module', hub: localhost, deviceId: pump, moduleId: m as ModuleId, expect: 'any' }])
      expect(await Promise.all([undefined, m, n].map(idsOf))).toEqual([['own'], [], ['to n']])
      expect((await store.feedback(localhost, 9)).map(({ moduleId }) => moduleId)).toEqual([undefined, n])
      await store.commit([{ delete: 'device', hub: localhost, deviceId: pump, expect: 'any' }])
      expect(await Promise.all([undefined, m, n].map(idsOf))).toEqual([[], [], []])
      expect(await store.feedback(localhost, 9)).toEqual([])
    })

    test('to a device or module that was deleted meanwhile wait for nobody, and for no namesake', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      const moduleId = 'm' as ModuleId
      await store.commit([sent('a'), sent('b', { moduleId }), ...both(), sent('c', { moduleId })])
      await store.commit([{ put: 'module', value: hubModule('pump', 'm'), expect: 'absent' }])
      expect(await queueOf(store)).toEqual([])
      expect(await store.cloudMessageCount({ hub: localhost, deviceId: pump, moduleId })).toBe(0)
    })

    test('go with their device, and what is told of them too', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      await store.commit([...both(), ...both(far), sent('a'), sent('b', { hub: far }), told('a')])
      await store.commit([{ note: 'presence', values: [{ hub: localhost, deviceId: pump, lastActivityAt: 1 }] }])
      await store.commit([{ delete: 'device', hub: localhost, deviceId: pump, expect: 'any' }])
      expect(await queueOf(store)).toEqual([])
      expect(await feedbackOf(store)).toEqual([])
      expect(await store.presence(localhost, pump)).toBeUndefined()
      await store.commit([{ delete: 'hub', hub: far }])
      expect(await queueOf(store, far)).toEqual([])
    })
  })

  describe('feedback', () => {
    test('waits until it is settled, the oldest first', async () => {
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      await store.commit([told('a'), told('b'), told('c', { hub: far })])
      expect(await feedbackOf(store)).toEqual(['a', 'b'])
      const [a] = await store.feedback(localhost, 1)
      await store.commit([{ settle: 'feedback', numbers: [a?.number ?? -1] }])
      expect(await feedbackOf(await opened.reopen())).toEqual(['b'])
    })

    test('that nobody fetches is bounded, the oldest goes', async () => {
      await using opened = await open({ clock: fixedClock, bound: { feedbacks: 2 } })
      const { store } = opened
      await store.commit(['a', 'b', 'c', 'd'].map((id) => told(id)))
      expect(await feedbackOf(store)).toEqual(['c', 'd'])
    })
  })

  test('presence is kept of devices that are there', async () => {
    await using opened = await open({ clock: fixedClock })
    await opened.store.commit(both())
    const heard = { hub: localhost, deviceId: pump, changedAt: start, lastActivityAt: start, modelId: 'dtmi:a;1' }
    await opened.store.commit([{ note: 'presence', values: [heard, { ...heard, deviceId: deviceId('nobody') }] }])
    const store = await opened.reopen()
    expect(await store.presence(localhost, pump)).toEqual(heard)
    expect(await store.presence(localhost, deviceId('nobody'))).toBeUndefined()
  })

  test('subscriptions are kept of devices and modules that are there, and go with them', async () => {
    await using opened = await open({ clock: fixedClock })
    const of = { hub: localhost, deviceId: pump }
    const ofModule = { ...of, moduleId: 'm' as ModuleId }
    const nobody = { hub: localhost, deviceId: deviceId('nobody') }
    const granted = { methods: 0, desired: 1 } as const
    await opened.store.commit(both())
    for (const one of [of, ofModule, nobody]) {
      await opened.store.commit([{ note: 'subscriptions', value: { ...one, granted } }])
    }
    const store = await opened.reopen()
    expect(await store.subscriptions(of)).toEqual({ ...of, granted })
    expect(await store.subscriptions(ofModule)).toEqual({ ...ofModule, granted })
    expect(await store.subscriptions(nobody)).toBeUndefined()
    await store.commit([{ note: 'subscriptions', value: { ...of, granted: {} } }])
    expect(await store.subscriptions(of)).toBeUndefined()
    await store.commit([{ delete: 'device', hub: localhost, deviceId: pump, expect: 'any' }])
    expect(await store.subscriptions(ofModule)).toBeUndefined()
  })

  test('a twin is held fast by its version, which grows where its etag stays', async () => {
    await using opened = await open({ clock: fixedClock })
    const { store } = opened
    await store.commit(both())
    await store.commit([
      { put: 'twin', value: twin('pump', { version: 2, reported: { a: 1 } }), expect: { version: 1 } },
    ])
    const stale = store.commit([{ put: 'twin', value: twin('pump', { version: 2 }), expect: { version: 1 } }])
    await expect(stale).rejects.toMatchObject({ name: 'Conflict', kind: 'twin' })
    expect(await store.twin(localhost, pump)).toMatchObject({ version: 2, reported: { a: 1 } })
  })
}
