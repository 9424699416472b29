import { expect, test } from 'vitest'
import { type DeviceId, hubNameOf } from '../ids.ts'
import type { AssignmentOrder } from '../registration/hub.ts'
import { openSqlite } from '../store/sqlite/open.ts'
import { realRandom as random, realTimers as timers } from '../system.ts'
import { embeddedHub } from './embedded.ts'

const name = hubNameOf('hub.example')
const deviceId = 'pump-12' as DeviceId
const at = Date.parse('2030-01-01T00:00:00Z')
const authentication = { type: 'sas', primaryKey: 'cA==', secondaryKey: 'cw==' } as const

async function hubWithDevice(order: Partial<AssignmentOrder> = {}) {
  const store = await openSqlite({ path: ':memory:', clock: { now: () => at }, timers })
  const hub = embeddedHub({ name, store, random })
  async function assign(more: Partial<AssignmentOrder> = {}) {
    const common = { deviceId, authentication, twin: { kind: 'initial' }, resetTwin: false, at } as const
    const { changes, existed } = await hub.assign({ ...common, ...more })
    await store.commit(changes)
    return { changes, existed, device: await store.device(name, deviceId), twin: await store.twin(name, deviceId) }
  }
  return { hub, store, assign, first: await assign(order), [Symbol.asyncDispose]: () => store.close() }
}

test('a new device has a twin that begins with the initial one, less what is reserved', async () => {
  const initialTwin = {
    tags: { place: 'north', version: 3, count: 1 },
    desired: { list: [1, null], deep: { gone: null }, metadata: {}, $version: 7, $metadata: {} },
  }
  await using world = await hubWithDevice({ twin: { kind: 'initial', initialTwin } })
  expect(world.first.existed).toBe(false)
  expect(world.first.twin).toMatchObject({ tags: { place: 'north' }, desiredVersion: 1, reported: {} })
  expect(world.first.twin?.desired).toEqual({ list: [1, null], deep: {} })
})

test('nothing is written where nothing is new', async () => {
  await using world = await hubWithDevice()
  expect(await world.assign()).toMatchObject({ changes: [], existed: true })
})

test('an edge device has a scope of its own, and loses it when it ceases to be one', async () => {
  await using world = await hubWithDevice({ iotEdge: true })
  const { generationId, deviceScope } = world.first.device ?? {}
  expect(deviceScope).toBe(`ms-azure-iot-edge://pump-12-${generationId}`)
  expect((await world.assign({ iotEdge: undefined })).device).toMatchObject({ iotEdge: true, deviceScope })
  const after = (await world.assign({ iotEdge: false })).device
  expect([after?.iotEdge, after?.deviceScope]).toEqual([false, undefined])
})

test('a reset begins the twin anew, and its versions go on growing', async () => {
  await using world = await hubWithDevice({ twin: { kind: 'initial', initialTwin: { desired: { speed: 1 } } } })
  const reset = await world.assign({
    resetTwin: true,
    twin: { kind: 'initial', initialTwin: { desired: { pressure: 2 } } },
  })
  expect(reset.twin).toMatchObject({ desired: { pressure: 2 }, desiredVersion: 2, reportedVersion: 2, version: 2 })
  expect(reset.twin?.desired).toEqual({ pressure: 2 })
})

test('a twin arrives from another hub whole', async () => {
  const twin = { tags: { a: 1 }, desired: { b: { c: [2] } }, reported: { d: 3 } }
  await using world = await hubWithDevice({ twin: { kind: 'moved', twin }, resetTwin: true })
  expect(await world.hub.readTwin(deviceId)).toEqual(twin)
})

test('removing what is not there is success', async () => {
  await using world = await hubWithDevice()
  await world.store.commit((await world.hub.remove(deviceId)).changes)
  expect(await world.hub.remove(deviceId)).toEqual({ changes: [] })
  expect(await world.hub.readTwin(deviceId)).toBeUndefined()
})

test('without a wish for other keys the keys stay; an empty one is a wish for new ones', async () => {
  await using world = await hubWithDevice()
  expect(await world.assign({ authentication: { type: 'sas' } })).toMatchObject({ changes: [], existed: true })
  expect(await world.hub.readPrimaryKey(deviceId)).toBe(authentication.primaryKey)
  await world.assign({ authentication: { type: 'sas', primaryKey: '', secondaryKey: '' } })
  const made = await world.hub.readPrimaryKey(deviceId)
  expect(Buffer.from(made ?? '', 'base64')).toHaveLength(32)
  await world.assign({ authentication: { type: 'certificateAuthority' } })
  expect(await world.hub.readPrimaryKey(deviceId)).toBeUndefined()
  await world.assign({ authentication: { type: 'sas' } })
  expect(await world.hub.readPrimaryKey(deviceId)).toBeTruthy()
  expect(await world.hub.readPrimaryKey('nobody' as DeviceId)).toBeUndefined()
})
