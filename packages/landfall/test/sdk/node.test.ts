/** The published Node SDKs, unmodified, pointed here by host name and NODE_EXTRA_CA_CERTS alone. */
import { attestation } from 'landfall-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deriveDeviceKey } from '../../src/sas/key.ts'
import { enrolledCa, makeTestCa, type TestCa } from '../test-ca.ts'
import { someEndorsementKey } from '../tpm/known-key.ts'
import { startWorld, type World } from '../world.ts'
import { portless } from './connection-strings.ts'
import { registerBySdk } from './register.ts'
import type { RegistryOrder } from './registry-client.ts'
import { runClient } from './run.ts'
import type { Called, ServiceOrder } from './service-client.ts'

let world: World
let ca: TestCa

beforeAll(async () => {
  world = await startWorld({ standardPorts: true })
  ca = await enrolledCa(world)
})
afterAll(() => world[Symbol.asyncDispose]())

const transports = ['http', 'mqtt', 'mqttWs', 'amqp', 'amqpWs'] as const

const service = (...calls: ServiceOrder['calls']) =>
  runClient<readonly Called[]>(world, 'service-client.ts', {
    connectionString: portless(world.connection.serviceConnectionString),
    calls,
  })
const registry = (...calls: RegistryOrder['calls']) =>
  runClient<readonly { body?: Record<string, unknown>; error?: { name: string } }[]>(world, 'registry-client.ts', {
    connectionString: portless(world.connection.hubConnectionString),
    calls,
  })

describe.each(transports)('over %s', (transport) => {
  test('a device of an X.509 group registers and is told its hub', async () => {
    const registrationId = `press-${transport}`
    const { certificate, key } = await ca.device(registrationId)
    const { result } = await registerBySdk(world, { registrationId, transport, certificate, key })
    expect(result).toMatchObject({
      status: 'assigned',
      deviceId: registrationId,
      assignedHub: world.host,
      substatus: 'initialAssignment',
    })
  })

  test('a device with an individual symmetric key registers, with either key', async () => {
    const registrationId = `sym:${transport}`
    const enrollment = await world.client.individualEnrollments.createOrUpdate({
      registrationId,
      attestation: attestation.symmetricKey(),
      initialTwin: { tags: { line: 7 }, properties: { desired: { interval: 5 } } },
    })
    const { primaryKey = '', secondaryKey = '' } = enrollment.attestation.symmetricKey ?? {}
    for (const symmetricKey of [primaryKey, secondaryKey]) {
      const { result } = await registerBySdk(world, { registrationId, transport, symmetricKey })
      expect(result).toMatchObject({ status: 'assigned', deviceId: registrationId, assignedHub: world.host })
    }
    const [twin] = await registry(['getTwin', registrationId])
    expect(twin?.body).toMatchObject({ tags: { line: 7 }, properties: { desired: { interval: 5 } } })
  })

  test('a device with a derived key registers through its symmetric-key group', async () => {
    const group = await world.client.enrollmentGroups.createOrUpdate({
      enrollmentGroupId: `sym-${transport.toLowerCase()}`,
      attestation: attestation.symmetricKey(),
    })
    const registrationId = `derived-${transport}`
    const symmetricKey = deriveDeviceKey(group.attestation.symmetricKey?.primaryKey ?? '', registrationId)
    const { result } = await registerBySdk(world, { registrationId, transport, symmetricKey, payload: { model: 'x' } })
    expect(result).toMatchObject({ status: 'assigned', deviceId: registrationId })
    const [device] = await registry(['get', registrationId])
    expect(device?.body).toMatchObject({ authentication: { type: 'sas', symmetricKey: { primaryKey: symmetricKey } } })
  })

  test('a stranger is refused in a sentence that names it', async () => {
    const registrationId = `stranger-${transport}`
    const { certificate, key } = await (await makeTestCa(world, 'Strange')).device(registrationId)
    const { error } = await registerBySdk(world, { registrationId, transport, certificate, key })
    // over AMQP the SDK gives the program what the service said, as it is
    expect(error?.name ?? error?.condition).toBe(
      transport.startsWith('amqp') ? 'amqp:unauthorized-access' : 'UnauthorizedError',
    )
    const told = JSON.stringify(error)
    expect(told).toContain('401002')
    expect(told).toContain(registrationId)
  })
})

test('a registered X.509 device is on the hub with the SHA-256 thumbprint of its certificate', async () => {
  const { certificate, key, issued } = await ca.device('thumb-1')
  await registerBySdk(world, { registrationId: 'thumb-1', transport: 'http', certificate, key })
  const [device] = await registry(['get', 'thumb-1'])
  const { sha256Thumbprint } = issued.certificate
  expect(device?.body).toMatchObject({
    deviceId: 'thumb-1',
    status: 'enabled',
    authentication: {
      type: 'selfSigned',
      x509Thumbprint: { primaryThumbprint: sha256Thumbprint, secondaryThumbprint: sha256Thumbprint },
    },
  })
})

test('a device that sends its own certificate alone is let in, since the intermediate is stored', async () => {
  const { leafOnly, key } = await ca.device('leaf-alone')
  const { result } = await registerBySdk(world, {
    registrationId: 'leaf-alone',
    transport: 'mqtt',
    certificate: leafOnly,
    key,
  })
  expect(result).toMatchObject({ status: 'assigned' })
})

test('a disabled enrollment is told to the SDK as disabled', async () => {
  const enrollment = await world.client.individualEnrollments.createOrUpdate({
    registrationId: 'off-1',
    provisioningStatus: 'disabled',
    attestation: attestation.symmetricKey(),
  })
  const { error } = await registerBySdk(world, {
    registrationId: 'off-1',
    transport: 'http',
    symmetricKey: enrollment.attestation.symmetricKey?.primaryKey,
  })
  expect(error?.message).toContain('disabled')
  expect(await world.client.registrations.get('off-1')).toMatchObject({ status: 'disabled' })
})

test('the service SDK enrolls a device by the key of its TPM, and is told of a key that is none', async () => {
  const tpm = { endorsementKey: someEndorsementKey }
  const enrollment = { registrationId: 'node-tpm', attestation: { type: 'tpm', tpm } }
  const [made, read, mechanism, bad] = await service(
    ['createOrUpdateIndividualEnrollment', enrollment],
    ['getIndividualEnrollment', 'node-tpm'],
    ['getIndividualEnrollmentAttestationMechanism', 'node-tpm'],
    [
      'createOrUpdateIndividualEnrollment',
      { registrationId: 'node-bad', attestation: { type: 'tpm', tpm: { endorsementKey: 'EK' } } },
    ],
  )
  expect([made?.body, read?.body]).toMatchObject([{ attestation: { tpm } }, { attestation: { tpm } }])
  expect(mechanism?.body).toEqual({ type: 'tpm', tpm })
  expect(JSON.stringify(bad?.error)).toContain('tpm2_readpublic')
})

test('the service SDK creates, reads, updates, lists, bulk-edits and deletes enrollments', async () => {
  const group = {
    enrollmentGroupId: 'node-group',
    attestation: {
      type: 'x509',
      x509: {
        signingCertificates: {
          primary: { certificate: Buffer.from((await makeTestCa(world, 'Node')).root.pem).toString('base64') },
        },
      },
    },
    initialTwin: { tags: { a: 1 }, properties: { desired: { b: 2 } } },
    allocationPolicy: 'geoLatency',
  }
  const symmetric = { registrationId: 'node-1', attestation: { type: 'symmetricKey' }, capabilities: { iotEdge: true } }
  const outcomes = await service(
    ['createOrUpdateEnrollmentGroup', group],
    ['getEnrollmentGroup', 'node-group'],
    ['createOrUpdateIndividualEnrollment', symmetric],
    ['getIndividualEnrollmentAttestationMechanism', 'node-1'],
    ['query:createIndividualEnrollmentQuery', { query: '*' }, 2],
    [
      'runBulkEnrollmentOperation',
      { mode: 'create', enrollments: [1, 2, 3].map((n) => ({ ...symmetric, registrationId: `bulk-${n}` })) },
    ],
    ['createOrUpdateIndividualEnrollment', symmetric],
    ['deleteIndividualEnrollment', 'node-1', '"stale"'],
    ['deleteIndividualEnrollment', 'node-1'],
    ['getIndividualEnrollment', 'node-1'],
    ['deleteEnrollmentGroup', 'node-group'],
  )
  const [created, read, individual, mechanism, pages, bulk, twice, stale, deleted, gone, groupGone] = outcomes
  expect(created?.body).toMatchObject({
    enrollmentGroupId: 'node-group',
    provisioningStatus: 'enabled',
    allocationPolicy: 'geoLatency',
  })
  expect(JSON.stringify(read?.body)).toContain('CN=Node root CA')
  expect(individual?.body).toMatchObject({ capabilities: { iotEdge: true } })
  expect(mechanism?.body).toMatchObject({
    type: 'symmetricKey',
    symmetricKey: { primaryKey: expect.stringMatching(/^.{88}$/) },
  })
  expect(((pages?.body ?? []) as unknown[][]).flat().length).toBeGreaterThan(0)
  expect(bulk?.body).toEqual({ isSuccessful: true, errors: [] })
  expect(twice?.error?.name).toBe('DeviceAlreadyExistsError')
  expect(stale?.error?.name).toBe('InvalidEtagError')
  expect(deleted?.error).toBeUndefined()
  expect(gone?.error?.message).toContain('Not found')
  expect(groupGone?.error).toBeUndefined()
})

test('the hub SDK creates, reads, lists and deletes devices, and patches twins', async () => {
  const outcomes = await registry(
    ['create', { deviceId: 'reg-1' }],
    ['create', { deviceId: 'reg-1' }],
    ['get', 'reg-1'],
    ['updateTwin', 'reg-1', { tags: { floor: 2 }, properties: { desired: { on: true } } }, '*'],
    ['getTwin', 'reg-1'],
    ['list'],
    ['delete', 'reg-1'],
    ['get', 'reg-1'],
  )
  const [created, again, read, patched, twin, listed, deleted, gone] = outcomes
  expect(created?.body).toMatchObject({
    deviceId: 'reg-1',
    authentication: { symmetricKey: { primaryKey: expect.stringMatching(/.{40}/) } },
  })
  expect(again?.error?.name).toBe('DeviceAlreadyExistsError')
  expect(read?.body).toMatchObject({ deviceId: 'reg-1', status: 'enabled' })
  expect(patched?.body).toMatchObject({ tags: { floor: 2 } })
  expect(twin?.body).toMatchObject({ tags: { floor: 2 }, properties: { desired: { on: true } } })
  expect(((listed?.body ?? []) as unknown as { deviceId: string }[]).map(({ deviceId }) => deviceId)).toContain('reg-1')
  expect(deleted?.error).toBeUndefined()
  expect(gone?.error?.name).toBe('DeviceNotFoundError')
})
