import { expect, test } from 'vitest'
import { type DeviceId, hubNameOf, makeTrackingId } from '../../ids.ts'
import { watched } from '../../observe/watched.ts'
import { makeToken } from '../../sas/token.ts'
import { openSqlite } from '../../store/sqlite/open.ts'
import type { Store } from '../../store/store.ts'
import { realRandom as random, realTimers, type Timers } from '../../system.ts'
import { newEmbeddedHub } from '../hubs.ts'
import { parseIdentity } from '../identity-wish.ts'
import type { HubRefusal } from '../refusal.ts'
import { createDevice, deleteDevice, updateDevice } from '../registry.ts'
import { type DeviceHubs, makeDeviceHubs } from './device-hub.ts'
import { noMeters } from './meters.ts'

const hub = hubNameOf('hub.example')
const key = Buffer.alloc(32, 1).toString('base64')
const log = { info() {}, warn() {}, error() {}, debug() {} }
const start = Date.parse('2030-01-01T00:00:00Z')

/** One hub with one device; its timers run out when a test says so. */
async function startHub({ onRead = () => {} }: { onRead?: () => void } = {}) {
  const clock = { at: start, now: () => clock.at }
  const sleepers: (() => void)[] = []
  const timers: Timers = { sleep: () => new Promise((resolve) => sleepers.push(resolve)) }
  const stored = await openSqlite({ path: ':memory:', clock, timers: realTimers })
  const told: { devices?: DeviceHubs } = {}
  const store: Store = watched(
    stored,
    () => {},
    (changes) => told.devices?.committed(changes),
  )
  const setting = newEmbeddedHub({ name: hub, random })
  const settings = {
    idScope: '0',
    serviceName: 's',
    policies: [],
    hubs: [setting],
    allocationPolicy: 'hashed',
  } as const
  await store.commit([
    { put: 'settings', expect: 'absent', value: { ...settings, createdAt: start, etag: 'first' as never } },
  ])
  const place = { hub, deviceId: 'd1' as DeviceId, at: start }
  const authentication = { type: 'sas', symmetricKey: { primaryKey: key, secondaryKey: key } }
  await createDevice({ store, random }, place, parseIdentity({ authentication }))
  const reading: Store = {
    ...store,
    async device(...of) {
      const device = await store.device(...of)
      onRead()
      return device
    },
  }
  const devices = makeDeviceHubs({ store: reading, clock, random, timers, log, hosts: [], meters: noMeters })
  told.devices = devices
  const knock = (expiry = start + 3600_000) => ({
    host: hub,
    deviceId: 'd1',
    sasToken: makeToken({ resource: `${hub}/devices/d1`, key, expiry }),
    certificates: [],
    transport: 'mqtt' as const,
    remoteAddress: undefined,
    trackingId: makeTrackingId(random),
    modelId: 'dtmi:a;1',
  })
  return {
    clock,
    store,
    devices,
    place,
    knock,
    registry: { store, random },
    setting,
    /** A round of tidying, to its end. */
    async tidy() {
      for (const wake of sleepers.splice(0)) wake()
      while (sleepers.length === 0) await new Promise((resolve) => setImmediate(resolve))
    },
    async [Symbol.asyncDispose]() {
      await devices.close()
      await store.close()
    },
  }
}

test('a connection whose token has expired is cut off, tolerance included, unless it was renewed', async () => {
  await using world = await startHub()
  const cuts: HubRefusal[] = []
  const session = await world.devices.connect(world.knock(start + 1000), { cut: (why) => cuts.push(why) })
  world.clock.at = start + 1000 + 300_000
  await world.tidy()
  expect(cuts).toEqual([])
  session.renew(await world.devices.admit(world.knock(start + 3600_000)))
  world.clock.at += 1000
  await world.tidy()
  expect(cuts).toEqual([])
  world.clock.at = start + 3600_000 + 300_001
  await world.tidy()
  expect(cuts).toMatchObject([{ code: 'IotHubUnauthorized', message: expect.stringContaining('expired') }])
})

test('a device that falls silent is gone, though it is sent something all the time', async () => {
  await using world = await startHub()
  const cuts: HubRefusal[] = []
  const session = await world.devices.connect(world.knock(), { cut: (why) => cuts.push(why), idleMs: 90_000 })
  world.clock.at += 90_000
  session.alive()
  await world.tidy()
  world.clock.at += 90_000
  await world.tidy()
  expect(cuts).toEqual([])
  world.clock.at += 1
  await world.tidy()
  expect(cuts).toMatchObject([{ code: 'DeviceConnectionClosedRemotely' }])
})

test('who is there is known at once, and written now and then', async () => {
  await using world = await startHub()
  expect(await world.devices.presenceOf(world.place)).toEqual({ isConnected: false })
  const session = await world.devices.connect(world.knock(), { cut() {} })
  expect(await world.devices.presenceOf(world.place)).toMatchObject({
    isConnected: true,
    changedAt: start,
    modelId: 'dtmi:a;1',
  })
  expect(await world.store.presence(hub, world.place.deviceId)).toBeUndefined()
  world.clock.at += 1000
  session.close()
  expect(await world.devices.presenceOf(world.place)).toMatchObject({
    isConnected: false,
    changedAt: start + 1000,
    lastActivityAt: start,
  })
  for (let round = 0; round < 12; round++) await world.tidy()
  expect(await world.store.presence(hub, world.place.deviceId)).toMatchObject({
    changedAt: start + 1000,
    modelId: 'dtmi:a;1',
  })
})

test('a device that is disabled while it comes in does not stay', async () => {
  let change: (() => void) | undefined
  await using world = await startHub({ onRead: () => change?.() })
  change = () => {
    change = undefined
    void updateDevice(world.registry, world.place, parseIdentity({ status: 'disabled' }), 'whatever')
  }
  const cuts: HubRefusal[] = []
  const outcome = await world.devices.connect(world.knock(), { cut: (why) => cuts.push(why) }).catch((error) => error)
  while (world.devices.connected > 0) await new Promise((resolve) => setImmediate(resolve))
  expect([outcome.code, ...cuts.map(({ code }) => code)]).toContain('DeviceDisabled')
})

test('a device that is deleted and made again with the same key has to come anew', async () => {
  await using world = await startHub()
  const cuts: HubRefusal[] = []
  await world.devices.connect(world.knock(), { cut: (why) => cuts.push(why) })
  await deleteDevice(world.registry, world.place, 'whatever')
  expect(cuts).toMatchObject([{ code: 'DeviceNotFound' }])
})

test('a policy key that is changed cuts who came in by it, and nobody else', async () => {
  await using world = await startHub()
  const settings = await world.store.settings()
  const [policy] = world.setting.policies.filter(({ name }) => name === 'device')
  if (!settings || !policy) throw new Error('the hub has a policy for devices')
  const { primaryKey, secondaryKey } = policy
  const cuts: string[] = []
  for (const [deviceId, key] of Object.entries({ one: primaryKey, two: secondaryKey })) {
    const place = { ...world.place, deviceId: deviceId as DeviceId }
    await createDevice(world.registry, place, parseIdentity({}))
    const sasToken = makeToken({ resource: hub, key, policyName: 'device', expiry: start + 3600_000 })
    await world.devices.connect({ ...world.knock(), deviceId, sasToken }, { cut: () => cuts.push(deviceId) })
  }
  await world.devices.connect(world.knock(), { cut: () => cuts.push('d1') })
  const policies = world.setting.policies.map((one) => (one === policy ? { ...one, primaryKey: key } : one))
  const value = { ...settings, hubs: [{ ...world.setting, policies }] }
  await world.store.commit([{ put: 'settings', value, expect: 'any' }])
  expect(cuts).toEqual(['one'])
})

test('many calls to one device at once are refused beyond a bound', async () => {
  await using world = await startHub()
  const session = await world.devices.connect(world.knock(), { cut() {} })
  session.onMethod(() => new Promise(() => {}))
  const order = { name: 'm', payload: null, connectTimeoutMs: 0, responseTimeoutMs: 1000 }
  const calls = Array.from({ length: 65 }, () =>
    world.devices.invokeMethod(world.place, order).catch((error) => error.code),
  )
  expect(await Promise.race(calls)).toBe('ThrottlingException')
  session.close()
  expect(new Set(await Promise.all(calls))).toEqual(new Set(['DeviceConnectionClosedRemotely', 'ThrottlingException']))
})

test('reports of one device that come at once are written one after the other, all of them', async () => {
  await using world = await startHub()
  const session = await world.devices.connect(world.knock(), { cut() {} })
  const versions = await Promise.all(Array.from({ length: 20 }, (_, n) => session.patchReported({ [`k${n}`]: n })))
  expect(versions).toEqual(Array.from({ length: 20 }, (_, n) => n + 2))
  expect(Object.keys((await session.readTwin()).reported)).toHaveLength(21)
})
