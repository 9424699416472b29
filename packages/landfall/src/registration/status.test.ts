import { expect, test } from 'vitest'
import {
  aKey,
  start as at,
  days,
  idScope,
  keys,
  makeWorld,
  minutes,
  signing,
  type World,
} from '../../test/registration/world.ts'
import type { Reason } from '../fault.ts'
import { makeToken } from '../sas/token.ts'
import { realRandom as random } from '../system.ts'
import { issueDevice, issueRoot } from '../x509/issue.ts'

const key = aKey('k')
const attestation = keys(key, aKey('s'))

async function withDevices() {
  const world = await makeWorld()
  await world.individual('dev-1', attestation)
  await world.individual('dev-2', attestation)
  return world
}

const askOf = (world: World, id: string, signedBy = key) =>
  world.ask(id, { sasToken: world.token(id, signedBy, world.clock.now() + minutes(60)) })
const registerIn = (world: World, id = 'dev-1') => world.register(id, askOf(world, id).evidence)
const pollIn = (world: World, operationId: string, { id = 'dev-1', signedBy = key } = {}) =>
  world.engine.operationStatus({ ...askOf(world, id, signedBy), operationId })

test('a finished operation can be polled, before and after a restart, with one and the same answer', async () => {
  await using world = await withDevices()
  const answer = await registerIn(world)
  expect(await pollIn(world, answer.operationId)).toEqual(answer)
  await world.restart()
  expect(await pollIn(world, answer.operationId)).toEqual(answer)
})

test('an operation that is unknown or of another device is unknown', async () => {
  await using world = await withDevices()
  const { operationId } = await registerIn(world)
  await registerIn(world, 'dev-2')
  await expect(pollIn(world, '5.0.0')).rejects.toMatchObject({ reason: 'operation_unknown', code: 404202 })
  await expect(pollIn(world, operationId, { id: 'dev-2' })).rejects.toMatchObject({ reason: 'operation_unknown' })
})

test('a poll proves itself as a registration does', async () => {
  await using world = await withDevices()
  const { operationId } = await registerIn(world)
  const poll = pollIn(world, operationId, { signedBy: aKey('x') })
  await expect(poll).rejects.toMatchObject({ reason: 'sas_wrong_key' })
  expect(world.attempts.at(-1)).toMatchObject({ outcome: 'refused', reason: 'sas_wrong_key' })
  expect(world.attempts.at(-1)?.trail[0]?.says).toContain(operationId)
})

test('operations can be read for a day', async () => {
  await using world = await withDevices()
  const { operationId } = await registerIn(world)
  world.clock.advance(days(1) + 1)
  await expect(pollIn(world, operationId)).rejects.toMatchObject({ reason: 'operation_unknown' })
})

test('the last eight operations are kept', async () => {
  await using world = await withDevices()
  const first = await registerIn(world)
  for (let turn = 0; turn < 7; turn++) await registerIn(world)
  expect(await pollIn(world, first.operationId)).toMatchObject({ kind: 'assigned' })
  await registerIn(world)
  await expect(pollIn(world, first.operationId)).rejects.toMatchObject({ reason: 'operation_unknown' })
})

test('a device with a certificate polls with the certificate', async () => {
  await using world = await makeWorld()
  const root = await issueRoot({ commonName: 'Root', at, random })
  const device = await issueDevice({ registrationId: 'dev-1', ca: root, at, random })
  await world.ca('root', root.certificate)
  await world.group('grp', signing(root.certificate))
  const asked = world.ask('dev-1', { certificates: [device.der] })
  const { operationId } = await world.register('dev-1', asked.evidence)
  expect(await world.engine.operationStatus({ ...asked, operationId })).toMatchObject({ kind: 'assigned' })
  world.clock.advance(days(40))
  const later = { ...asked, at: world.clock.now(), operationId }
  await expect(world.engine.operationStatus(later)).rejects.toMatchObject({ reason: 'expired' })
})

test('the look-up gives the record, also where the enrollment has been disabled since', async () => {
  await using world = await withDevices()
  await registerIn(world)
  await world.individual('dev-1', attestation, { provisioningStatus: 'disabled' })
  expect(await world.engine.lookUp(askOf(world, 'dev-1'))).toEqual(await world.record('dev-1'))
})

test('the look-up of a device that never registered is refused', async () => {
  await using world = await withDevices()
  const asked = world.engine.lookUp(askOf(world, 'dev-1'))
  await expect(asked).rejects.toMatchObject({ reason: 'never_registered', code: 404202 })
})

interface Precheck {
  readonly title: string
  readonly id?: string
  readonly scope?: string
  readonly signedBy?: string
  readonly expiry?: number
  readonly resource?: string
  readonly reason?: Reason
}

const prechecks: readonly Precheck[] = [
  { title: 'a token of good form is let through' },
  { title: 'a token signed with any key is let through', signedBy: aKey('x') },
  { title: 'an unknown scope is refused', scope: '0neFFFFFFFF', reason: 'unknown_id_scope' },
  { title: 'an illegal id is refused', id: 'dev 1', reason: 'bad_id' },
  { title: 'an expired token is refused', expiry: at - minutes(6), reason: 'sas_expired' },
  { title: "another device's token is refused", resource: `${idScope}/registrations/dev-2`, reason: 'sas_wrong_scope' },
]

for (const { title, id = 'dev-1', scope = idScope, reason, ...token } of prechecks) {
  test(`before there is a message, ${title}`, async () => {
    await using world = await withDevices()
    const { resource = `${idScope}/registrations/dev-1`, signedBy = key, expiry = at + minutes(60) } = token
    const sasToken = makeToken({ resource, key: signedBy, expiry })
    const checked = world.engine.precheck(world.ask(id, { sasToken }, { idScope: scope }))
    if (reason) await expect(checked).rejects.toMatchObject({ reason })
    else await expect(checked).resolves.toBeUndefined()
  })
}

test('before there is a message, who shows nothing is refused', async () => {
  await using world = await withDevices()
  await expect(world.engine.precheck(world.ask('dev-1', {}))).rejects.toMatchObject({ reason: 'credentials_missing' })
})

interface Proof {
  readonly title: string
  readonly id?: string
  readonly signedBy?: string
  readonly isDisabled?: boolean
  readonly reason?: Reason
}

const proofs: readonly Proof[] = [
  { title: 'who signs with its key is who it says' },
  { title: 'a disabled enrollment is no matter of proof', isDisabled: true },
  { title: 'another key is refused', signedBy: aKey('x'), reason: 'sas_wrong_key' },
  { title: 'who has no enrollment is refused', id: 'dev-9', reason: 'unknown_enrollment' },
]

for (const { title, id = 'dev-1', signedBy = key, isDisabled, reason } of proofs) {
  test(`before a connection is open, ${title}`, async () => {
    await using world = await withDevices()
    if (isDisabled) await world.individual('dev-1', attestation, { provisioningStatus: 'disabled' })
    const resource = `${idScope}/registrations/${id}`
    const sasToken = makeToken({ resource, key: signedBy, expiry: at + minutes(60) })
    const proved = world.engine.prove(world.ask(id, { sasToken }))
    if (reason === undefined) await expect(proved).resolves.toBeUndefined()
    else await expect(proved).rejects.toMatchObject({ reason })
    expect(world.attempts.map((attempt) => attempt.reason)).toEqual(reason === undefined ? [] : [reason])
    expect(await world.record(id)).toBeUndefined()
  })
}

test('a rehearsal tells what would be done, and writes nothing', async () => {
  await using world = await withDevices()
  const rehearsal = await world.engine.rehearse(askOf(world, 'dev-1'))
  expect(rehearsal).toMatchObject({ outcome: 'assigned', hub: 'hub-a.example', deviceId: 'dev-1' })
  expect(rehearsal.trail.map(({ step }) => step)).toEqual([
    'request',
    'enrollment',
    'attestation',
    'allocation',
    'reprovisioning',
  ])
  expect(await world.record('dev-1')).toBeUndefined()
  expect(world.attempts).toEqual([])
})
