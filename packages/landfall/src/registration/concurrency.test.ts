import { expect, test } from 'vitest'
import { aKey, start as at, client, keys, makeWorld } from '../../test/registration/world.ts'
import { type DeviceId, makeEtag } from '../ids.ts'
import { realRandom as random } from '../system.ts'
import { issueSelfSigned } from '../x509/issue.ts'

const key = aKey('k')
const attestation = keys(key, aKey('s'))

test('twenty registrations of one id at the same moment: one identity, one operation, one answer', async () => {
  await using world = await makeWorld()
  await world.individual('dev-1', attestation)
  const ids = Array.from({ length: 20 }, (_, number) => (number % 2 === 0 ? 'dev-1' : 'DEV-1'))
  const answers = await Promise.all(ids.map((id) => world.register(id, { sasToken: world.token(id, key) })))
  expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['assigned']))
  expect(new Set(answers.map(({ operationId }) => operationId)).size).toBe(1)
  expect((await world.record('dev-1'))?.operations).toHaveLength(1)
  expect((await world.store.attempts({ limit: 100 })).length).toBe(20)
})

test('who comes meanwhile with a wrong key is refused all the same', async () => {
  await using world = await makeWorld()
  await world.individual('dev-1', attestation)
  const good = world.register('dev-1', { sasToken: world.token('dev-1', key) })
  const bad = world.register('dev-1', { sasToken: world.token('dev-1', aKey('x')) })
  await expect(bad).rejects.toMatchObject({ reason: 'sas_wrong_key' })
  expect(await good).toMatchObject({ kind: 'assigned' })
})

test('who comes meanwhile with another credential is written in turn', async () => {
  await using world = await makeWorld()
  const { selfA, selfB, enroll } = await twoCertificates()
  await world.individual('dev-1', enroll)
  const answers = await Promise.all([selfA, selfB].map((der) => world.register('dev-1', { certificates: [der] })))
  expect(new Set(answers.map(({ operationId }) => operationId)).size).toBe(2)
  expect((await world.device('hub-a.example', 'dev-1'))?.authentication).toMatchObject({
    primaryThumbprint: expect.any(String),
  })
})

test('two ids with one device id at the same moment: both assigned, one identity', async () => {
  await using world = await makeWorld()
  const ids = ['dev-1', 'dev-2', 'dev-3', 'dev-4']
  for (const id of ids) await world.individual(id, attestation, { deviceId: 'shared' as DeviceId })
  const answers = await Promise.all(ids.map((id) => world.register(id, { sasToken: world.token(id, key) })))
  expect(answers.map(({ kind }) => kind)).toEqual(['assigned', 'assigned', 'assigned', 'assigned'])
  expect(await world.device('hub-a.example', 'shared')).toBeDefined()
})

test('a record that another node writes meanwhile is read again, and the device is assigned', async () => {
  await using world = await makeWorld()
  await world.individual('dev-1', attestation)
  await world.register('dev-1', { sasToken: world.token('dev-1', key) })
  const asked = world.register('dev-1', { sasToken: world.token('dev-1', key) })
  const record = await world.record('dev-1')
  if (!record) throw new Error('no record')
  await world.store.commit([{ put: 'registration', value: { ...record, etag: makeEtag(random) }, expect: 'any' }])
  expect(await asked).toMatchObject({ kind: 'assigned' })
})

test("the cloud's way: the second is told that another is under way", async () => {
  await using world = await makeWorld({ options: { queueConcurrent: false } })
  await world.individual('dev-1', attestation)
  const good = world.register('dev-1', { sasToken: world.token('dev-1', key) })
  const second = world.register('dev-1', { sasToken: world.token('dev-1', key) })
  await expect(second).rejects.toMatchObject({ reason: 'registration_conflict', code: 409203 })
  expect(await good).toMatchObject({ kind: 'assigned' })
})

test("the cloud's way: disabled without a word", async () => {
  await using world = await makeWorld({ options: { explainDisabled: false } })
  await world.individual('dev-1', attestation, { provisioningStatus: 'disabled' })
  const { registration } = await world.register('dev-1', { sasToken: world.token('dev-1', key) })
  expect([registration?.status, registration?.errorMessage]).toEqual(['disabled', undefined])
})

async function twoCertificates() {
  const [a, b] = await Promise.all([1, 2].map(() => issueSelfSigned({ registrationId: 'dev-1', at, random })))
  if (!a || !b) throw new Error('no certificates')
  return { selfA: a.der, selfB: b.der, enroll: client(a.certificate, b.certificate) }
}

test('a crowd whose keys are of no group has all groups searched one after the other, not all at once', async () => {
  await using world = await makeWorld()
  await world.group('line-7', attestation)
  const read = world.store.symmetricKeyGroups
  let [now, most] = [0, 0]
  const watched = async () => {
    most = Math.max(most, ++now)
    return read().finally(() => now--)
  }
  Object.assign(world.store, { symmetricKeyGroups: watched })
  const strangers = Array.from({ length: 30 }, (_, n) => `stranger-${n}`)
  const answers = strangers.map((id) => world.register(id, { sasToken: world.token(id, aKey('x')) }))
  const settled = await Promise.allSettled(answers)
  expect(settled.every(({ status }) => status === 'rejected')).toBe(true)
  expect(most).toBe(1)
})
