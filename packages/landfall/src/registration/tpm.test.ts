import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hubElsewhere } from '../../test/registration/elsewhere.ts'
import { aKey, days, deriveDeviceKey, keys, makeWorld, minutes, type World } from '../../test/registration/world.ts'
import { activate, type FakeTpm, makeFakeKey, makeFakeTpm } from '../../test/tpm/fake-tpm.ts'
import { ProvisioningError } from '../fault.ts'
import type { Evidence } from './request.ts'

const tpm = makeFakeTpm()
const small = makeFakeTpm('p256')
const id = 'dev-1'

const enrolled = ({ endorsementKey }: FakeTpm) => ({ type: 'tpm', endorsementKey: endorsementKey.text }) as const

const keysOf = ({ endorsementKey, storageRootKey }: FakeTpm): Evidence['tpm'] => ({
  endorsementKey: endorsementKey.text,
  storageRootKey: storageRootKey.text,
})

const open = (device: FakeTpm, authenticationKey: string | undefined) =>
  activate(device, Buffer.from(authenticationKey ?? '', 'base64')).key.toString('base64')

/** What the TPM is sent, and a token that it signs with it. */
async function proofIn(world: World, device: FakeTpm, of = id) {
  const key = open(device, await world.challenge(of, { tpm: keysOf(device) }))
  return { key, sasToken: world.token(of, key, world.clock.now() + days(1)) }
}

async function registerIn(world: World, device: FakeTpm, of = id) {
  const { sasToken } = await proofIn(world, device, of)
  const answer = await world.register(of, { tpm: keysOf(device), sasToken })
  return { answer, sasToken, hubKey: () => open(device, 'authenticationKey' in answer ? answer.authenticationKey : '') }
}

async function withTpm(device: FakeTpm = small) {
  const world = await makeWorld()
  await world.individual(id, enrolled(device))
  return world
}

const hubKeyOf = async (world: World, hub = 'hub-a.example') => {
  const authentication = (await world.device(hub, id))?.authentication
  return authentication?.type === 'sas' ? authentication.primaryKey : undefined
}

for (const [kind, device] of Object.entries({ rsa: tpm, ecc: small })) {
  test(`a device with a TPM of ${kind} is challenged, proves itself, and gets the key of its hub`, async () => {
    await using world = await withTpm(device)
    const { answer, hubKey } = await registerIn(world, device)
    expect(answer).toMatchObject({
      kind: 'assigned',
      registration: { assignedHub: 'hub-a.example', attestation: 'tpm' },
    })
    expect(hubKey()).toBe(await hubKeyOf(world))
    expect(Buffer.from(hubKey(), 'base64')).toHaveLength(32)
    expect(world.attempts.map(({ outcome, attestation }) => [outcome, attestation])).toEqual([
      ['challenged', 'tpm'],
      ['assigned', 'tpm'],
    ])
  })
}

test('the story of a challenge and of its proof is told', async () => {
  await using world = await withTpm()
  await registerIn(world, small)
  const said = world.attempts.map(({ trail }) => trail.map(({ says }) => says))
  expect(said[0]).toEqual([
    expect.stringContaining('over https, with the keys of its TPM'),
    'The endorsement key is the one in its enrollment.',
    'It is sent a key that only its TPM can open, to sign with.',
  ])
  expect(said[1]).toContain('The device proved itself by a TPM.')
  expect(JSON.stringify(world.attempts)).not.toContain('SharedAccessSignature')
})

test('a challenge leaves nothing behind', async () => {
  await using world = await withTpm()
  await world.challenge(id, { tpm: keysOf(small) })
  expect(await world.record(id)).toBeUndefined()
  expect(await hubKeyOf(world)).toBeUndefined()
})

test('the endorsement key may come with or without its size, whichever is enrolled', async () => {
  await using world = await makeWorld()
  const bare = small.endorsementKey.area.toString('base64')
  await world.individual('bare', { type: 'tpm', endorsementKey: bare })
  await world.individual('sized', enrolled(small))
  expect((await registerIn(world, small, 'bare')).answer.kind).toBe('assigned')
  const evidence = { tpm: { ...keysOf(small), endorsementKey: bare } }
  expect(await world.challenge('sized', evidence)).toBeTruthy()
})

type Sent = Partial<Evidence>
const other = makeFakeTpm('p256')
const refusals: readonly [what: string, given: (world: World) => unknown, sent: Sent, reason: string, code: number][] =
  [
    ['an id that is not enrolled', () => {}, { tpm: keysOf(small) }, 'tpm_unknown_enrollment', 404201],
    [
      'an enrollment of another kind',
      (world) => world.individual(id, keys(aKey('a'), aKey('b'))),
      { tpm: keysOf(small) },
      'wrong_attestation',
      401002,
    ],
    [
      'another endorsement key',
      (world) => world.individual(id, enrolled(other)),
      { tpm: keysOf(small) },
      'tpm_other_endorsement_key',
      400004,
    ],
    [
      'an endorsement key that is none',
      (world) => world.individual(id, enrolled(small)),
      { tpm: { endorsementKey: '?' } },
      'tpm_other_endorsement_key',
      400004,
    ],
    [
      'an enrollment whose key is none',
      (world) => world.individual(id, { type: 'tpm', endorsementKey: 'EK' }),
      { tpm: keysOf(small) },
      'tpm_bad_endorsement_key',
      400004,
    ],
    [
      'no storage root key',
      (world) => world.individual(id, enrolled(small)),
      { tpm: { endorsementKey: small.endorsementKey.text } },
      'tpm_bad_storage_root_key',
      400004,
    ],
    [
      'a storage root key that is none',
      (world) => world.individual(id, enrolled(small)),
      { tpm: { endorsementKey: small.endorsementKey.text, storageRootKey: 'AAAA' } },
      'tpm_bad_storage_root_key',
      400004,
    ],
    [
      'a token that is none',
      (world) => world.individual(id, enrolled(small)),
      { tpm: keysOf(small), sasToken: 'Bearer x' },
      'sas_malformed',
      401002,
    ],
    [
      'a token alone, of a device that never registered',
      (world) => world.individual(id, enrolled(small)),
      { sasToken: 'SharedAccessSignature sr=0ne00000A0A%2Fregistrations%2Fdev-1&sig=AAAA&se=99999999999' },
      'wrong_attestation',
      401002,
    ],
  ]
for (const [what, given, sent, reason, code] of refusals) {
  test(`${what} is refused with ${code}, and nothing is written`, async () => {
    await using world = await makeWorld()
    await given(world)
    const refused = world.register(id, sent)
    await expect(refused).rejects.toMatchObject({ reason, code, message: expect.stringContaining('dev-1') })
    expect(world.attempts).toMatchObject([{ outcome: 'refused', reason }])
    expect(await world.record(id)).toBeUndefined()
  })
}

test('a token signed with any other key is refused without a new challenge', async () => {
  await using world = await withTpm()
  await world.individual('dev-2', enrolled(other))
  const { sasToken, key } = await proofIn(world, small)
  const another = await proofIn(world, other, 'dev-2')
  const wrong = [
    { tpm: keysOf(small), sasToken: world.token(id, aKey('x')) },
    // of another device, for this one
    { tpm: keysOf(small), sasToken: world.token(id, another.key) },
    // the right proof, for a storage root key that it is not for
    {
      tpm: { ...small, endorsementKey: small.endorsementKey.text, storageRootKey: other.storageRootKey.text },
      sasToken,
    },
  ]
  for (const evidence of wrong)
    await expect(world.register(id, evidence)).rejects.toMatchObject({ reason: 'tpm_wrong_key', code: 401002 })
  await expect(world.register(id, { tpm: keysOf(small), sasToken: world.token('dev-2', key) })).rejects.toMatchObject({
    reason: 'sas_wrong_scope',
  })
})

test('a proof lasts for one to two hours, whatever its token says, and at another node too', async () => {
  await using world = await withTpm()
  const { sasToken } = await proofIn(world, small)
  const evidence = { tpm: keysOf(small), sasToken }
  world.clock.advance(minutes(119))
  await world.restart()
  expect((await world.register(id, evidence)).kind).toBe('assigned')
  world.clock.advance(minutes(1))
  await expect(world.register(id, evidence)).rejects.toMatchObject({ reason: 'tpm_wrong_key' })
})

test('a node whose clock is a little behind knows the proof', async () => {
  await using world = await withTpm()
  const { sasToken } = await proofIn(world, small)
  world.clock.advance(-minutes(4))
  expect((await world.register(id, { tpm: keysOf(small), sasToken })).kind).toBe('assigned')
  world.clock.advance(-minutes(4))
  await expect(world.register(id, { tpm: keysOf(small), sasToken })).rejects.toMatchObject({ reason: 'tpm_wrong_key' })
})

test('the proof of another service is none here', async () => {
  await using world = await withTpm()
  const { sasToken } = await proofIn(world, small)
  const settings = await world.store.settings()
  if (!settings) throw new Error('no settings')
  await world.store.commit([{ put: 'settings', value: { ...settings, tpmSecret: aKey('y') }, expect: 'any' }])
  await expect(world.register(id, { tpm: keysOf(small), sasToken })).rejects.toMatchObject({ reason: 'tpm_wrong_key' })
})

test('an operation is polled with the same token alone, and each answer has the key, wrapped anew', async () => {
  await using world = await withTpm()
  const { answer, sasToken } = await registerIn(world, small)
  const poll = () => world.engine.operationStatus({ ...world.ask(id, { sasToken }), operationId: answer.operationId })
  const [one, two] = [await poll(), await poll()]
  expect(one).toMatchObject({ kind: 'assigned', operationId: answer.operationId })
  const blobs = [one, two].map((polled) => ('authenticationKey' in polled ? polled.authenticationKey : undefined))
  expect(blobs[0]).not.toBe(blobs[1])
  expect(blobs.map((blob) => open(small, blob))).toEqual([await hubKeyOf(world), await hubKeyOf(world)])
  expect(await world.engine.lookUp(world.ask(id, { sasToken }))).toMatchObject({ status: 'assigned' })
})

test('a poll signed with another key, or too late, is refused', async () => {
  await using world = await withTpm()
  const { answer, sasToken } = await registerIn(world, small)
  const poll = (token: string) =>
    world.engine.operationStatus({ ...world.ask(id, { sasToken: token }), operationId: answer.operationId })
  await expect(poll(world.token(id, aKey('x')))).rejects.toMatchObject({ reason: 'tpm_wrong_key' })
  world.clock.advance(minutes(120))
  await expect(poll(sasToken)).rejects.toMatchObject({ reason: 'tpm_wrong_key' })
})

test('the keys of a TPM alone read no registration', async () => {
  await using world = await withTpm()
  await registerIn(world, small)
  await expect(world.engine.lookUp(world.ask(id, { tpm: keysOf(small) }))).rejects.toMatchObject({
    reason: 'credentials_missing',
  })
})

test('a TPM that was cleared has a new storage root key, and gets the same key of its hub', async () => {
  await using world = await withTpm()
  const before = (await registerIn(world, small)).hubKey()
  const cleared = { ...small, storageRootKey: makeFakeKey('srk', 'p256') }
  const { hubKey } = await registerIn(world, cleared)
  expect(hubKey()).toBe(before)
  expect(await hubKeyOf(world)).toBe(before)
})

test('a storage root key other than the enrolled one is accepted, and told', async () => {
  await using world = await makeWorld()
  await world.individual(id, { ...enrolled(small), storageRootKey: other.storageRootKey.text })
  await world.challenge(id, { tpm: keysOf(small) })
  expect(world.attempts[0]?.trail.map(({ says }) => says)).toContainEqual(expect.stringContaining('a new owner'))
})

test('the enrolled storage root key serves a device that sends none', async () => {
  await using world = await makeWorld()
  await world.individual(id, { ...enrolled(small), storageRootKey: small.storageRootKey.text })
  const sent = { tpm: { endorsementKey: small.endorsementKey.text } }
  const key = open(small, await world.challenge(id, sent))
  expect((await world.register(id, { ...sent, sasToken: world.token(id, key) })).kind).toBe('assigned')
})

test('a key that was rotated at the hub comes with the next registration', async () => {
  await using world = await withTpm()
  await registerIn(world, small)
  const device = await world.device('hub-a.example', id)
  if (!device) throw new Error('no device')
  const authentication = { type: 'sas', primaryKey: aKey('r'), secondaryKey: aKey('s') } as const
  await world.store.commit([{ put: 'device', value: { ...device, authentication }, expect: 'any' }])
  expect((await registerIn(world, small)).hubKey()).toBe(aKey('r'))
})

test('another TPM in the enrollment gets another key, so that the one before is locked out', async () => {
  await using world = await withTpm()
  const before = (await registerIn(world, small)).hubKey()
  await world.individual(id, enrolled(other))
  const { hubKey } = await registerIn(world, other)
  expect(hubKey()).not.toBe(before)
  expect(await hubKeyOf(world)).toBe(hubKey())
})

test('what the TPM before it asked for gives another one no key', async () => {
  await using world = await withTpm()
  const { operationId } = (await registerIn(world, small)).answer
  await world.individual(id, enrolled(other))
  const { sasToken } = await proofIn(world, other)
  const asked = { ...world.ask(id, { tpm: keysOf(other), sasToken }), operationId }
  const polled = await world.engine.operationStatus(asked)
  expect(polled).toMatchObject({ kind: 'assigned', operationId })
  expect(polled).not.toHaveProperty('authenticationKey')
})

test('a device that had a symmetric key before gets another', async () => {
  await using world = await makeWorld()
  await world.individual(id, keys(aKey('a'), aKey('b')))
  await world.register(id, { sasToken: world.token(id, aKey('a')) })
  await world.individual(id, enrolled(small))
  expect((await registerIn(world, small)).hubKey()).not.toBe(aKey('a'))
})

test('a hub identity without a symmetric key is told, and the device is not sent away with nothing', async () => {
  await using world = await withTpm()
  const { answer, sasToken } = await registerIn(world, small)
  const device = await world.device('hub-a.example', id)
  if (!device) throw new Error('no device')
  await world.store.commit([{ put: 'device', value: { ...device, authentication: { type: 'none' } }, expect: 'any' }])
  const poll = world.engine.operationStatus({ ...world.ask(id, { sasToken }), operationId: answer.operationId })
  await expect(poll).rejects.toMatchObject({ reason: 'tpm_hub_key' })
  // and the next registration mends it
  expect((await registerIn(world, small)).hubKey()).toBe(await hubKeyOf(world))
})

test('a disabled enrollment is told to who proved itself, and to nobody else', async () => {
  await using world = await makeWorld()
  await world.individual(id, enrolled(small), { provisioningStatus: 'disabled' })
  expect((await registerIn(world, small)).answer).toMatchObject({ kind: 'disabled' })
  await expect(world.register(id, { tpm: keysOf(other) })).rejects.toMatchObject({
    reason: 'tpm_other_endorsement_key',
  })
})

test('over a remote hub the key is the one that the hub has', async () => {
  await using world = await withTpm()
  const remote = await hubElsewhere('hub-a.example')
  world.remotes.set('hub-a.example', remote.link)
  const { answer, hubKey } = await registerIn(world, small)
  expect(answer.kind).toBe('assigned')
  expect((await remote.device(id))?.authentication).toMatchObject({ primaryKey: hubKey() })
  expect((await registerIn(world, small)).hubKey()).toBe(hubKey())
})

test('over MQTT a TPM is refused, whatever is shown', async () => {
  await using world = await withTpm()
  const ask = (evidence: Sent, transport: 'mqtt' | 'mqttWs') =>
    world.engine.register(world.ask(id, evidence, { transport }))
  for (const evidence of [{ tpm: keysOf(small) }, { sasToken: world.token(id, aKey('x')) }])
    for (const transport of ['mqtt', 'mqttWs'] as const)
      await expect(ask(evidence, transport)).rejects.toMatchObject({ reason: 'tpm_over_mqtt', code: 401002 })
  await expect(world.engine.precheck(world.ask(id, {}, { transport: 'mqtt' }))).rejects.toMatchObject({
    reason: 'tpm_over_mqtt',
  })
})

test('before there is a message, keys are challenged and a token is judged', async () => {
  await using world = await withTpm()
  const challenge = await world.engine.prove(world.ask(id, { tpm: keysOf(small) }, { transport: 'amqp' }))
  const sasToken = world.token(id, open(small, challenge?.authenticationKey))
  const proof = (token: string) =>
    world.engine.prove(world.ask(id, { tpm: keysOf(small), sasToken: token }, { transport: 'amqp' }))
  expect(await proof(sasToken)).toBeUndefined()
  await expect(proof(world.token(id, aKey('x')))).rejects.toMatchObject({ reason: 'tpm_wrong_key' })
  expect(world.attempts.map(({ outcome }) => outcome)).toEqual(['challenged', 'refused'])
})

test('who is refused before there is a message gets a key that does not help, and that tells nothing', async () => {
  await using world = await withTpm()
  const proveAs = (of: string, device: FakeTpm) =>
    world.engine.prove(world.ask(of, { tpm: keysOf(device) }, { transport: 'amqp' }))
  const [mismatch, unknown] = [await proveAs(id, other), await proveAs('dev-9', other)]
  expect([mismatch?.refusal?.reason, unknown?.refusal?.reason]).toEqual([
    'tpm_other_endorsement_key',
    'tpm_unknown_enrollment',
  ])
  expect(world.attempts.map(({ outcome, reason }) => [outcome, reason])).toEqual([
    ['refused', 'tpm_other_endorsement_key'],
    ['refused', 'tpm_unknown_enrollment'],
  ])
  const sasToken = world.token(id, open(other, mismatch?.authenticationKey))
  const proof = world.engine.prove(world.ask(id, { tpm: keysOf(other), sasToken }, { transport: 'amqp' }))
  await expect(proof).rejects.toMatchObject({ reason: 'tpm_other_endorsement_key' })
  // keys that are none get none
  const nonsense = { endorsementKey: 'AAAA', storageRootKey: 'AAAA' }
  await expect(world.engine.prove(world.ask(id, { tpm: nonsense }))).rejects.toMatchObject({ code: 400004 })
})

test('of registrations at the same moment, each answer opens with the storage root key that asked', async () => {
  await using world = await withTpm()
  const cleared = { ...small, storageRootKey: makeFakeKey('srk', 'p256') }
  const devices = [small, cleared, small, cleared]
  const proofs = await Promise.all(devices.map((device) => proofIn(world, device)))
  const answers = await Promise.all(
    devices.map((device, index) => world.register(id, { tpm: keysOf(device), sasToken: proofs[index]?.sasToken })),
  )
  const opened = answers.map((answer, index) =>
    open(devices[index] ?? small, 'authenticationKey' in answer ? answer.authenticationKey : undefined),
  )
  expect(new Set(opened)).toEqual(new Set([await hubKeyOf(world)]))
})

test('a group key does not let in a device whose enrollment demands a TPM', async () => {
  await using world = await withTpm()
  await world.group('all', keys(aKey('g'), aKey('h')))
  await registerIn(world, small)
  const sasToken = world.token(id, deriveDeviceKey(aKey('g'), id))
  await expect(world.register(id, { sasToken })).rejects.toMatchObject({ code: 401002 })
})

test('whatever keys are sent, the answer is a challenge or a refusal', async () => {
  await using world = await withTpm()
  const text = fc.oneof(
    fc.string(),
    fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes).toString('base64')),
    fc.constant(small.endorsementKey.text),
    fc.constant(small.storageRootKey.text),
  )
  await fc.assert(
    fc.asyncProperty(text, fc.option(text, { nil: undefined }), async (endorsementKey, storageRootKey) => {
      const evidence = { tpm: { endorsementKey, ...(storageRootKey !== undefined && { storageRootKey }) } }
      const answer = await world.challenge(id, evidence).catch((error: unknown) => error)
      expect(typeof answer === 'string' || answer instanceof ProvisioningError).toBe(true)
    }),
    { numRuns: 200 },
  )
})
