import { expect, test } from 'vitest'
import { hubElsewhere } from '../../test/registration/elsewhere.ts'
import { aKey, keys, makeWorld, minutes, type World } from '../../test/registration/world.ts'
import { hubNameOf } from '../ids.ts'

const key = aKey('k')
const attestation = keys(key, aKey('s'))
const far = 'far.example'
const near = 'near.example'

async function withRemote(...hubs: readonly string[]) {
  const world = await makeWorld({ hubs: hubs.length > 0 ? hubs : [far] })
  const remote = await hubElsewhere(far)
  world.remotes.set(far, remote.link)
  await world.individual('dev-1', attestation, { initialTwin: { desired: { on: true } } })
  return { world, remote, register: () => registerIn(world) }
}

const registerIn = (world: World) => world.register('dev-1', { sasToken: world.token('dev-1', key) })
const pollIn = (world: World, operationId: string) =>
  world.engine.operationStatus({ ...world.ask('dev-1', { sasToken: world.token('dev-1', key) }), operationId })

test('a remote hub that is quick answers within the request, and nothing is left under way', async () => {
  const { world, remote, register } = await withRemote()
  await using _ = world
  expect(await register()).toMatchObject({
    kind: 'assigned',
    registration: { assignedHub: far, substatus: 'initialAssignment' },
  })
  expect(await remote.device('dev-1')).toMatchObject({ authentication: { primaryKey: key } })
  expect(await world.store.pendingOperations()).toEqual([])
  expect((await world.record('dev-1'))?.operations).toHaveLength(1)
})

test('the operation is on disk before the hub is asked, and the record says assigning', async () => {
  const { world, remote, register } = await withRemote()
  await using _ = world
  const silence = Promise.withResolvers<void>()
  remote.state.silence = silence.promise
  const answer = register()
  await world.settle()
  expect(await world.store.pendingOperations()).toHaveLength(1)
  expect(await world.record('dev-1')).toMatchObject({ status: 'assigning' })
  silence.resolve()
  expect(await answer).toMatchObject({ kind: 'assigned' })
})

test('a slow hub: assigning after 5 seconds; another request joins, a poll gets the end', async () => {
  const { world, remote, register } = await withRemote()
  await using _ = world
  const silence = Promise.withResolvers<void>()
  remote.state.silence = silence.promise
  const asked = register()
  await world.settle()
  const askedAgain = register()
  await world.settle()
  world.clock.advance(5001)
  const [answer, joined] = await Promise.all([asked, askedAgain])
  expect(answer).toMatchObject({ kind: 'assigning', retryAfterSeconds: 2 })
  expect(joined).toMatchObject({ kind: 'assigning', operationId: answer.operationId })

  const poll = pollIn(world, answer.operationId)
  await world.settle()
  silence.resolve()
  expect(await poll).toMatchObject({ kind: 'assigned', registration: { assignedHub: far } })
  expect(remote.state.calls).toBe(1)
  await world.settle()
  expect(world.attempts.map(({ outcome }) => outcome)).toEqual(['assigning', 'assigning', 'assigned', 'assigned'])
})

test('a hub that cannot be reached is asked for two minutes, then the registration has failed', async () => {
  const { world, remote, register } = await withRemote()
  await using _ = world
  remote.state.trouble = 'hub_unreachable'
  const asked = register()
  for (let second = 0; second < 6; second++) {
    await world.settle()
    world.clock.advance(1000)
  }
  const { operationId, kind } = await asked
  expect(kind).toBe('assigning')
  for (let step = 0; step < 20; step++) {
    await world.settle()
    world.clock.advance(10_000)
  }
  await world.settle()
  expect(await pollIn(world, operationId)).toMatchObject({ kind: 'failed', registration: { errorCode: 500208 } })
  expect(remote.state.calls).toBeGreaterThan(5)
  expect(await world.store.pendingOperations()).toEqual([])
})

test('a hub that comes back within two minutes gets the device', async () => {
  const { world, remote, register } = await withRemote()
  await using _ = world
  remote.state.trouble = 'hub_unreachable'
  const asked = register()
  await world.settle()
  remote.state.trouble = undefined
  world.clock.advance(1000)
  expect(await asked).toMatchObject({ kind: 'assigned' })
})

test('a hub that refuses is not asked again, and its words are in the record', async () => {
  const { world, remote, register } = await withRemote()
  await using _ = world
  remote.state.trouble = 'hub_refused'
  expect(await register()).toMatchObject({
    kind: 'failed',
    registration: { errorCode: 400209, errorMessage: expect.stringContaining('says the hub') },
  })
  expect(remote.state.calls).toBe(1)
  expect(world.attempts.at(-1)).toMatchObject({ outcome: 'failed', reason: 'hub_refused' })
})

test('what was under way when the service ended is carried on by the next start', async () => {
  const { world, remote, register } = await withRemote()
  await using _ = world
  remote.state.trouble = 'hub_unreachable'
  const asked = register()
  await world.settle()
  world.clock.advance(5001)
  const { operationId } = await asked
  await world.engine.close()
  remote.state.trouble = undefined
  await world.restart()
  await world.settle()
  expect(await pollIn(world, operationId)).toMatchObject({ kind: 'assigned', registration: { assignedHub: far } })
  expect(await remote.device('dev-1')).toBeDefined()
})

test('a move from a remote hub: the old identity goes last, even if the service ends in between', async () => {
  const { world, remote, register } = await withRemote(far, near)
  await using _ = world
  await world.individual('dev-1', attestation, { iotHubs: [hubNameOf(far)], initialTwin: { desired: { on: true } } })
  await register()
  await world.individual('dev-1', attestation, { iotHubs: [hubNameOf(near)] })
  const remove = remote.link.remove
  world.remotes.set(far, {
    ...remote.link,
    remove: async (deviceId) => {
      remote.state.trouble = 'hub_unreachable'
      return remove(deviceId)
    },
  })
  expect(await register()).toMatchObject({ kind: 'assigned', registration: { substatus: 'deviceDataMigrated' } })
  expect(await world.twin(near, 'dev-1')).toMatchObject({ desired: { on: true } })
  expect(await remote.device('dev-1')).toBeDefined()
  expect(await world.store.pendingOperations()).toHaveLength(1)

  remote.state.trouble = undefined
  world.remotes.set(far, remote.link)
  await world.restart()
  await world.settle()
  expect(await remote.device('dev-1')).toBeUndefined()
  expect(await world.store.pendingOperations()).toEqual([])
  expect(await world.record('dev-1')).toMatchObject({ status: 'assigned', assignedHub: near })
})

test('an old hub that stays away keeps the identity; the device does not notice', async () => {
  const { world, remote, register } = await withRemote(far, near)
  await using _ = world
  await world.individual('dev-1', attestation, { iotHubs: [hubNameOf(far)] })
  await register()
  await world.individual('dev-1', attestation, {
    iotHubs: [hubNameOf(near)],
    reprovisionPolicy: { updateHubAssignment: true, migrateDeviceData: false },
  })
  remote.state.trouble = 'hub_unreachable'
  expect(await register()).toMatchObject({ kind: 'assigned', registration: { assignedHub: near } })
  for (let step = 0; step < 20; step++) {
    await world.settle()
    world.clock.advance(minutes(1))
  }
  await world.settle()
  expect(await world.store.pendingOperations()).toEqual([])
})
