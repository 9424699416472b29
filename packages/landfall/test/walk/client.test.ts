import { readFileSync } from 'node:fs'
import {
  attestation,
  ConflictError,
  NotFoundError,
  PreconditionFailedError,
  ProvisioningServiceClient,
  UnauthorizedError,
} from 'landfall-client'
import { expect, test } from 'vitest'
import { register } from '../../src/simulate/simulated-device.ts'
import { realTimers } from '../../src/system.ts'
import { enrolledCa, makeTestCa } from '../test-ca.ts'
import { startWorld, type World } from '../world.ts'

const meter = (number: number) => ({ registrationId: `meter-${number}`, attestation: attestation.symmetricKey() })

test('an enrollment is created, read, changed by whoever read it last, and deleted', async () => {
  await using world = await startWorld()
  const { individualEnrollments } = world.client
  const made = await individualEnrollments.createOrUpdate(meter(1))
  expect(made.attestation.symmetricKey?.primaryKey).toMatch(/==$/)
  await expect(individualEnrollments.createOrUpdate(meter(1))).rejects.toThrow(ConflictError)

  const read = await individualEnrollments.get('METER-1')
  expect(read.attestation).toEqual({ type: 'symmetricKey' })
  const changed = await individualEnrollments.createOrUpdate({ ...read, deviceId: 'm1' })
  expect(changed).toMatchObject({ deviceId: 'm1', attestation: made.attestation })
  await expect(individualEnrollments.createOrUpdate({ ...read, deviceId: 'm2' })).rejects.toThrow(
    PreconditionFailedError,
  )
  await expect(individualEnrollments.delete(read)).rejects.toThrow(PreconditionFailedError)

  expect(await individualEnrollments.attestationMechanism('meter-1')).toEqual(made.attestation)
  await individualEnrollments.delete(changed)
  await expect(individualEnrollments.get('meter-1')).rejects.toThrow(NotFoundError)
})

test('many are created at once and listed page by page; a condition chooses among them', async () => {
  await using world = await startWorld()
  const { individualEnrollments } = world.client
  const many = Array.from({ length: 25 }, (_, index) => meter(index + 10))
  expect(await individualEnrollments.bulk('create', many)).toEqual({ isSuccessful: true, errors: [] })
  const again = await individualEnrollments.bulk('create', [...many.slice(0, 11), meter(99)])
  expect(again).toMatchObject({ isSuccessful: false, errors: { length: 11 } })
  expect(again.errors[0]).toMatchObject({ registrationId: 'meter-10', errorCode: 409201 })

  const pages: number[] = []
  for await (const page of individualEnrollments.query({ pageSize: 10 }).pages()) pages.push(page.length)
  expect(pages).toEqual([10, 10, 6])
  const chosen = await individualEnrollments.query({ where: "registrationId LIKE 'meter-3%'" }).toArray()
  expect(chosen.map(({ registrationId }) => registrationId)).toEqual([
    'meter-30',
    'meter-31',
    'meter-32',
    'meter-33',
    'meter-34',
  ])
  expect(await individualEnrollments.bulk('delete', many)).toMatchObject({ isSuccessful: true })
  expect(await world.client.enrollmentGroups.query().toArray()).toEqual([])
})

test('the registrations of a group are listed, read and deleted', async () => {
  await using world = await startWorld()
  const ca = await enrolledCa(world, 'plant-7')
  for (const id of ['pump-1', 'pump-2'])
    expect(await registerDevice(world, ca, id)).toMatchObject({ status: 'assigned' })
  const { registrations } = world.client
  const found = await registrations.query('plant-7', { pageSize: 1 }).toArray()
  expect(found.map(({ registrationId }) => registrationId)).toEqual(['pump-1', 'pump-2'])
  const record = await registrations.get('pump-1')
  expect(record).toMatchObject({ status: 'assigned', assignedHub: world.host, deviceId: 'pump-1' })
  await registrations.delete(record)
  await expect(registrations.get('pump-1')).rejects.toThrow(NotFoundError)
})

async function registerDevice(world: World, ca: Awaited<ReturnType<typeof enrolledCa>>, registrationId: string) {
  const { issued, chainPem } = await ca.device(registrationId)
  const { ports, idScope, rootCaPath } = world.connection
  const endpoint = {
    host: world.host,
    httpsPort: ports.https,
    mqttPort: ports.mqtt,
    idScope,
    ca: readFileSync(rootCaPath, 'utf8'),
  }
  return await register({ registrationId, chain: chainPem, key: issued.keyPem }, endpoint, 'mqtt', {
    timers: realTimers,
    clock: world.clock,
    stopwatch: () => performance.now(),
  })
}

test('a group on a certificate that nobody verified is saved, with a warning', async () => {
  await using world = await startWorld()
  const { intermediate } = await makeTestCa(world)
  const warnings: string[] = []
  const client = ProvisioningServiceClient.fromConnectionString(world.connection.serviceConnectionString, {
    fetch: world.fetch,
    onWarning: (warning) => warnings.push(warning),
  })
  const group = { enrollmentGroupId: 'plant-7', attestation: attestation.signingCertificate(intermediate.pem) }
  await client.enrollmentGroups.createOrUpdate(group)
  expect(warnings).toEqual([expect.stringContaining('not verified')])
})

test('a wrong key is refused with the sentence that says so', async () => {
  await using world = await startWorld()
  const text = world.connection.serviceConnectionString.replace(/SharedAccessKey=.*/, 'SharedAccessKey=d3Jvbmc=')
  const client = ProvisioningServiceClient.fromConnectionString(text, { fetch: world.fetch })
  const failing = client.enrollmentGroups.get('plant-7')
  await expect(failing).rejects.toThrow(UnauthorizedError)
  await expect(failing).rejects.toMatchObject({ reason: 'token_wrong_key', trackingId: expect.any(String) })
})
