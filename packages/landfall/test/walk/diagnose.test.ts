/** A dry run says what a registration would have said, and changes nothing. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { attestation } from 'landfall-client'
import { expect, test } from 'vitest'
import { deriveDeviceKey } from '../../src/sas/key.ts'
import { makeToken } from '../../src/sas/token.ts'
import { realRandom } from '../../src/system.ts'
import { issueDevice, issueIntermediate, issueRoot, issueSelfSigned } from '../../src/x509/issue.ts'
import { type RawDevice, registerRaw } from '../raw-device.ts'
import { enrolledCa, makeTestCa, operator } from '../test-ca.ts'
import { days, startWorld, type World } from '../world.ts'

const at = '2030-01-01T00:00:00Z'
const groupKey = Buffer.alloc(32, 'g').toString('base64')
const deviceKey = Buffer.alloc(32, 'd').toString('base64')
const otherKey = Buffer.alloc(32, 'o').toString('base64')

interface Broken {
  readonly id: string
  readonly chain?: string
  readonly key?: string
  readonly symmetricKey?: string
  /** What the dry run is to say beyond the reason. */
  readonly remedy?: RegExp
}

function rawDevice(world: World, { id, chain, key, symmetricKey }: Broken): RawDevice {
  const { rootCaPath, idScope, ports } = world.connection
  const rootPem = readFileSync(rootCaPath, 'utf8')
  const where = { host: '127.0.0.1', port: ports.https, rootPem, idScope, registrationId: id }
  return { ...where, certificate: chain, key, symmetricKey }
}

const diagnose = (world: World, body: object) => operator(world, 'POST', 'diagnose', body)

const keyGroup = (enrollmentGroupId: string, primaryKey: string) => ({
  enrollmentGroupId,
  attestation: { type: 'symmetricKey', symmetricKey: { primaryKey, secondaryKey: otherKey } } as const,
})

/** A service with enrollments of every kind, and for each title a device that it refuses. */
async function brokenDevices(world: World): Promise<Readonly<Record<string, Broken>>> {
  const now = world.clock.now()
  const common = { at: now, random: realRandom, days: 300 }
  const ca = await enrolledCa(world)
  const { enrollmentGroups, individualEnrollments } = world.client
  const device = async (id: string, signer = ca.intermediate, life = 30) =>
    issueDevice({ ...common, registrationId: id, ca: signer, days: life })
  const pem = (...chain: readonly { readonly pem: string }[]) => chain.map((one) => one.pem).join('')

  const middle = await issueIntermediate({ ...common, commonName: 'Middle', ca: ca.root })
  const low = await issueIntermediate({ ...common, commonName: 'Low', ca: middle })
  await enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'low',
    attestation: attestation.signingCertificate(low.pem),
  })
  const old = await issueIntermediate({ ...common, at: now - days(400), commonName: 'Old', ca: ca.root, days: 390 })
  await enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'old',
    attestation: attestation.signingCertificate(old.pem),
  })
  const unproven = await issueRoot({ ...common, commonName: 'Unproven' })
  await enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'unproven',
    attestation: attestation.signingCertificate(unproven.pem),
  })
  const barred = await issueIntermediate({ ...common, commonName: 'Barred', ca: ca.root })
  await enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'barred',
    attestation: attestation.signingCertificate(barred.pem),
    provisioningStatus: 'disabled',
  })
  await enrollmentGroups.createOrUpdate(keyGroup('meters', groupKey))
  await individualEnrollments.createOrUpdate({
    registrationId: 'single',
    attestation: { type: 'symmetricKey', symmetricKey: { primaryKey: deviceKey, secondaryKey: otherKey } },
  })
  const renewed = await issueSelfSigned({ ...common, registrationId: 'renewed' })
  await individualEnrollments.createOrUpdate({
    registrationId: 'renewed',
    attestation: { type: 'x509', x509: { clientCertificates: { primary: { certificate: renewed.pem } } } },
  })
  const strange = await makeTestCa(world, 'Strange')

  const lowly = await device('lowly', low)
  const aged = await device('aged', old)
  const named = await device('named')
  const unsure = await device('unsure', unproven)
  const out = await device('out', barred)
  const lost = await device('lost', await issueIntermediate({ ...common, commonName: 'Vanished', ca: ca.root }))
  const stranger = await strange.device('stranger')
  const ended = await device('ended', ca.intermediate, 1)
  const again = await issueSelfSigned({ ...common, registrationId: 'renewed' })
  const mixed = await device('single')
  const early = await issueDevice({ ...common, at: now + days(2), registrationId: 'early', ca: ca.intermediate })
  const leafCa = await issueDevice({ ...common, registrationId: 'child', ca: await device('parent') })
  world.clock.set(now + days(1) + 3_600_000)
  return {
    'an intermediate missing below a verified root': {
      id: 'lowly',
      chain: pem(lowly, low),
      key: lowly.keyPem,
      remedy: /"CN=Middle" was not sent; the enrollment group "low" is enrolled on "CN=Low"/,
    },
    'an intermediate that nobody knows': {
      id: 'lost',
      chain: lost.pem,
      key: lost.keyPem,
      remedy: /"CN=Vanished" was neither sent/,
    },
    'an intermediate that has expired': {
      id: 'aged',
      chain: pem(aged, old),
      key: aged.keyPem,
      remedy: /Renew "CN=Old"/,
    },
    'a common name that is another': {
      id: 'other',
      chain: pem(named, ca.intermediate),
      key: named.keyPem,
      remedy: /register as "named"/,
    },
    'an anchor that is not verified': {
      id: 'unsure',
      chain: unsure.pem,
      key: unsure.keyPem,
      remedy: /Verify "CN=Unproven"/,
    },
    'a group that is disabled': {
      id: 'out',
      chain: pem(out, barred),
      key: out.keyPem,
      remedy: /update barred --provisioning-status enabled/,
    },
    'a chain of strangers': {
      id: 'stranger',
      chain: stranger.chainPem + strange.root.pem,
      key: stranger.issued.keyPem,
      remedy: /Enroll its CA "CN=Strange root CA"/,
    },
    'a leaf that has expired': {
      id: 'ended',
      chain: pem(ended, ca.intermediate),
      key: ended.keyPem,
      remedy: /Renew the device's certificate/,
    },
    'a leaf that is not valid yet': { id: 'early', chain: pem(early, ca.intermediate), key: early.keyPem },
    'a renewed certificate that is not enrolled': {
      id: 'renewed',
      chain: again.pem,
      key: again.keyPem,
      remedy: /Was the certificate renewed\?/,
    },
    'a certificate where a key is demanded': {
      id: 'single',
      chain: pem(mixed, ca.intermediate),
      key: mixed.keyPem,
      remedy: /delete the individual enrollment/,
    },
    'a certificate issued by no CA': { id: 'child', chain: leafCa.pem, key: leafCa.keyPem },
    "a wrong key of one's own": {
      id: 'single',
      symmetricKey: groupKey,
      remedy: /key of the enrollment group "meters" itself/,
    },
    "the group's key itself": {
      id: 'meter-1',
      symmetricKey: groupKey,
      remedy: /compute-device-key --group meters --registration-id meter-1/,
    },
    'a key derived from another letter case': {
      id: 'meter-1',
      symmetricKey: deriveDeviceKey(groupKey, 'METER-1'),
      remedy: /derived from "METER-1", but the device registers as "meter-1"/,
    },
    'a key that nobody knows': { id: 'nobody', symmetricKey: otherKey.replace('b', 'c') },
    'nothing at all': { id: 'bare' },
  }
}

/** Every row of every table, read from a copy since the service has the file to itself, and attempts that may still wait. */
async function everything(world: World) {
  const attempts = await operator(world, 'GET', 'attempts?limit=200')
  const copy = mkdtempSync(join(tmpdir(), 'landfall-copy-'))
  for (const name of readdirSync(world.dir).filter((file) => /^landfall\.db(-wal)?$/.test(file)))
    copyFileSync(join(world.dir, name), join(copy, name))
  const database = new DatabaseSync(join(copy, 'landfall.db'))
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all()
  const rows = tables.map(({ name }) => [name, database.prepare(`SELECT * FROM "${name}"`).all()])
  database.close()
  rmSync(copy, { recursive: true })
  return { attempts, rows: Object.fromEntries(rows) }
}

test('the dry run refuses each broken device with the reason and the sentence of a real registration, and writes nothing', async () => {
  await using world = await startWorld({ at })
  const devices = await brokenDevices(world)
  const before = await everything(world)
  const rehearsed: Record<string, Record<string, unknown>> = {}
  for (const [title, { id, chain, symmetricKey }] of Object.entries(devices))
    rehearsed[title] = await diagnose(world, { registrationId: id, chain, symmetricKey })
  expect(await everything(world)).toEqual(before)

  for (const [title, device] of Object.entries(devices)) {
    const { body } = await registerRaw(rawDevice(world, device))
    const state = body.registrationState
    const real = { reason: body.info?.reason, message: body.message ?? state?.errorMessage }
    expect({ title, ...real }).toEqual({ title, reason: real.reason, message: rehearsed[title]?.message })
    expect([title, rehearsed[title]?.reason]).toEqual([title, real.reason ?? 'group_disabled'])
    if (device.remedy) expect([title, rehearsed[title]?.remedy]).toEqual([title, expect.stringMatching(device.remedy)])
    expect(JSON.stringify(rehearsed[title])).not.toContain(device.symmetricKey ?? 'PRIVATE KEY')
  }
})

test('a question that cannot be asked gets one clear sentence', async () => {
  await using world = await startWorld()
  const ca = await makeTestCa(world)
  const { issued, chainPem } = await ca.device('pump-12')
  const nameless = (await ca.device('x')).issued.pem.replace(/[A-Za-z0-9+/]{40}/, '!')
  const cases: readonly (readonly [object, RegExp])[] = [
    [{}, /Name the registrationId/],
    [{ registrationId: 'x', chain: 'nonsense' }, /chain cannot be read: the base64 holds neither/],
    [{ registrationId: 'x', chain: nameless }, /chain cannot be read/],
    [{ chain: chainPem + issued.keyPem }, /holds a private key/],
    [{ chain: Array.from({ length: 101 }, () => 'x') }, /fewer|more|must NOT/],
    [{ registrationId: 'x', symmetricKey: 'c2hvcnQ=' }, /16 to 64 bytes/],
    [{ registrationId: 'x', symmetricKey: groupKey, sasToken: 'x' }, /either symmetricKey or sasToken/],
    [{ registrationId: 'x', at: 'tomorrow' }, /ISO 8601/],
    [{ registrationId: 'x', at: '2030-13-01' }, /ISO 8601/],
    [{ registrationId: 'x', transport: 'pigeon' }, /transport/],
    [{ registrationId: ['x', 'y'] }, /registrationId/],
  ]
  for (const [body, sentence] of cases) await expect(diagnose(world, body)).rejects.toThrow(sentence)
})

test('a chain past the budget of a device is refused as a device is', async () => {
  await using world = await startWorld()
  const ca = await makeTestCa(world)
  const { issued } = await ca.device('pump-12')
  const long = Array.from({ length: 21 }, () => ca.root.pem)
  expect(await diagnose(world, { chain: [issued.pem, ...long] })).toMatchObject({ reason: 'chain_too_long' })
  const base64 = Buffer.from(issued.der).toString('base64')
  expect(await diagnose(world, { chain: base64 })).toMatchObject({
    registrationId: 'pump-12',
    chain: [{ from: 'sent' }],
  })
})

test('only who may read the management plane and the enrollments may ask', async () => {
  await using world = await startWorld()
  const ask = async (rights: readonly string[]) => {
    const name = rights.join('-').toLowerCase()
    await operator(world, 'PUT', `policies/${name}`, { rights })
    const { primaryKey } = await operator(world, 'GET', `policies/${name}?keys=true`)
    const [, resource = ''] = /HostName=([^;]+)/.exec(world.connection.serviceConnectionString) ?? []
    const authorization = makeToken({ resource, key: primaryKey, policyName: name, expiry: Date.now() + 60_000 })
    const answer = await world.fetch(`https://${world.authority}/landfall/diagnose`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ registrationId: 'x' }),
    })
    return answer.status
  }
  expect(await ask(['ServiceConfig', 'EnrollmentRead'])).toBe(200)
  expect(await ask(['ServiceConfig'])).toBe(403)
  expect(await ask(['EnrollmentRead', 'RegistrationStatusRead'])).toBe(401)
})

test('a preview tells how many devices a change of hubs or weights would move, and moves none', async () => {
  await using world = await startWorld()
  await world.client.enrollmentGroups.createOrUpdate(keyGroup('meters', groupKey))
  const ids = Array.from({ length: 60 }, (_, n) => `meter-${n}`)
  const registerAll = () =>
    Promise.all(ids.map((id) => registerRaw(rawDevice(world, { id, symmetricKey: deriveDeviceKey(groupKey, id) }))))
  await registerAll()
  const [{ name: own }] = await operator(world, 'GET', 'hubs')
  const preview = (hubs: readonly object[], more: object = {}) =>
    operator(world, 'POST', 'hubs/preview', { hubs, ...more })
  expect(await preview([{ name: own }])).toEqual({
    sampled: 60,
    moved: 0,
    byHub: [{ name: own, before: 60, after: 60 }],
    unassigned: { before: 0, after: 0 },
  })
  const two = await preview([{ name: own }, { name: 'plant-b.localhost' }])
  const there = two.byHub.find(({ name }: { name: string }) => name === 'plant-b.localhost').after
  expect(two).toMatchObject({ sampled: 60, moved: there })
  expect(await preview([])).toMatchObject({ moved: 60, unassigned: { before: 0, after: 60 } })
  expect(await preview([{ name: own, applyAllocationPolicy: false }])).toMatchObject({ moved: 60 })
  await expect(preview([{ name: own }, { name: own.toUpperCase() }])).rejects.toThrow(/named twice/)
  await expect(preview([{ name: own, weight: 0 }])).rejects.toThrow(/weight/)
  await expect(preview([{ name: 'no host' }])).rejects.toThrow(/no host name/)
  expect(await operator(world, 'GET', 'hubs')).toHaveLength(1)

  await operator(world, 'PUT', 'hubs/plant-b.localhost', {})
  await registerAll()
  const hubs = await operator(world, 'GET', 'hubs')
  expect(hubs.find(({ name }: { name: string }) => name === 'plant-b.localhost').devices).toBe(there)
})
