/** What a whole service does over time: clocks, restarts, hubs, policies, and the cloud's ways. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { attestation } from 'landfall-client'
import { expect, test } from 'vitest'
import { deriveDeviceKey } from '../../src/sas/key.ts'
import { type RawDevice, registerRaw, send } from '../raw-device.ts'
import { enrolledCa, makeTestCa, operator, proveRoot, type TestCa } from '../test-ca.ts'
import { days, startWorld, type World } from '../world.ts'

function rawDevice(world: World, registrationId: string): RawDevice {
  const { rootCaPath, idScope, ports } = world.connection
  return { host: '127.0.0.1', port: ports.https, rootPem: readFileSync(rootCaPath, 'utf8'), idScope, registrationId }
}

async function certified(world: World, ca: TestCa, registrationId: string, lifeDays?: number): Promise<RawDevice> {
  const { chainPem, issued } = await ca.device(registrationId, lifeDays)
  return { ...rawDevice(world, registrationId), certificate: chainPem, key: issued.keyPem }
}

test('a device whose certificate has expired meanwhile is refused, and the sentence says when it expired', async () => {
  await using world = await startWorld({ at: '2030-01-01T00:00:00Z' })
  const ca = await enrolledCa(world)
  const device = await certified(world, ca, 'pump-12', 30)
  expect((await registerRaw(device)).body).toMatchObject({ status: 'assigned' })
  world.clock.set(world.clock.now() + days(31))
  const { status, body } = await registerRaw(device)
  expect(status).toBe(401)
  expect(body).toMatchObject({ errorCode: 401002, info: { reason: 'expired' } })
  expect(body.message).toMatch(/CN=pump-12.*expired at 2030-01-31/)
})

test('an operator may trust the certificate of an individual enrollment beyond its dates', async () => {
  await using world = await startWorld({ at: '2030-01-01T00:00:00Z', config: { individualIgnoreExpiry: true } })
  const { issued } = await (await makeTestCa(world)).device('pump-12', 30)
  const enrolled = { primary: { certificate: issued.pem } }
  await world.client.individualEnrollments.createOrUpdate({
    registrationId: 'pump-12',
    attestation: { type: 'x509', x509: { clientCertificates: enrolled } },
  })
  world.clock.set(world.clock.now() + days(40))
  const device = { ...rawDevice(world, 'pump-12'), certificate: issued.pem, key: issued.keyPem }
  expect((await registerRaw(device)).body).toMatchObject({ status: 'assigned' })
})

test('records and operations are there after a restart', async () => {
  await using world = await startWorld()
  const ca = await enrolledCa(world)
  const device = await certified(world, ca, 'press-1')
  const { body } = await registerRaw(device)
  await world.restart()
  const polled = await send(
    { ...device, port: world.connection.ports.https, body: '' },
    'GET',
    `/${device.idScope}/registrations/press-1/operations/${body.operationId}?api-version=2021-06-01`,
  )
  expect(polled).toMatchObject({ status: 200, body })
  expect(await world.client.registrations.get('press-1')).toMatchObject({ etag: body.registrationState?.etag })
})

test('a service closes in order although its connection file cannot be removed', async () => {
  const world = await startWorld()
  const path = join(world.dir, 'connection.json')
  rmSync(path)
  mkdirSync(join(path, 'in-the-way'), { recursive: true })
  await expect(world[Symbol.asyncDispose]()).resolves.toBeUndefined()
})

test('a group works only while its certificate or one above it is verified', async () => {
  await using world = await startWorld()
  const ca = await makeTestCa(world)
  await world.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'line-7',
    attestation: attestation.signingCertificate(ca.intermediate.pem),
  })
  const device = await certified(world, ca, 'press-1')
  expect((await registerRaw(device)).body).toMatchObject({ errorCode: 401002, info: { reason: 'anchor_unverified' } })
  await proveRoot(world, ca)
  expect((await registerRaw(device)).body).toMatchObject({ status: 'assigned' })
  await operator(world, 'DELETE', 'certificates/test-root?force=true')
  expect((await registerRaw(device)).body).toMatchObject({ errorCode: 401002, info: { reason: 'anchor_unverified' } })
})

test('devices spread over several hubs, stay, and move with their twin when the enrollment names another', async () => {
  await using world = await startWorld()
  for (const name of ['plant-a.localhost', 'plant-b.localhost']) await operator(world, 'PUT', `hubs/${name}`, {})
  const group = await world.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'fleet',
    attestation: attestation.symmetricKey(),
    initialTwin: { tags: { line: 7 }, properties: { desired: { interval: 5 } } },
  })
  const key = group.attestation.symmetricKey?.primaryKey ?? ''
  const ids = Array.from({ length: 40 }, (_, n) => `unit-${n}`)
  const registerAll = async () => {
    const answers = await Promise.all(
      ids.map((id) => registerRaw({ ...rawDevice(world, id), symmetricKey: deriveDeviceKey(key, id) })),
    )
    return answers.map(({ body }) => body.registrationState)
  }
  const first = await registerAll()
  expect(new Set(first.map((state) => state?.assignedHub)).size).toBe(3)
  const second = await registerAll()
  expect(second.map((state) => state?.assignedHub)).toEqual(first.map((state) => state?.assignedHub))
  expect(second[0]).toMatchObject({ substatus: 'reprovisionedToInitialAssignment' })

  const read = await world.client.enrollmentGroups.get('fleet')
  await world.client.enrollmentGroups.createOrUpdate({
    ...read,
    allocationPolicy: 'static',
    iotHubs: ['plant-b.localhost'],
  })
  const moved = await registerAll()
  expect(new Set(moved.map((state) => state?.assignedHub))).toEqual(new Set(['plant-b.localhost']))
  const substatuses = moved.map((state, n) => [first[n]?.assignedHub, state?.substatus])
  for (const [hub, substatus] of substatuses) {
    expect(substatus).toBe(hub === 'plant-b.localhost' ? 'reprovisionedToInitialAssignment' : 'deviceDataMigrated')
  }
  const hubs = await operator(world, 'GET', 'hubs')
  expect(hubs).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: 'plant-b.localhost', devices: 40 }),
      expect.objectContaining({ name: 'plant-a.localhost', devices: 0 }),
    ]),
  )
})

test('the cloud’s pace makes a device poll, and its fidelity is terse', async () => {
  await using world = await startWorld({ config: { pace: 'cloud', fidelity: 'cloud' } })
  const ca = await enrolledCa(world)
  const device = await certified(world, ca, 'press-1')
  const first = await registerRaw(device)
  expect(first).toMatchObject({ status: 202, headers: { 'retry-after': '3' }, body: { status: 'assigning' } })
  expect(first.body.registrationState).toBeUndefined()
  const polled = await send(
    device,
    'GET',
    `/${device.idScope}/registrations/press-1/operations/${first.body.operationId}?api-version=2021-06-01`,
  )
  expect(polled).toMatchObject({ status: 200, body: { status: 'assigned' } })
  const stranger = await certified(world, await makeTestCa(world, 'Strange'), 'stranger')
  expect((await registerRaw(stranger)).body).toMatchObject({ errorCode: 401002, message: 'CA certificate not found.' })
  expect((await registerRaw({ ...device, apiVersion: '2099-01-01' })).status).toBe(400)
})

test('explain knows every attempt by its tracking id and by its registration id', async () => {
  await using world = await startWorld()
  const ca = await enrolledCa(world)
  await registerRaw(await certified(world, ca, 'press-1'))
  const refused = await registerRaw(rawDevice(world, 'press-1'))
  const attempts = await operator(world, 'GET', 'attempts?registrationId=press-1')
  expect(attempts.map((attempt: { outcome: string }) => attempt.outcome)).toEqual(['refused', 'assigned'])
  const story = await operator(world, 'GET', `attempts/${refused.body.trackingId}`)
  expect(story).toMatchObject({ registrationId: 'press-1', reason: 'credentials_missing', errorCode: 401002 })
  expect(JSON.stringify(attempts)).toContain('line-7')
})

test('metrics count registrations by outcome and reason, and tell when a group’s certificate expires', async () => {
  await using world = await startWorld()
  const ca = await enrolledCa(world)
  await registerRaw(await certified(world, ca, 'press-1'))
  await registerRaw(rawDevice(world, 'press-2'))
  const metrics = await (await fetch(`${world.connection.managementUrl}/metrics`)).text()
  expect(metrics).toContain(
    'landfall_registrations_total{outcome="assigned",reason="none",attestation="x509",transport="https"} 1',
  )
  expect(metrics).toMatch(/landfall_registrations_total\{outcome="refused",reason="credentials_missing",.*\} 1/)
  expect(metrics).toMatch(/landfall_group_certificate_not_after_seconds\{group="line-7",slot="primary"\} \d{10}/)
})

test('a hub that is made while the service runs is soon named by the server certificate', async () => {
  await using world = await startWorld()
  await operator(world, 'PUT', 'hubs/plant-c.localhost', {})
  const { rootPem, port } = rawDevice(world, 'x')
  const namedBy = () =>
    new Promise<string>((resolve) => {
      const socket = connectTls({ host: '127.0.0.1', port, ca: rootPem, servername: 'plant-c.localhost' })
      socket.once('secureConnect', () => resolve('named')).once('error', (error) => resolve(error.message))
      socket.once('close', () => resolve('closed')).once('secureConnect', () => socket.destroy())
    })
  await expect.poll(namedBy, { timeout: 20_000 }).toBe('named')
})

test('the server certificate has each name once', async () => {
  await using world = await startWorld()
  const { host, port, rootPem: ca } = rawDevice(world, 'anybody')
  const names = await new Promise<readonly string[]>((resolve, reject) => {
    const socket = connectTls({ host, port, ca, servername: 'localhost' }, () => {
      resolve(socket.getPeerX509Certificate()?.subjectAltName?.split(', ') ?? [])
      socket.destroy()
    }).once('error', reject)
  })
  expect(names).toContain('DNS:localhost')
  expect(names).toEqual([...new Set(names)])
})
