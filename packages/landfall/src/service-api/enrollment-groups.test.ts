import { expect, test } from 'vitest'
import { startServiceWorld } from '../../test/service-api/world.ts'
import { uploadCa } from '../enrollment/proof-of-possession.ts'
import type { JsonObject } from '../json.ts'
import type { Store } from '../store/store.ts'
import { realRandom } from '../system.ts'
import { type Issued, issueIntermediate, issueRoot, issueSelfSigned } from '../x509/issue.ts'

const at = Date.parse('2030-01-01T00:00:00Z')
const common = { at, random: realRandom }

const signing = (enrollmentGroupId: string, slots: object, more: object = {}) => ({
  enrollmentGroupId,
  attestation: { type: 'x509', x509: { signingCertificates: slots } },
  ...more,
})

const references = (enrollmentGroupId: string, names: object) => ({
  enrollmentGroupId,
  attestation: { type: 'x509', x509: { caReferences: names } },
})

async function upload(store: Store, name: string, { pem }: Issued, isVerified: boolean): Promise<void> {
  const { value } = uploadCa({ name, certificate: pem, isVerified }, undefined, common)
  await store.commit([{ put: 'caCertificate', value, expect: 'any' }])
}

test('creates a group on a root and copies the primary for show and use', async () => {
  await using world = await startServiceWorld()
  const root = await issueRoot({ ...common, commonName: 'Plant 7 CA' })
  await upload(world.store, 'plant-7', root, true)
  const put = await world.ask('PUT', '/enrollmentGroups/g', {
    json: signing('g', { primary: { certificate: root.pem } }, { capabilities: { iotEdge: true } }),
  })
  expect(put.status).toBe(200)
  expect(put.headers).not.toHaveProperty('x-landfall-warning')
  const { json } = await world.ask('GET', '/enrollmentGroups/G')
  expect(json).toEqual(put.json)
  expect(json).toMatchObject({ enrollmentGroupId: 'g', capabilities: { iotEdge: true } })
  const info = { subjectName: 'CN=Plant 7 CA', sha256Thumbprint: root.certificate.sha256Thumbprint, version: 3 }
  expect(json.attestation).toMatchObject({
    type: 'x509',
    x509: { signingCertificates: { primary: { info }, secondary: { info } } },
  })
  expect(JSON.stringify(json)).not.toContain('certificate"')
})

test('a second group of one certificate is refused, and told which group has it', async () => {
  await using world = await startServiceWorld()
  const root = await issueRoot({ ...common, commonName: 'Plant 7 CA' })
  const slots = { primary: { certificate: root.pem } }
  await world.ask('PUT', '/enrollmentGroups/line-1', { json: signing('line-1', slots) })
  const second = await world.ask('PUT', '/enrollmentGroups/line-2', { json: signing('line-2', slots) })
  expect(second).toMatchObject({ status: 409, json: { errorCode: 409204 } })
  expect(second.json.message).toContain('"CN=Plant 7 CA" is already that of the enrollment group "line-1"')
  const own = await world.ask('PUT', '/enrollmentGroups/line-1', {
    json: signing('line-1', slots),
    headers: { 'if-match': '*' },
  })
  expect(own.status).toBe(200)
})

test('of groups that are created at once on one certificate exactly one is', async () => {
  await using world = await startServiceWorld()
  const root = await issueRoot({ ...common, commonName: 'Plant 7 CA' })
  const create = (id: string) =>
    world.ask('PUT', `/enrollmentGroups/${id}`, { json: signing(id, { primary: { certificate: root.pem } }) })
  const raced = await Promise.all(['a', 'b', 'c', 'd'].map(create))
  expect(raced.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409])
})

test('a group goes over to a CA reference, unverified as it is, with a warning', async () => {
  await using world = await startServiceWorld()
  const root = await issueRoot({ ...common, commonName: 'Plant 7 CA' })
  await upload(world.store, 'Plant-7', root, false)
  await world.ask('PUT', '/enrollmentGroups/g', { json: signing('g', { primary: { certificate: root.pem } }) })
  const { status, json, headers } = await world.ask('PUT', '/enrollmentGroups/g', {
    json: references('g', { primary: 'plant-7' }),
    headers: { 'if-match': '*' },
  })
  expect(status).toBe(200)
  expect(json.attestation).toEqual({ type: 'x509', x509: { caReferences: { primary: 'plant-7' } } })
  expect(headers['x-landfall-warning']).toContain('is not verified')
})

test('a second group may name the same CA certificate, and is told of the first', async () => {
  await using world = await startServiceWorld()
  await upload(world.store, 'plant-7', await issueRoot({ ...common, commonName: 'Plant 7 CA' }), true)
  await world.ask('PUT', '/enrollmentGroups/g1', { json: references('g1', { primary: 'plant-7' }) })
  const second = await world.ask('PUT', '/enrollmentGroups/g2', { json: references('g2', { primary: 'plant-7' }) })
  expect(second.status).toBe(200)
  expect(second.headers['x-landfall-warning']).toContain('is that of the enrollment group "g1" too')
})

test('a reference to a CA certificate that is not there is refused by name', async () => {
  await using world = await startServiceWorld()
  const { json } = await world.ask('PUT', '/enrollmentGroups/g', { json: references('g', { primary: 'plant-7' }) })
  expect(json).toMatchObject({ errorCode: 400004, message: expect.stringContaining('"plant-7"') })
})

test('warns while neither the signing certificate nor one above it is verified', async () => {
  await using world = await startServiceWorld()
  const root = await issueRoot({ ...common, commonName: 'Root' })
  const middle = await issueIntermediate({ ...common, commonName: 'Middle', ca: root })
  const bottom = await issueIntermediate({ ...common, commonName: 'Bottom', ca: middle })
  const save = async () => {
    const json = signing('g', { primary: { certificate: bottom.pem } })
    const known = await world.ask('GET', '/enrollmentGroups/g')
    return world.ask('PUT', '/enrollmentGroups/g', { json, headers: known.status === 200 ? { 'if-match': '*' } : {} })
  }
  await upload(world.store, 'root', root, true)
  expect((await save()).headers['x-landfall-warning']).toContain('"CN=Bottom" is not verified')
  await upload(world.store, 'middle', middle, false)
  expect((await save()).headers).not.toHaveProperty('x-landfall-warning')
  await upload(world.store, 'root', root, false)
  expect((await save()).headers['x-landfall-warning']).toContain('"CN=Bottom" is not verified')
})

test('warns of a signing certificate that is no CA, and takes the first of a chain file', async () => {
  await using world = await startServiceWorld()
  const leaf = await issueSelfSigned({ ...common, registrationId: 'leaf' })
  const root = await issueRoot({ ...common, commonName: 'Root' })
  const { json, headers } = await world.ask('PUT', '/enrollmentGroups/g', {
    json: signing('g', { primary: { certificate: `${leaf.pem}${root.pem}` } }, { deviceId: 'x' }),
  })
  const warning = String(headers['x-landfall-warning'])
  expect(warning).toContain('holds 2 certificates; only the first, "CN=leaf", is used')
  expect(warning).toContain('is no CA certificate')
  expect(warning).toContain('deviceId is ignored')
  expect(JSON.stringify(json)).toContain('CN=leaf')
})

test('a symmetric-key group shows its keys to the attestation mechanism, in any letter case of the path', async () => {
  await using world = await startServiceWorld()
  const created = await world.ask('PUT', '/enrollmentGroups/g', {
    json: { enrollmentGroupId: 'g', attestation: { type: 'symmetricKey', symmetricKey: {} } },
  })
  const shown = created.json.attestation as JsonObject
  const asked = [
    await world.ask('POST', '/enrollmentgroups/g/attestationmechanism'),
    await world.ask('POST', '/enrollmentGroups/g/attestationmechanism', { json: {} }),
    await world.ask('POST', '/ENROLLMENTGROUPS/g/AttestationMechanism', {
      headers: { 'content-type': 'application/json' },
    }),
  ]
  for (const { status, json } of asked) expect({ status, json }).toEqual({ status: 200, json: shown })
  expect((await world.ask('GET', '/enrollmentGroups/g')).json.attestation).toEqual({ type: 'symmetricKey' })
})

test('a group is deleted once, and its code for absent and present is its own', async () => {
  await using world = await startServiceWorld()
  const json = { enrollmentGroupId: 'g', attestation: { type: 'symmetricKey' } }
  await world.ask('PUT', '/enrollmentGroups/g', { json })
  expect((await world.ask('PUT', '/enrollmentGroups/g', { json })).json.errorCode).toBe(409202)
  expect((await world.ask('DELETE', '/enrollmentGroups/g', { headers: { 'if-match': 'x' } })).status).toBe(412)
  expect(await world.ask('DELETE', '/enrollmentGroups/g')).toMatchObject({ status: 204, text: '' })
  expect((await world.ask('GET', '/enrollmentGroups/g')).json.errorCode).toBe(404202)
  expect((await world.ask('DELETE', '/enrollmentGroups/g')).json.errorCode).toBe(404202)
})
