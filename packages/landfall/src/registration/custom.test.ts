/** Custom allocation: a webhook chooses (contract/semantics 9, 11.4 e, 18 rows 67 to 70). */
import { expect, test } from 'vitest'
import { hubElsewhere } from '../../test/registration/elsewhere.ts'
import { aKey, deriveDeviceKey, keys, makeWorld, signing, start, type World } from '../../test/registration/world.ts'
import { activate, makeFakeTpm } from '../../test/tpm/fake-tpm.ts'
import type { EnrollmentGroup, ReprovisionPolicy } from '../enrollment/enrollment.ts'
import { hubNameOf } from '../ids.ts'
import type { Json, JsonObject } from '../json.ts'
import { realRandom as random } from '../system.ts'
import { issueDevice, issueIntermediate, issueRoot } from '../x509/issue.ts'
import { makeTally } from './allocate/preview.ts'
import type { Registration } from './record.ts'
import type { WebhookQuestion } from './webhook.ts'

const key = aKey('k')
const attestation = keys(key, aKey('s'))
const [a, b] = ['a.example', 'b.example']
const custom = {
  allocationPolicy: 'custom',
  customAllocationDefinition: { webhookUrl: 'https://allocate.example/api?code=secret', apiVersion: '2021-10-01' },
} as const

type Members = Parameters<World['individual']>[2]

async function withWebhook(members: Members = {}) {
  const world = await makeWorld({ hubs: [a, b] })
  await world.individual('dev-1', attestation, { ...custom, ...members })
  const asked: WebhookQuestion[] = []
  const ids: string[] = []
  /** What it answers, as JSON or as it stands. */
  const says = (answer: Json, status = 200) => {
    world.far.webhook = async (question, operationId) => {
      asked.push(question)
      ids.push(operationId)
      return { status, text: typeof answer === 'string' ? answer : JSON.stringify(answer) }
    }
  }
  const register = (payload?: Json, apiVersion = '2021-06-01') =>
    world.register('dev-1', { sasToken: world.token('dev-1', key) }, { payload, apiVersion })
  const desired = async (hub: string) => (await world.twin(hub, 'dev-1'))?.desired
  says({ iotHubHostName: b })
  return { world, asked, ids, says, register, desired }
}

const never: ReprovisionPolicy = { updateHubAssignment: false, migrateDeviceData: false }
const migrate: ReprovisionPolicy = { updateHubAssignment: true, migrateDeviceData: true }
const reset: ReprovisionPolicy = { updateHubAssignment: true, migrateDeviceData: false }
const twinOf = (on: string) => ({ initialTwin: { properties: { desired: { on } } } })

test('69 the hub, the twin and the payload that the webhook chose are those of the device', async () => {
  const { world, says, register } = await withWebhook()
  await using _ = world
  const initialTwin = { tags: { line: 7 }, properties: { desired: { on: true } } }
  says({ iotHubHostName: 'B.example', initialTwin, payload: { broker: 'x' }, more: [1] })
  expect(await register()).toMatchObject({
    kind: 'assigned',
    registration: { assignedHub: b, substatus: 'initialAssignment', payload: { broker: 'x' } },
  })
  expect(await world.device(b, 'dev-1')).toMatchObject({ authentication: { primaryKey: key } })
  expect(await world.twin(b, 'dev-1')).toMatchObject({ tags: { line: 7 } })
  expect(await world.record('dev-1')).toMatchObject({ status: 'assigned', payload: { broker: 'x' } })
  expect(await world.store.pendingOperations()).toEqual([])
  expect(world.attempts.map(({ outcome }) => outcome)).toEqual(['assigned'])
  expect(world.attempts[0]?.trail.map(({ says: told }) => told)).toEqual(
    expect.arrayContaining([
      'The webhook "https://allocate.example/api?****" chose "b.example", with an initial twin and a payload.',
    ]),
  )
})

test('the webhook is told of an individual enrollment what contract/semantics 9.3 says, and no secret', async () => {
  const { world, asked, register } = await withWebhook({
    iotHubs: [hubNameOf(b), hubNameOf(a)],
    reprovisionPolicy: migrate,
  })
  await using _ = world
  await register({ modelId: 'm1' })
  await register(null)
  const [first, again] = asked
  expect(first?.body).toEqual({
    individualEnrollment: {
      registrationId: 'dev-1',
      attestation: { type: 'symmetricKey' },
      capabilities: { iotEdge: false },
      etag: expect.any(String),
      provisioningStatus: 'enabled',
      reprovisionPolicy: { updateHubAssignment: true, migrateDeviceData: true },
      createdDateTimeUtc: '2030-01-01T00:00:00.000Z',
      lastUpdatedDateTimeUtc: '2030-01-01T00:00:00.000Z',
      allocationPolicy: 'custom',
      iotHubs: [b, a],
      customAllocationDefinition: { webhookUrl: 'https://allocate.example/api?****', apiVersion: '2021-10-01' },
    },
    deviceRuntimeContext: { registrationId: 'dev-1', symmetricKey: {}, payload: { modelId: 'm1' } },
    linkedHubs: [b, a],
  })
  expect(again?.body.deviceRuntimeContext).toEqual({
    registrationId: 'dev-1',
    currentIotHubHostName: b,
    currentDeviceId: 'dev-1',
    symmetricKey: {},
  })
  expect(JSON.stringify(asked.map(({ body }) => body))).not.toContain('secret')
})

test.each<Json>(['{"modelId":"x"}', 7, false, [1]])(
  'the payload %j of the device reaches the webhook as it is',
  async (payload) => {
    const { world, asked, register } = await withWebhook()
    await using _ = world
    await register(payload)
    expect(asked[0]?.body.deviceRuntimeContext).toMatchObject({ payload })
  },
)

test('the webhook is told of a group, and of the certificates of its device', async () => {
  const { world, asked } = await withWebhook()
  await using _ = world
  const at = start
  const root = await issueRoot({ commonName: 'Root', at, random })
  const line = await issueIntermediate({ commonName: 'Line 7', ca: root, at, random })
  const { certificate } = await issueDevice({ registrationId: 'press-1', ca: line, at, random })
  await world.ca('root', root.certificate)
  await world.group('line-7', signing(line.certificate), custom)
  const certificates = [certificate.der, line.certificate.der]
  expect(await world.register('press-1', { certificates })).toMatchObject({ kind: 'assigned' })
  expect(asked[0]?.body).toMatchObject({
    enrollmentGroup: { enrollmentGroupId: 'line-7', attestation: { type: 'x509' } },
    deviceRuntimeContext: {
      registrationId: 'press-1',
      x509: {
        clientCertificate: Buffer.from(certificate.der).toString('base64'),
        certificateInfo: { subjectName: 'CN=press-1' },
        signingCertificateInfo: { subjectName: 'CN=Line 7' },
      },
    },
    linkedHubs: [a, b],
  })
  expect((asked[0]?.body.enrollmentGroup as JsonObject | undefined)?.attestation).toEqual({ type: 'x509' })
  // a path that was proven before is not looked for again, but told all the same
  await world.register('press-1', { certificates })
  const x509Of = (one: WebhookQuestion | undefined) => (one?.body.deviceRuntimeContext as JsonObject | undefined)?.x509
  expect(x509Of(asked[1])).toEqual(x509Of(asked[0]))
})

const unusable: readonly (readonly [what: string, status: number, answer: Json, told: RegExp])[] = [
  ['400', 400, { iotHubHostName: b }, /^Custom allocation failed with status code: 400$/],
  ['500', 500, '', /^Custom allocation failed with status code: 500$/],
  ['a redirection', 302, '', /^Custom allocation failed with status code: 302$/],
  ['no JSON', 200, '<html>', /answer of the webhook cannot be used/],
  ['nothing', 200, '', /cannot be used/],
  ['a list', 200, [b], /cannot be used/],
  ['no hub', 200, {}, /cannot be used/],
  ['a hub that is a number', 200, { iotHubHostName: 7 }, /cannot be used/],
  ['a foreign hub', 200, { iotHubHostName: 'c.example' }, /not among those it was offered/],
  ['a payload that is a string', 200, { iotHubHostName: b, payload: 'x' }, /cannot be used/],
  ['a twin that is a list', 200, { iotHubHostName: b, initialTwin: [] }, /cannot be used/],
  ['a twin that no hub takes', 200, { iotHubHostName: b, initialTwin: { tags: { 'a.b': 1 } } }, /cannot be used/],
  [
    'a payload nested a thousand deep',
    200,
    `{"iotHubHostName":"${b}","payload":${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}}`,
    /cannot be used/,
  ],
]

test.each(unusable)(
  '67 68 a webhook that answers %s: failed 400207, and the trail says why',
  async (_what, status, answer, told) => {
    const { world, says, register } = await withWebhook()
    await using _ = world
    says(answer, status)
    expect(await register()).toMatchObject({
      kind: 'failed',
      registration: { errorCode: 400207, errorMessage: expect.stringMatching(told) },
    })
    expect(await world.device(b, 'dev-1')).toBeUndefined()
    const last = world.attempts.at(-1)
    expect(last).toMatchObject({ outcome: 'failed', reason: 'custom_allocation_failed', errorCode: 400207 })
    expect(last?.trail.at(-1)).toMatchObject({
      step: 'allocation',
      ok: false,
      says: expect.stringContaining('api?****'),
    })
    expect(await world.store.pendingOperations()).toEqual([])
  },
)

test('what the device is told names no address, and the trail does', async () => {
  const { world, register } = await withWebhook()
  await using _ = world
  world.far.webhook = async () => ({
    trouble: { told: 'the webhook could not be reached', why: 'nothing listens at 10.0.0.7' },
  })
  expect(await register()).toMatchObject({
    registration: { errorMessage: 'Custom allocation failed: the webhook could not be reached.' },
  })
  expect(world.attempts[0]?.trail.at(-1)?.says).toContain('10.0.0.7')
})

test('Pascal case, as functions in C# write it, is read as well', async () => {
  const { world, says, register, desired } = await withWebhook()
  await using _ = world
  says({ IotHubHostName: b, InitialTwin: { Tags: { line: 7 }, Properties: { Desired: { on: 1 } } }, Payload: { x: 1 } })
  expect(await register()).toMatchObject({ kind: 'assigned', registration: { payload: { x: 1 } } })
  expect(await world.twin(b, 'dev-1')).toMatchObject({ tags: { line: 7 } })
  expect(await desired(b)).toMatchObject({ on: 1 })
})

test('9.6 without a twin of the webhook, or with null, the device begins with that of its enrollment', async () => {
  const { world, says, register, desired } = await withWebhook({ initialTwin: { desired: { on: 'enrolled' } } })
  await using _ = world
  says({ iotHubHostName: b, initialTwin: null, payload: null })
  const answer = await register()
  expect(answer).toMatchObject({ kind: 'assigned' })
  expect(answer.registration?.payload).toBeUndefined()
  expect(await desired(b)).toMatchObject({ on: 'enrolled' })
})

interface Again {
  readonly policy?: ReprovisionPolicy
  readonly apiVersion?: string
  /** What it is offered, and then names. */
  readonly offered: readonly string[]
  readonly hub: string
  readonly substatus: string
  readonly twin: string
}

// contract/semantics 11.4 e
test.each<readonly [string, Again]>([
  ['never moves', { policy: never, offered: [a], hub: a, substatus: 'initialAssignment', twin: 'first' }],
  [
    'no policy, an old device',
    { apiVersion: '2018-04-01', offered: [a], hub: a, substatus: 'initialAssignment', twin: 'first' },
  ],
  ['migrates', { policy: migrate, offered: [a, b], hub: b, substatus: 'deviceDataMigrated', twin: 'first' }],
  ['no policy', { offered: [a, b], hub: b, substatus: 'deviceDataMigrated', twin: 'first' }],
  ['resets', { policy: reset, offered: [a, b], hub: b, substatus: 'deviceDataReset', twin: 'second' }],
  [
    'migrates, same hub',
    { policy: migrate, offered: [a, b], hub: a, substatus: 'reprovisionedToInitialAssignment', twin: 'first' },
  ],
  [
    'resets, same hub',
    { policy: reset, offered: [a, b], hub: a, substatus: 'reprovisionedToInitialAssignment', twin: 'first' },
  ],
])('again, %s: the webhook is asked, its payload is passed on, its twin only in a reset', async (_what, again) => {
  const { policy, apiVersion, offered, hub, substatus, twin } = again
  const { world, says, asked, register, desired } = await withWebhook({ reprovisionPolicy: policy })
  await using _ = world
  says({ iotHubHostName: a, ...twinOf('first'), payload: { n: 1 } })
  await register(undefined, apiVersion)
  says({ iotHubHostName: hub, ...twinOf('second'), payload: { n: 2 } })
  expect(await register(undefined, apiVersion)).toMatchObject({
    kind: 'assigned',
    registration: { assignedHub: hub, substatus, payload: { n: 2 } },
  })
  expect(asked[1]?.linkedHubs).toEqual(offered)
  expect(asked[1]?.body.linkedHubs).toEqual(offered)
  expect(await desired(hub)).toMatchObject({ on: twin })
  if (hub === b) expect(await world.device(a, 'dev-1')).toBeUndefined()
})

test('never moves, but the webhook names another hub: failed, and the device stays where it is', async () => {
  const { world, says, register } = await withWebhook({ reprovisionPolicy: never })
  await using _ = world
  await register()
  says({ iotHubHostName: a })
  expect(await register()).toMatchObject({ kind: 'failed', registration: { errorCode: 400207 } })
  expect(await world.device(b, 'dev-1')).toBeDefined()
  says({ iotHubHostName: b })
  expect(await register()).toMatchObject({ kind: 'assigned', registration: { assignedHub: b } })
})

test('a hub that the enrollment lists but is not linked can be chosen, and is then named', async () => {
  const { world, says, register } = await withWebhook({ iotHubs: [hubNameOf(a), hubNameOf('gone.example')] })
  await using _ = world
  says({ iotHubHostName: 'gone.example' })
  expect(await register()).toMatchObject({ kind: 'failed', registration: { errorCode: 400208 } })
})

test('61 64 without a hub to offer nobody is asked: failed 400208', async () => {
  const { world, asked, register } = await withWebhook()
  await using _ = world
  await world.relink()
  expect(await register()).toMatchObject({ kind: 'failed', registration: { errorCode: 400208 } })
  await world.relink({ name: hubNameOf(a), applyAllocationPolicy: false })
  expect(await register()).toMatchObject({ kind: 'failed', registration: { errorCode: 400208 } })
  expect(asked).toEqual([])
})

test('who is refused or disabled does not make anybody ask the webhook', async () => {
  const { world, asked } = await withWebhook({ provisioningStatus: 'disabled' })
  await using _ = world
  await world.register('dev-1', { sasToken: world.token('dev-1', key) })
  await expect(world.register('dev-1', { sasToken: world.token('dev-1', aKey('x')) })).rejects.toThrow()
  expect(asked).toEqual([])
})

async function slow(members: Members = {}) {
  const rig = await withWebhook(members)
  const gates: ((answer: JsonObject) => void)[] = []
  rig.world.far.webhook = (question, operationId, closing) => {
    rig.asked.push(question)
    rig.ids.push(operationId)
    return new Promise((resolve) => {
      gates.push((answer) => resolve({ status: 200, text: JSON.stringify(answer) }))
      closing.addEventListener('abort', () => resolve({ trouble: { told: 'closing', why: 'closing' } }))
    })
  }
  return { ...rig, gates }
}

test('a slow webhook: on disk before it is asked, assigning after 5 seconds, and a poll gets the end', async () => {
  const { world, register, gates, ids } = await slow()
  await using _ = world
  const asked = register()
  await world.settle()
  expect(await world.store.pendingOperations()).toHaveLength(1)
  expect(await world.record('dev-1')).toMatchObject({ status: 'assigning' })
  const askedAgain = register()
  await world.settle()
  world.clock.advance(5001)
  const [answer, joined] = await Promise.all([asked, askedAgain])
  expect(answer).toMatchObject({ kind: 'assigning', retryAfterSeconds: 2 })
  expect(joined).toMatchObject({ kind: 'assigning', operationId: answer.operationId })
  const poll = world.engine.operationStatus({
    ...world.ask('dev-1', { sasToken: world.token('dev-1', key) }),
    operationId: answer.operationId,
  })
  await world.settle()
  gates[0]?.({ iotHubHostName: b, payload: { n: 1 } })
  expect(await poll).toMatchObject({ kind: 'assigned', registration: { assignedHub: b, payload: { n: 1 } } })
  expect(ids).toEqual([answer.operationId])
  await world.settle()
  expect(world.attempts.map(({ outcome }) => outcome)).toEqual(['assigning', 'assigning', 'assigned', 'assigned'])
})

test('a slow webhook holds up no other device', async () => {
  const { world, register, gates } = await slow()
  await using _ = world
  await world.group('line', keys(key, aKey('s')))
  const asked = register()
  await world.settle()
  const other = await world.register('other', { sasToken: world.token('other', deriveDeviceKey(key, 'other')) })
  expect(other).toMatchObject({ kind: 'assigned' })
  gates[0]?.({ iotHubHostName: a })
  expect(await asked).toMatchObject({ kind: 'assigned', registration: { assignedHub: a } })
})

test('the service ends while the webhook is asked: the next start asks it again, for the same operation', async () => {
  const { world, register, gates, ids } = await slow()
  await using _ = world
  const asked = register()
  await world.settle()
  await world.restart()
  expect(await asked).toMatchObject({ kind: 'assigning' })
  await world.settle()
  expect(ids).toHaveLength(2)
  expect(ids[0]).toBe(ids[1])
  gates[1]?.({ iotHubHostName: b, payload: { n: 2 } })
  await world.settle()
  expect(await world.record('dev-1')).toMatchObject({ status: 'assigned', assignedHub: b, payload: { n: 2 } })
  expect(world.errors).toEqual([])
})

test('what the webhook chose is on disk before a remote hub is told, so that it is not asked for another', async () => {
  const { world, register, gates, ids } = await slow()
  await using _ = world
  const far = await hubElsewhere(a)
  const silence = Promise.withResolvers<void>()
  far.state.trouble = 'hub_unreachable'
  world.remotes.set(a, far.link)
  const asked = register()
  await world.settle()
  gates[0]?.({ iotHubHostName: a, payload: { n: 1 } })
  await world.settle()
  await world.restart()
  expect(await asked).toMatchObject({ kind: 'assigning' })
  far.state.trouble = undefined
  silence.resolve()
  await world.settle()
  world.clock.advance(1000)
  await world.settle()
  expect(ids).toHaveLength(1)
  expect(await world.record('dev-1')).toMatchObject({ status: 'assigned', assignedHub: a, payload: { n: 1 } })
  expect(await far.device('dev-1')).toBeDefined()
})

test('a rehearsal says that the webhook would be asked, and does not ask it', async () => {
  const { world, asked } = await withWebhook()
  await using _ = world
  const order = { registrationId: 'dev-1', transport: 'https', at: start } as const
  const evidence = { certificates: [], sasToken: world.token('dev-1', key) }
  const rehearsed = await world.engine.rehearse({ ...order, evidence })
  const presumed = await world.engine.rehearse({ ...order, evidence: { certificates: [] } })
  for (const one of [rehearsed, presumed]) {
    expect(one).toMatchObject({ outcome: 'asked', deviceId: 'dev-1' })
    expect(one.trail.at(-1)?.says).toBe(
      'Custom allocation: the webhook "https://allocate.example/api?****" chooses among a.example, b.example.',
    )
  }
  expect(asked).toEqual([])
})

test('a device with a TPM: the webhook is told its public keys, and it keeps its hub key while it stays', async () => {
  const { world, asked } = await withWebhook()
  await using _ = world
  const { endorsementKey, storageRootKey, ...tpm } = makeFakeTpm('p256')
  const keysOf = { endorsementKey: endorsementKey.text, storageRootKey: storageRootKey.text }
  await world.individual('dev-2', { type: 'tpm', endorsementKey: keysOf.endorsementKey }, custom)
  const open = (text: string) =>
    activate({ endorsementKey, storageRootKey, ...tpm }, Buffer.from(text, 'base64')).key.toString('base64')
  const register = async () => {
    const sasToken = world.token('dev-2', open(await world.challenge('dev-2', { tpm: keysOf })))
    const answer = await world.register('dev-2', { tpm: keysOf, sasToken })
    expect(answer).toMatchObject({ kind: 'assigned', registration: { assignedHub: b } })
    return open('authenticationKey' in answer ? (answer.authenticationKey ?? '') : '')
  }
  const hubKey = await register()
  expect(await register()).toBe(hubKey)
  expect(asked.map(({ body }) => body.deviceRuntimeContext)).toMatchObject([{ tpm: keysOf }, { tpm: keysOf }])
})

test('a preview of other hubs asks no webhook: a device stays where it may', () => {
  const hubs = [a, b].map((name) => ({ name: hubNameOf(name), weight: 1, applyAllocationPolicy: true }))
  const before = { hubs, defaultPolicy: 'hashed' } as const
  const after = { ...before, hubs: hubs.slice(0, 1) }
  const at = start
  const enrollment = {
    kind: 'group',
    attestation,
    provisioningStatus: 'enabled',
    ...custom,
  } as unknown as EnrollmentGroup
  const onHub = (hub: string) =>
    ({ key: 'dev-1', lastAssignment: { hub, deviceId: 'dev-1', substatus: 'initialAssignment', at } }) as Registration
  const tally = makeTally(before, after)
  tally.add(onHub(a), enrollment)
  tally.add(onHub(b), enrollment)
  expect(tally.result()).toMatchObject({ sampled: 2, moved: 1 })
})
