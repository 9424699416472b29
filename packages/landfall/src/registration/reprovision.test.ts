/** contract/semantics 11.4, letter by letter, on two embedded hubs. */
import { expect, test } from 'vitest'
import { aKey, deriveDeviceKey, keys, makeWorld, type World } from '../../test/registration/world.ts'
import type { ReprovisionPolicy } from '../enrollment/enrollment.ts'
import { type DeviceId, hubNameOf, keyOf, parseRegistrationId } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import type { RegistrationOptions } from './options.ts'

const [a, b] = [hubNameOf('hub-a.example'), hubNameOf('hub-b.example')]
const key = aKey('k')
const attestation = keys(key, aKey('s'))

const policies = {
  never: { updateHubAssignment: false, migrateDeviceData: false },
  migrate: { updateHubAssignment: true, migrateDeviceData: true },
  reset: { updateHubAssignment: true, migrateDeviceData: false },
  none: undefined,
} as const satisfies Record<string, ReprovisionPolicy | undefined>
type Policy = keyof typeof policies

const kinds = ['individual', 'group'] as const

/** A way to enroll dev-1, either kind, and to register it. */
function deviceOf(world: World, kind: (typeof kinds)[number], policy: Policy) {
  const reprovisionPolicy = policies[policy]
  const deviceKey = kind === 'group' ? deriveDeviceKey(key, 'dev-1') : key
  return {
    async enrollOn(hub: string, initialTwin?: { desired: JsonObject }, deviceId?: string) {
      const members = { reprovisionPolicy, iotHubs: [hubNameOf(hub)], initialTwin }
      if (kind === 'group') await world.group('grp', attestation, members)
      else await world.individual('dev-1', attestation, { ...members, deviceId: deviceId as DeviceId | undefined })
    },
    async register(apiVersion = '2021-06-01') {
      const answer = await world.register('dev-1', { sasToken: world.token('dev-1', deviceKey) }, { apiVersion })
      const { assignedHub, substatus, status } = answer.registration ?? {}
      return status === 'assigned' ? `${assignedHub} ${substatus}` : status
    },
  }
}

const twoHubs = (options: Partial<RegistrationOptions> = {}) => makeWorld({ hubs: [a, b], options })

async function report(world: World, hub: string, deviceId = 'dev-1') {
  const twin = await world.twin(hub, deviceId)
  if (!twin) throw new Error('no twin')
  const value = { ...twin, tags: { place: 'north' }, reported: { state: 'warm' }, reportedVersion: 2 }
  await world.store.commit([{ put: 'twin', value, expect: { etag: twin.etag } }])
}

for (const kind of kinds) {
  for (const policy of ['never', 'migrate', 'reset', 'none'] as const) {
    test(`a: ${kind}, ${policy}: a first registration creates the identity with its initial twin`, async () => {
      await using world = await twoHubs()
      const device = deviceOf(world, kind, policy)
      await device.enrollOn(a, { desired: { speed: 1 } })
      expect(await device.register()).toBe(`${a} initialAssignment`)
      expect((await world.twin(a, 'dev-1'))?.desired).toEqual({ speed: 1 })
    })

    test(`b, h: ${kind}, ${policy}: with the record deleted, the identity on the hub is kept and updated`, async () => {
      await using world = await twoHubs()
      const device = deviceOf(world, kind, policy)
      await device.enrollOn(a, { desired: { speed: 1 } })
      await device.register()
      await report(world, a)
      await world.store.commit([
        { delete: 'registration', key: keyOf(parseRegistrationId('dev-1')), expect: 'present' },
      ])
      expect(await device.register()).toBe(`${a} reprovisionedToInitialAssignment`)
      expect(await world.twin(a, 'dev-1')).toMatchObject({ desired: { speed: 1 }, reported: { state: 'warm' } })
    })
  }

  const onSameHub = [
    ['never', 'initialAssignment'],
    ['migrate', 'reprovisionedToInitialAssignment'],
    ['reset', 'reprovisionedToInitialAssignment'],
    ['none', 'reprovisionedToInitialAssignment'],
  ] as const
  for (const [policy, substatus] of onSameHub) {
    test(`c: ${kind}, ${policy}: again on the same hub, the twin is kept`, async () => {
      await using world = await twoHubs()
      const device = deviceOf(world, kind, policy)
      await device.enrollOn(a, { desired: { speed: 1 } })
      await device.register()
      await report(world, a)
      await device.enrollOn(a, { desired: { speed: 2 } })
      expect(await device.register()).toBe(`${a} ${substatus}`)
      expect(await world.twin(a, 'dev-1')).toMatchObject({ desired: { speed: 1 }, reported: { state: 'warm' } })
    })
  }

  test(`d: ${kind}, never: on another hub by now, but it stays, even if its hub is no longer listed`, async () => {
    await using world = await twoHubs()
    const device = deviceOf(world, kind, 'never')
    await device.enrollOn(a)
    await device.register()
    await device.enrollOn(b)
    expect(await device.register()).toBe(`${a} initialAssignment`)
    expect(await world.device(b, 'dev-1')).toBeUndefined()
  })

  for (const policy of ['migrate', 'none'] as const) {
    test(`d: ${kind}, ${policy}: it moves with tags, desired and reported; the old identity is gone`, async () => {
      await using world = await twoHubs()
      const device = deviceOf(world, kind, policy)
      await device.enrollOn(a, { desired: { speed: 1 } })
      await device.register()
      await report(world, a)
      await device.enrollOn(b, { desired: { speed: 2 } })
      expect(await device.register()).toBe(`${b} deviceDataMigrated`)
      expect(await world.twin(b, 'dev-1')).toMatchObject({
        tags: { place: 'north' },
        desired: { speed: 1 },
        reported: { state: 'warm' },
      })
      expect(await world.device(a, 'dev-1')).toBeUndefined()
    })
  }

  test(`d: ${kind}, reset: it moves and begins anew with its initial twin`, async () => {
    await using world = await twoHubs()
    const device = deviceOf(world, kind, 'reset')
    await device.enrollOn(a, { desired: { speed: 1 } })
    await device.register()
    await report(world, a)
    await device.enrollOn(b)
    expect(await device.register()).toBe(`${b} deviceDataReset`)
    expect(await world.twin(b, 'dev-1')).toMatchObject({ tags: {}, desired: {}, reported: {} })
    expect(await world.device(a, 'dev-1')).toBeUndefined()
  })

  for (const policy of ['never', 'migrate', 'reset'] as const) {
    test(`i: ${kind}, ${policy}: an identity that was deleted at the hub is made again with the initial twin`, async () => {
      await using world = await twoHubs()
      const device = deviceOf(world, kind, policy)
      await device.enrollOn(a, { desired: { speed: 1 } })
      await device.register()
      await world.store.commit([{ delete: 'device', hub: a, deviceId: 'dev-1' as DeviceId, expect: 'present' }])
      expect(await device.register()).toBe(`${a} initialAssignment`)
      expect((await world.twin(a, 'dev-1'))?.desired).toEqual({ speed: 1 })
    })
  }

  const unlinked = [
    ['never', 'failed'],
    ['migrate', `${b} deviceDataReset`],
    ['reset', `${b} deviceDataReset`],
  ] as const
  for (const [policy, outcome] of unlinked) {
    test(`j: ${kind}, ${policy}: its hub is no longer linked`, async () => {
      await using world = await twoHubs()
      const device = deviceOf(world, kind, policy)
      await device.enrollOn(a)
      await device.register()
      await world.relink(b)
      await device.enrollOn(b, { desired: { speed: 3 } })
      expect(await device.register()).toBe(outcome)
      expect(await world.device(a, 'dev-1')).toBeDefined()
    })
  }
}

test('d, legacy: without a policy a device of api-version 2018-04-01 stays, a later one is moved', async () => {
  await using world = await twoHubs()
  const device = deviceOf(world, 'individual', 'none')
  await device.enrollOn(a)
  await device.register('2018-04-01')
  await device.enrollOn(b)
  expect(await device.register('2018-04-01')).toBe(`${a} initialAssignment`)
  expect(await device.register('2017-08-31-preview')).toBe(`${a} initialAssignment`)
  expect(await device.register('2018-09-01-preview')).toBe(`${b} deviceDataMigrated`)
})

test('d, legacy: a stored policy wins over the api-version', async () => {
  await using world = await twoHubs()
  const device = deviceOf(world, 'individual', 'migrate')
  await device.enrollOn(a)
  await device.register('2018-04-01')
  await device.enrollOn(b)
  expect(await device.register('2018-04-01')).toBe(`${b} deviceDataMigrated`)
})

test('f: another enrollment that matches by now brings its own policy', async () => {
  await using world = await twoHubs()
  await world.group('grp', attestation, { reprovisionPolicy: policies.migrate, iotHubs: [a] })
  await world.register('dev-1', { sasToken: world.token('dev-1', deriveDeviceKey(key, 'dev-1')) })
  const device = deviceOf(world, 'individual', 'never')
  await device.enrollOn(b)
  expect(await device.register()).toBe(`${a} initialAssignment`)
})

test('g: never: the device id of the record is kept', async () => {
  await using world = await twoHubs()
  const device = deviceOf(world, 'individual', 'never')
  await device.enrollOn(a)
  await device.register()
  await device.enrollOn(a, undefined, 'new-name')
  await device.register()
  expect((await world.record('dev-1'))?.deviceId).toBe('dev-1')
})

for (const policy of ['migrate', 'reset'] as const) {
  test(`g: ${policy}: a new device id is a new identity, the old one stays`, async () => {
    await using world = await twoHubs()
    const device = deviceOf(world, 'individual', policy)
    await device.enrollOn(a)
    await device.register()
    await device.enrollOn(a, { desired: { speed: 5 } }, 'new-name')
    expect(await device.register()).toBe(`${a} initialAssignment`)
    expect((await world.twin(a, 'new-name'))?.desired).toEqual({ speed: 5 })
    expect(await world.device(a, 'dev-1')).toBeDefined()
  })
}

test('k: never: rotated keys reach the hub all the same', async () => {
  await using world = await twoHubs()
  const device = deviceOf(world, 'individual', 'never')
  await device.enrollOn(a)
  await device.register()
  await world.individual('dev-1', keys(key, aKey('n')), { reprovisionPolicy: policies.never })
  await device.register()
  expect((await world.device(a, 'dev-1'))?.authentication).toMatchObject({ secondaryKey: aKey('n') })
})

test('an identity that is as it should be is not written again', async () => {
  await using world = await twoHubs()
  const device = deviceOf(world, 'individual', 'migrate')
  await device.enrollOn(a)
  await device.register()
  const before = await world.device(a, 'dev-1')
  await device.register()
  expect(await world.device(a, 'dev-1')).toEqual(before)
})

test('with resetOnSameHub a reset policy resets the twin where the device is', async () => {
  await using world = await twoHubs({ resetOnSameHub: true })
  const device = deviceOf(world, 'individual', 'reset')
  await device.enrollOn(a, { desired: { speed: 1 } })
  await device.register()
  await report(world, a)
  await device.enrollOn(a, { desired: { speed: 2 } })
  expect(await device.register()).toBe(`${a} deviceDataReset`)
  expect(await world.twin(a, 'dev-1')).toMatchObject({
    tags: {},
    desired: { speed: 2 },
    desiredVersion: 2,
    reported: {},
  })
})

test("the cloud's way: a failed registration forgets the old hub, and the next one is first", async () => {
  await using world = await twoHubs({ keepLastAssignment: false })
  const device = deviceOf(world, 'individual', 'migrate')
  await device.enrollOn(a)
  await device.register()
  await device.enrollOn('gone.example')
  expect(await device.register()).toBe('failed')
  await device.enrollOn(b)
  expect(await device.register()).toBe(`${b} initialAssignment`)
  expect(await world.device(a, 'dev-1')).toBeDefined()
})
