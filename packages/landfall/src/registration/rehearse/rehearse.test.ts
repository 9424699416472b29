import { expect, test } from 'vitest'
import {
  aKey,
  client,
  deriveDeviceKey,
  idScope,
  keys,
  makeWorld,
  references,
  signing,
  start,
  type World,
} from '../../../test/registration/world.ts'
import { someEndorsementKey } from '../../../test/tpm/known-key.ts'
import { realRandom as random } from '../../system.ts'
import { issueDevice, issueIntermediate, issueRoot, issueSelfSigned } from '../../x509/issue.ts'
import type { RehearsalOrder } from './rehearse.ts'

const common = { at: start, random, days: 100 }
const root = await issueRoot({ ...common, commonName: 'Plant Root' })
const line = await issueIntermediate({ ...common, commonName: 'Line 3', ca: root })
const pump = await issueDevice({ ...common, registrationId: 'pump-12', ca: line })

const orderOf = (world: World, id: string, more: Partial<RehearsalOrder> = {}): RehearsalOrder => ({
  registrationId: id,
  evidence: { certificates: [] },
  transport: 'mqtt',
  apiVersion: '2021-06-01',
  at: world.clock.now(),
  ...more,
})
const shows = (...chain: readonly { readonly der: Uint8Array }[]) => ({
  evidence: { certificates: chain.map(({ der }) => der) },
})

test('each certificate of the path has every rule it was held to, its section, and where it came from', async () => {
  await using world = await makeWorld()
  await world.ca('root', root.certificate)
  await world.group('line-3', signing(line.certificate))
  const { outcome, hub, chain } = await world.engine.rehearse(orderOf(world, 'pump-12', shows(pump, line)))
  expect([outcome, hub]).toEqual(['assigned', 'hub-a.example'])
  expect(chain.map(({ from, sent, groups, cas, verified }) => ({ from, sent, groups, cas, verified }))).toEqual([
    { from: 'sent', sent: true, groups: [], cas: [], verified: false },
    { from: 'sent', sent: true, groups: ['line-3'], cas: [], verified: false },
    { from: 'anchor', sent: false, groups: [], cas: ['root'], verified: true },
  ])
  expect(chain.every(({ rules }) => rules.every(({ ok, section }) => ok && section !== ''))).toBe(true)
  expect(chain[0]?.rules.map(({ rule }) => rule)).toContain('id_mismatch')
  expect(chain[1]?.rules.map(({ rule }) => rule)).toContain('not_a_ca')
  expect(chain[2]?.rules.map(({ rule }) => rule)).toContain('verified')
})

test('what fails after the first failure is marked too, certificate by certificate', async () => {
  await using world = await makeWorld()
  await world.ca('root', root.certificate)
  await world.group('line-3', signing(line.certificate))
  const at = start + 200 * 86_400_000
  const rehearsal = await world.engine.rehearse(orderOf(world, 'pump-13', { ...shows(pump, line), at }))
  expect(rehearsal).toMatchObject({ outcome: 'refused', fault: { reason: 'expired' } })
  expect(rehearsal.chain.map(({ rules }) => rules.filter(({ ok }) => !ok).map(({ rule }) => rule))).toEqual([
    ['expired', 'id_mismatch'],
    ['expired'],
    ['expired'],
  ])
})

test('a stored intermediate stands in for one that was not sent, and is told so', async () => {
  await using world = await makeWorld()
  await world.ca('root', root.certificate)
  await world.group('line-3', signing(line.certificate))
  const { chain } = await world.engine.rehearse(orderOf(world, 'pump-12', shows(pump)))
  expect(chain.map(({ from }) => from)).toEqual(['sent', 'stored', 'anchor'])
})

test('a path that was proven for a registration before is told rule by rule all the same', async () => {
  await using world = await makeWorld()
  await world.ca('root', root.certificate)
  await world.group('line-3', signing(line.certificate))
  await world.register('pump-12', shows(pump, line).evidence)
  const { chain } = await world.engine.rehearse(orderOf(world, 'pump-12', shows(pump, line)))
  expect(chain).toHaveLength(3)
})

test('an enrolled certificate, another one, and a chain where a key is demanded', async () => {
  await using world = await makeWorld()
  const own = await issueSelfSigned({ ...common, registrationId: 'own' })
  const renewed = await issueSelfSigned({ ...common, registrationId: 'own' })
  await world.individual('own', client(own.certificate))
  await world.individual('keyed', keys(aKey('a'), aKey('b')))
  expect(await world.engine.rehearse(orderOf(world, 'own', shows(own)))).toMatchObject({
    outcome: 'assigned',
    enrollment: { kind: 'individual', id: 'own' },
    chain: [{ from: 'sent' }],
  })
  const other = await world.engine.rehearse(orderOf(world, 'own', shows(renewed)))
  expect(other).toMatchObject({ fault: { reason: 'certificate_differs' }, remedy: expect.stringContaining('renewed') })
  expect(other.chain[0]?.rules.filter(({ ok }) => !ok)).toMatchObject([{ rule: 'certificate_differs' }])
  const wrong = await world.engine.rehearse(orderOf(world, 'keyed', shows(pump, line)))
  expect(wrong).toMatchObject({ fault: { reason: 'wrong_attestation' }, chain: [{ from: 'sent' }] })
})

const mixedUp: readonly (readonly [title: string, id: string, key: RehearsalOrder['key'], advice: string])[] = [
  ["the group's key", 'meter-1', { text: aKey('g'), derive: false }, 'key of the enrollment group "meters" itself'],
  [
    'a device key that is derived again',
    'meter-1',
    { text: deriveDeviceKey(aKey('g'), 'meter-1'), derive: true },
    'derived from that of the enrollment group "meters" already',
  ],
  ["an individual's own key that is derived", 'single', { text: aKey('a'), derive: true }, "device's own key"],
  [
    "a group's derived key where an individual enrollment decides",
    'single',
    { text: aKey('g'), derive: true },
    'individual enrollment, which decides alone',
  ],
  [
    'a key derived from the id in capitals',
    'meter-a',
    { text: deriveDeviceKey(aKey('g'), 'METER-A'), derive: false },
    'derived from "METER-A"',
  ],
  [
    'a key derived from the id capitalised',
    'meter-a',
    { text: deriveDeviceKey(aKey('g'), 'Meter-A'), derive: false },
    'derived from "Meter-A"',
  ],
]
test.each(mixedUp)('%s is recognised', async (_, id, key, advice) => {
  await using world = await makeWorld()
  await world.group('meters', keys(aKey('g'), aKey('h')))
  await world.individual('single', keys(aKey('a'), aKey('b')))
  const { outcome, remedy } = await world.engine.rehearse(orderOf(world, id, { key }))
  expect(outcome).toBe('refused')
  expect(remedy).toContain(advice)
})

test('without any proof, the enrollment says what it demands and where it leads', async () => {
  await using world = await makeWorld()
  await world.individual('keyed', keys(aKey('a'), aKey('b')))
  await world.individual('barred', keys(aKey('a'), aKey('b')), { provisioningStatus: 'disabled' })
  await world.individual('certified', client(pump.certificate))
  await world.individual('referring', references('root'))
  await world.individual('homeless', keys(aKey('a'), aKey('b')), { allocationPolicy: 'static' })
  await world.relink('hub-a.example', 'hub-b.example')
  await world.individual('chipped', { type: 'tpm', endorsementKey: someEndorsementKey })
  await world.group('meters', keys(aKey('g'), aKey('h')), { provisioningStatus: 'disabled' })
  const ask = (id: string, more: Partial<RehearsalOrder> = {}) => world.engine.rehearse(orderOf(world, id, more))
  expect(await ask('keyed')).toMatchObject({
    outcome: 'assigned',
    presumed: true,
    deviceId: 'keyed',
    hub: expect.any(String),
  })
  expect(await ask('barred')).toMatchObject({ outcome: 'disabled', fault: { reason: 'enrollment_disabled' } })
  expect(await ask('homeless')).toMatchObject({ outcome: 'failed', fault: { reason: 'no_hub' } })
  expect(await ask('chipped', { transport: 'https' })).toMatchObject({ outcome: 'assigned', deviceId: 'chipped' })
  expect(await ask('chipped')).toMatchObject({ fault: { reason: 'tpm_over_mqtt' } })
  expect(await ask('nobody')).toMatchObject({ outcome: 'refused', fault: { reason: 'credentials_missing' } })
  const demands = async (id: string) => (await ask(id)).trail.find(({ step }) => step === 'attestation')?.says
  expect(await demands('certified')).toMatch(/the certificate "CN=pump-12" \(SHA-256 [0-9A-F]{64}, until 20/)
  expect(await demands('referring')).toContain('issued below the CA certificate "root"')
})

test('a device that came in by a group is looked for there', async () => {
  await using world = await makeWorld()
  const group = keys(aKey('g'), aKey('h'))
  await world.group('meters', group)
  const token = world.token('meter-1', deriveDeviceKey(aKey('g'), 'meter-1'))
  await world.register('meter-1', { sasToken: token })
  const before = await world.record('meter-1')
  const { outcome, enrollment, trail } = await world.engine.rehearse(orderOf(world, 'meter-1'))
  expect([outcome, enrollment]).toEqual(['assigned', { kind: 'group', id: 'meters' }])
  expect(trail.at(-1)).toMatchObject({
    step: 'reprovisioning',
    says: expect.stringContaining('is on "hub-a.example" already'),
  })
  expect(await world.record('meter-1')).toEqual(before)
  expect(world.attempts).toHaveLength(1)
})

test('a scope, an id and a body that the service would refuse are refused here', async () => {
  await using world = await makeWorld()
  const ask = (more: Partial<RehearsalOrder>, id = 'x') => world.engine.rehearse(orderOf(world, id, more))
  expect(await ask({ idScope: '0neFFFFFFFF' })).toMatchObject({
    fault: { reason: 'unknown_id_scope' },
    remedy: expect.stringContaining('ID scope'),
  })
  expect(await ask({ idScope: idScope.toLowerCase() })).toMatchObject({ fault: { reason: 'credentials_missing' } })
  expect(await ask({}, 'ends with.')).toMatchObject({ fault: { reason: 'bad_id' }, chain: [] })
  expect(await ask({ bodyRegistrationId: 'y' })).toMatchObject({ fault: { reason: 'body_id_differs' } })
  const tpm = { certificates: [], tpm: { endorsementKey: 'AA==' } }
  expect(await ask({ evidence: tpm, transport: 'https' })).toMatchObject({
    fault: { reason: 'tpm_unknown_enrollment' },
  })
})

test('an endorsement key is compared with the enrolled one; that its TPM holds it is presumed', async () => {
  await using world = await makeWorld()
  await world.individual('chipped', { type: 'tpm', endorsementKey: someEndorsementKey })
  await world.individual('keyed', keys(aKey('a'), aKey('b')))
  const ask = (id: string, endorsementKey: string) =>
    world.engine.rehearse(
      orderOf(world, id, { transport: 'https', evidence: { certificates: [], tpm: { endorsementKey } } }),
    )
  expect(await ask('chipped', someEndorsementKey)).toMatchObject({
    outcome: 'assigned',
    presumed: true,
    hub: 'hub-a.example',
  })
  expect(await ask('chipped', 'AAAA')).toMatchObject({
    outcome: 'refused',
    fault: { reason: 'tpm_other_endorsement_key' },
    remedy: expect.stringContaining('landfall enrollment update chipped --endorsement-key'),
  })
  expect(await ask('keyed', someEndorsementKey)).toMatchObject({ fault: { reason: 'wrong_attestation' } })
  expect(world.attempts).toEqual([])
})
