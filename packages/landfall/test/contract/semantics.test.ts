/** contract/semantics 20, line by line, of a whole service: over HTTPS, with what then stands on the hub and in the record. */
import { attestation, type EnrollmentGroup } from 'landfall-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deriveDeviceKey } from '../../src/sas/key.ts'
import { realRandom } from '../../src/system.ts'
import {
  type Issued,
  issueDevice,
  issueIntermediate,
  issueRoot,
  issueSelfSigned,
  type Signer,
} from '../../src/x509/issue.ts'
import type { RawDevice } from '../raw-device.ts'
import { operator } from '../test-ca.ts'
import { type Rig, startRig } from './rig.ts'

let rig: Rig
let root: Issued
let upper: Issued
let lower: Issued

beforeAll(async () => {
  rig = await startRig()
  root = await issueRoot({ ...moment(), commonName: 'Root' })
  upper = await issueIntermediate({ ...moment(), commonName: 'Upper', ca: root })
  lower = await issueIntermediate({ ...moment(), commonName: 'Lower', ca: upper })
  await operator(rig.world, 'PUT', 'certificates/root', { certificate: root.pem, isVerified: true })
  for (const name of ['hub-a.localhost', 'hub-b.localhost']) {
    await operator(rig.world, 'PUT', `hubs/${name}`, { applyAllocationPolicy: false })
  }
})
afterAll(() => rig[Symbol.asyncDispose]())

const moment = () => ({ at: rig.world.clock.now(), random: realRandom })
const leaf = (registrationId: string, ca: Signer = lower, days = 30) =>
  issueDevice({ ...moment(), registrationId, ca, days })

/** What a device shows: its certificate, then whatever else it sends. */
const shows = (issued: Issued, ...more: readonly Issued[]): Partial<RawDevice> => ({
  certificate: [issued, ...more].map(({ pem }) => pem).join(''),
  key: issued.keyPem,
})
const group = (id: string, ca: Issued, more: Partial<EnrollmentGroup> = {}) =>
  rig.world.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: id,
    attestation: attestation.signingCertificate(ca.pem),
    ...more,
  })
const dropGroup = (id: string) => rig.world.client.enrollmentGroups.delete(id)
const identity = async (id: string) => (await rig.hub(`GET /devices/${encodeURIComponent(id)}`)).body
const twin = async (id: string) => (await rig.hub(`GET /twins/${encodeURIComponent(id)}`)).body
const record = (id: string) => rig.world.client.registrations.get(id)

describe('2, 4, 5, 18, 19 symmetric keys', () => {
  test('the primary, then at once the secondary key; the hub has both', async () => {
    const { primary, secondary } = await rig.keyedIndividual('sym-1')
    for (const symmetricKey of [primary, secondary, primary]) {
      expect((await rig.register('sym-1', { symmetricKey })).body).toMatchObject({ status: 'assigned' })
    }
    expect((await identity('sym-1')).authentication).toMatchObject({
      type: 'sas',
      symmetricKey: { primaryKey: primary, secondaryKey: secondary },
    })
  })

  test('keys derived from either key of a group; the hub has both derived ones; the group key itself is no device key', async () => {
    const { primary, secondary } = await rig.keyedGroup('keyed')
    const [first, second] = [deriveDeviceKey(primary, 'k-1'), deriveDeviceKey(secondary, 'k-1')]
    for (const symmetricKey of [first, second]) {
      expect((await rig.register('k-1', { symmetricKey })).body).toMatchObject({
        registrationState: { symmetricKey: { enrollmentGroupId: 'keyed' } },
      })
    }
    expect((await identity('k-1')).authentication.symmetricKey).toEqual({ primaryKey: first, secondaryKey: second })
    expect((await rig.register('k-1', { symmetricKey: primary })).body).toMatchObject({ errorCode: 401002 })
  })
})

test('7 two ids that differ by case are one record and one device; each hears its own spelling', async () => {
  const { primary } = await rig.keyedIndividual('Case-1')
  for (const id of ['Case-1', 'CASE-1', 'case-1']) {
    expect((await rig.register(id, { symmetricKey: primary })).body.registrationState).toMatchObject({
      registrationId: id,
      deviceId: 'Case-1',
    })
  }
  expect((await record('cASE-1')).registrationId.toLowerCase()).toBe('case-1')
  expect((await rig.hub('GET /devices/CASE-1')).status).toBe(404)
})

describe('9, 10 chains over TLS', () => {
  const parts = () => ({ root, upper, lower })
  type Part = keyof ReturnType<typeof parts>
  test.each<[string, Part, readonly Part[], string]>([
    ['36 group of the root, leaf alone', 'root', [], 'assigned'],
    ['37 group of the root, leaf and intermediate', 'root', ['upper'], 'assigned'],
    ['38 group of the lower CA, all but the root', 'lower', ['lower', 'upper'], 'assigned'],
    ['10 the same, shuffled and with the root', 'lower', ['root', 'upper', 'lower'], 'assigned'],
    ['10 the same, with a duplicate', 'lower', ['upper', 'lower', 'upper'], 'assigned'],
    ['39 group of the lower CA, upper CA missing', 'lower', ['lower'], 'anchor_unverified'],
    ['39 group of the root, upper CA missing', 'root', ['lower'], 'chain_incomplete'],
  ])('%s', async (title, anchor, sent, outcome) => {
    await group('chains', parts()[anchor])
    try {
      const ca = sent.includes('lower') ? lower : sent.includes('upper') ? upper : root
      const id = `chain-${title.replaceAll(/\W/g, '')}`
      const device = await leaf(id, ca)
      const { body } = await rig.register(id, shows(device, ...sent.map((part) => parts()[part])))
      expect(body.status ?? (body.info as { reason?: string } | undefined)?.reason).toBe(outcome)
      if (outcome !== 'assigned') return
      const { sha256Thumbprint } = device.certificate
      expect((await identity(id)).authentication).toMatchObject({
        type: 'selfSigned',
        x509Thumbprint: { primaryThumbprint: sha256Thumbprint, secondaryThumbprint: sha256Thumbprint },
      })
    } finally {
      await dropGroup('chains')
    }
  })
})

test('11, 16 the nearest entry wins, and a disabled one stops (45-48)', async () => {
  const device = await leaf('near-1')
  const register = async () => (await rig.register('near-1', shows(device, lower, upper))).body
  await group('g-root', root)
  await group('g-lower', lower, { provisioningStatus: 'disabled' })
  expect(await register()).toMatchObject({
    status: 'disabled',
    registrationState: { status: 'disabled', errorMessage: expect.stringMatching(/"g-lower".*"near-1"/) },
  })
  expect(await record('near-1')).toMatchObject({ status: 'disabled', etag: expect.any(String) })
  const read = await rig.world.client.enrollmentGroups.get('g-lower')
  await rig.world.client.enrollmentGroups.createOrUpdate({ ...read, provisioningStatus: 'enabled' })
  const above = await rig.world.client.enrollmentGroups.get('g-root')
  await rig.world.client.enrollmentGroups.createOrUpdate({ ...above, provisioningStatus: 'disabled' })
  expect(await register()).toMatchObject({ registrationState: { x509: { enrollmentGroupId: 'g-lower' } } })
  await dropGroup('g-lower')
  expect(await register()).toMatchObject({ status: 'disabled' })
  const again = await rig.world.client.enrollmentGroups.get('g-root')
  await rig.world.client.enrollmentGroups.createOrUpdate({ ...again, provisioningStatus: 'enabled' })
  expect(await register()).toMatchObject({ registrationState: { x509: { enrollmentGroupId: 'g-root' } } })
  await dropGroup('g-root')
})

test.each([
  ['of a symmetric key', 'wrong_attestation', () => attestation.symmetricKey()],
  ['of another certificate', 'certificate_differs', (pem: string) => attestation.clientCertificate(pem)],
])(
  '12, 14-17 an individual %s bars a member of a group until it is deleted; disabled, it says so',
  async (what, reason, demand) => {
    const id = `barred-${what.length}`
    await group('g-lower', lower)
    const device = await leaf(id)
    const register = async () => (await rig.register(id, shows(device, lower, upper))).body
    const individuals = rig.world.client.individualEnrollments
    const other = await issueSelfSigned({ ...moment(), registrationId: id })
    await individuals.createOrUpdate({ registrationId: id, attestation: demand(other.pem) })
    expect(await register()).toMatchObject({ errorCode: 401002, info: { reason } })
    await individuals.createOrUpdate({ ...(await individuals.get(id)), provisioningStatus: 'disabled' })
    expect(await register()).toMatchObject({ status: 'disabled' })
    await individuals.delete(id)
    expect(await register()).toMatchObject({ status: 'assigned' })
    await dropGroup('g-lower')
  },
)

test('13, 15, 18 an individual certificate: saved under any name, refused with another; primary and secondary both register', async () => {
  const [one, two] = [await issueSelfSigned({ ...moment(), registrationId: 'self-1' }), await leaf('self-1', root)]
  const individuals = rig.world.client.individualEnrollments
  await individuals.createOrUpdate({
    registrationId: 'self-1',
    attestation: attestation.clientCertificate(one.pem, two.pem),
  })
  await individuals.createOrUpdate({ registrationId: 'other-1', attestation: attestation.clientCertificate(one.pem) })
  expect((await rig.register('other-1', shows(one))).body).toMatchObject({ info: { reason: 'id_mismatch' } })
  for (const shown of [one, two]) {
    expect((await rig.register('self-1', shows(shown))).body.registrationState).toMatchObject({
      status: 'assigned',
      x509: {},
    })
    const { sha256Thumbprint } = shown.certificate
    expect((await identity('self-1')).authentication.x509Thumbprint).toEqual({
      primaryThumbprint: sha256Thumbprint,
      secondaryThumbprint: sha256Thumbprint,
    })
  }
  const renewed = await issueSelfSigned({ ...moment(), registrationId: 'self-1' })
  expect((await rig.register('self-1', shows(renewed))).body).toMatchObject({ info: { reason: 'certificate_differs' } })
})

test('20, 34, 36 the initial twin, a deleted record, and a device id that changed', async () => {
  const { primary: symmetricKey } = await rig.keyedIndividual('twinned-1', {
    deviceId: 'first-name',
    initialTwin: { tags: { line: 7 }, properties: { desired: { interval: 5, list: [1, null] } } },
    capabilities: { iotEdge: true },
  })
  await rig.register('twinned-1', { symmetricKey })
  expect(await twin('first-name')).toMatchObject({
    tags: { line: 7 },
    properties: { desired: { interval: 5, list: [1, null] } },
    capabilities: { iotEdge: true },
  })
  await rig.hub('PATCH /twins/first-name', { body: { properties: { desired: { interval: 9 } } } })
  await rig.world.client.registrations.delete('twinned-1')
  expect((await identity('first-name')).deviceId).toBe('first-name')
  expect((await rig.register('twinned-1', { symmetricKey })).body.registrationState).toMatchObject({
    substatus: 'reprovisionedToInitialAssignment',
  })
  expect((await twin('first-name')).properties.desired.interval).toBe(9)
  const read = await rig.world.client.individualEnrollments.get('twinned-1')
  await rig.world.client.individualEnrollments.createOrUpdate({ ...read, deviceId: 'second-name' })
  expect((await rig.register('twinned-1', { symmetricKey })).body.registrationState).toMatchObject({
    deviceId: 'second-name',
  })
  expect((await identity('first-name')).deviceId).toBe('first-name')
  expect((await twin('second-name')).properties.desired.interval).toBe(5)
})

test.each([
  ['2018-11-01', 'initialAssignment'],
  ['2019-03-31', 'initialAssignment'],
  ['2019-04-15', 'reprovisionedToInitialAssignment'],
  ['2021-06-01', 'reprovisionedToInitialAssignment'],
])('23 api-version %s sees a device that came back as %s', async (apiVersion, substatus) => {
  const id = `back-${apiVersion}`
  const { primary: symmetricKey } = await rig.keyedIndividual(id)
  expect((await rig.register(id, { symmetricKey, apiVersion })).body.registrationState).toMatchObject({
    substatus: 'initialAssignment',
  })
  expect((await rig.register(id, { symmetricKey, apiVersion })).body.registrationState).toMatchObject({ substatus })
  expect(await record(id)).toMatchObject({ substatus: 'reprovisionedToInitialAssignment' })
})

describe('22, 24, 25, 28-30 where a device goes', () => {
  const hubOf = (body: RawBody) => body.registrationState?.assignedHub
  type RawBody = Awaited<ReturnType<Rig['register']>>['body']
  const to = (hub: string) => ({ allocationPolicy: 'static', iotHubs: [hub] }) as const

  test.each([
    ['nothing said', undefined, '2021-06-01', 'hub-b.localhost', 'deviceDataMigrated'],
    ['nothing said, by a device of 2018-04-01', undefined, '2018-04-01', 'hub-a.localhost', 'initialAssignment'],
    ['migrate', [true, true], '2018-04-01', 'hub-b.localhost', 'deviceDataMigrated'],
    ['reset', [true, false], '2021-06-01', 'hub-b.localhost', 'deviceDataReset'],
    ['never, as C# and Java send by default', [false, false], '2021-06-01', 'hub-a.localhost', 'initialAssignment'],
  ] as const)('the hub was changed, and the policy is: %s', async (title, policy, apiVersion, hub, substatus) => {
    const id = `move-${title.replaceAll(/\W/g, '-')}-1`
    const reprovisionPolicy = policy && { updateHubAssignment: policy[0], migrateDeviceData: policy[1] }
    const initialTwin = { properties: { desired: { interval: 5 } } }
    const { primary: symmetricKey } = await rig.keyedIndividual(id, {
      ...to('hub-a.localhost'),
      reprovisionPolicy,
      initialTwin,
    })
    expect(hubOf((await rig.register(id, { symmetricKey, apiVersion })).body)).toBe('hub-a.localhost')
    const read = await rig.world.client.individualEnrollments.get(id)
    const { reprovisionPolicy: _, ...rest } = read
    await rig.world.client.individualEnrollments.createOrUpdate({
      ...rest,
      ...to('hub-b.localhost'),
      reprovisionPolicy,
    })
    const { body } = await rig.register(id, { symmetricKey, apiVersion })
    expect([hubOf(body), (await record(id)).substatus]).toEqual([hub, substatus])
    const counts = await operator(rig.world, 'GET', 'hubs')
    expect(counts.find(({ name }: { name: string }) => name === hub).devices).toBeGreaterThan(0)
  })

  test('29 no list follows hubs that come later; 28 one that is excluded gives its devices up when they come again', async () => {
    const { primary: symmetricKey } = await rig.keyedIndividual('drain-1')
    expect(hubOf((await rig.register('drain-1', { symmetricKey })).body)).toBe('127.0.0.1')
    await operator(rig.world, 'PATCH', 'hubs/hub-a.localhost', { applyAllocationPolicy: true })
    await operator(rig.world, 'PATCH', 'hubs/127.0.0.1', { applyAllocationPolicy: false })
    expect(hubOf((await rig.register('drain-1', { symmetricKey })).body)).toBe('hub-a.localhost')
    await operator(rig.world, 'PATCH', 'hubs/127.0.0.1', { applyAllocationPolicy: true })
    await operator(rig.world, 'PATCH', 'hubs/hub-a.localhost', { applyAllocationPolicy: false })
  })

  test.each([
    ['alone it names the hub', { iotHubHostName: 'hub-b.localhost' }, 'hub-b.localhost'],
    ['under static it does too', { iotHubHostName: 'hub-b.localhost', allocationPolicy: 'static' }, 'hub-b.localhost'],
    ['under hashed it is ignored', { iotHubHostName: 'hub-b.localhost', allocationPolicy: 'hashed' }, '127.0.0.1'],
  ] as const)('30 iotHubHostName: %s', async (title, more, hub) => {
    const id = `older-${title.replaceAll(/\W/g, '-')}`
    const { primary: symmetricKey } = await rig.keyedIndividual(id, more)
    expect(hubOf((await rig.register(id, { symmetricKey })).body)).toBe(hub)
    expect(await rig.world.client.individualEnrollments.get(id)).toMatchObject(more)
  })
})

test('17, 32 with no hub linked a registration is recorded as failed; linked again, it is as if nothing had been', async () => {
  const { primary: symmetricKey } = await rig.keyedIndividual('orphan-1')
  await rig.register('orphan-1', { symmetricKey })
  await rig.hub('PATCH /twins/orphan-1', { body: { tags: { kept: true } } })
  const names = ['127.0.0.1', 'hub-a.localhost', 'hub-b.localhost']
  for (const name of names) await operator(rig.world, 'PATCH', `hubs/${name}`, { linked: false })
  const { status, body } = await rig.register('orphan-1', { symmetricKey })
  expect([status, body.status, body.registrationState?.errorCode]).toEqual([200, 'failed', 400208])
  expect(body.registrationState?.errorMessage).toMatch(/"orphan-1".*landfall hub link/)
  expect(await record('orphan-1')).toMatchObject({ status: 'failed', errorCode: 400208, etag: expect.any(String) })
  for (const name of names) await operator(rig.world, 'PATCH', `hubs/${name}`, { linked: true })
  expect((await rig.register('orphan-1', { symmetricKey })).body).toMatchObject({ status: 'assigned' })
  expect((await twin('orphan-1')).tags).toEqual({ kept: true })
})

test('35 a deleted group leaves the records of its devices, and they are refused from then on', async () => {
  await group('leaving', lower)
  const device = await leaf('left-1')
  await rig.register('left-1', shows(device, lower, upper))
  await dropGroup('leaving')
  expect(await record('left-1')).toMatchObject({ status: 'assigned' })
  expect((await rig.register('left-1', shows(device, lower, upper))).body).toMatchObject({
    info: { reason: 'anchor_unknown' },
  })
})

test('38 times and etag are the same texts to the device and to the service API', async () => {
  const { primary: symmetricKey } = await rig.keyedIndividual('same-1')
  const { body } = await rig.register('same-1', { symmetricKey })
  const { createdDateTimeUtc, lastUpdatedDateTimeUtc, etag } = body.registrationState ?? {}
  const told = { createdDateTimeUtc, lastUpdatedDateTimeUtc, etag }
  expect(await record('same-1')).toMatchObject(told)
  const read = await rig.world.client.individualEnrollments.get('same-1')
  expect(read.registrationState).toMatchObject(told)
})

test('40 a CA that is verified, or deleted, counts from the next registration on', async () => {
  const other = await issueRoot({ ...moment(), commonName: 'Late root' })
  await operator(rig.world, 'PUT', 'certificates/late', { certificate: other.pem })
  await group('late', other)
  const device = await leaf('late-1', other)
  const register = async () => (await rig.register('late-1', shows(device))).body
  expect(await register()).toMatchObject({ info: { reason: 'anchor_unverified' } })
  await operator(rig.world, 'PUT', 'certificates/late', { certificate: other.pem, isVerified: true })
  expect(await register()).toMatchObject({ status: 'assigned' })
  await operator(rig.world, 'DELETE', 'certificates/late')
  expect(await register()).toMatchObject({ info: { reason: 'anchor_unverified' } })
})

describe('44 every refusal names the device and the remedy, and its story is kept', () => {
  type Refusal = () => Promise<Partial<RawDevice>>
  test.each<[string, string, Refusal]>([
    ['neither key nor certificate', 'credentials_missing', async () => ({})],
    ['an unknown scope', 'unknown_id_scope', async () => ({ idScope: '0neFFFFFFFF', symmetricKey: 'AAAA' })],
    [
      'a key that nobody knows',
      'unknown_enrollment',
      async () => ({ symmetricKey: Buffer.alloc(64).toString('base64') }),
    ],
    ['a chain that no group knows', 'anchor_unknown', async () => shows(await leaf('told-1'), lower, upper)],
    ['a certificate of another device', 'id_mismatch', async () => shows(await leaf('told-2', root))],
    ['an expired certificate', 'expired', async () => shows(await expired())],
    [
      'another id in the body',
      'body_id_differs',
      async () => ({ symmetricKey: 'AAAA', body: '{"registrationId":"x"}' }),
    ],
    ['a body that is no JSON', 'registration_malformed', async () => ({ symmetricKey: 'AAAA', body: '{' })],
    ['a body that is too large', 'body_too_large', async () => ({ symmetricKey: 'AAAA', body: 'x'.repeat(100_000) })],
  ])('%s', async (_title, reason, shown) => {
    await group('told', root)
    const device = await shown()
    if (reason === 'anchor_unknown') await dropGroup('told')
    const { status, body } = await rig.register('told-1', device)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(body).toMatchObject({ trackingId: expect.any(String), info: { reason } })
    if (reason !== 'body_too_large') expect(body.message).toContain('told-1')
    expect(body.message?.split('. ').length).toBeGreaterThan(1)
    const attempt = await operator(rig.world, 'GET', `attempts/${body.trackingId}`)
    expect(attempt).toMatchObject({ registrationId: 'told-1', outcome: 'refused', reason, message: body.message })
    if (reason !== 'anchor_unknown') await dropGroup('told')
  })

  const expired = () =>
    issueDevice({
      random: realRandom,
      at: rig.world.clock.now() - 3 * 86_400_000,
      registrationId: 'told-1',
      ca: root,
      days: 1,
    })
})
