/** contract/service-api 18, lines 9, 11 and 23: what edits of an enrollment mean to devices that register. */
import { attestation } from 'landfall-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { realRandom } from '../../src/system.ts'
import { type Issued, issueSelfSigned } from '../../src/x509/issue.ts'
import { operator } from '../test-ca.ts'
import { type Rig, startRig } from './rig.ts'

let rig: Rig

beforeAll(async () => {
  rig = await startRig()
})
afterAll(() => rig[Symbol.asyncDispose]())

const own = (registrationId: string): Promise<Issued> =>
  issueSelfSigned({ registrationId, at: rig.world.clock.now(), random: realRandom })
const statusOf = async (id: string, { pem, keyPem }: Issued) =>
  (await rig.register(id, { certificate: pem, key: keyPem })).body.status

test('9 an enrollment that is read and written back, with the info block alone, lets the same device in', async () => {
  const certificate = await own('back-1')
  await rig.world.client.individualEnrollments.createOrUpdate({
    registrationId: 'back-1',
    attestation: attestation.clientCertificate(certificate.pem),
  })
  const { body } = await rig.service('GET /enrollments/back-1')
  expect(JSON.stringify(body)).not.toContain('"certificate"')
  const { status, body: written } = await rig.service('PUT /enrollments/back-1', {
    headers: { 'if-match': body.etag },
    body: { ...body, initialTwin: { tags: { edited: true } } },
  })
  expect(status).toBe(200)
  expect(written.attestation).toEqual(body.attestation)
  expect(await statusOf('back-1', certificate)).toBe('assigned')
})

test('11 in a roll-over, the new primary and the old certificate as secondary both let the device in; then the new alone', async () => {
  const [old, renewed] = [await own('roll-1'), await own('roll-1')]
  await rig.world.client.individualEnrollments.createOrUpdate({
    registrationId: 'roll-1',
    attestation: attestation.clientCertificate(old.pem),
  })
  const { body } = await rig.service('GET /enrollments/roll-1')
  const { info } = body.attestation.x509.clientCertificates.primary
  const roll = async (etag: string, clientCertificates: object) =>
    rig.service('PUT /enrollments/roll-1', {
      headers: { 'if-match': etag },
      body: { registrationId: 'roll-1', attestation: { type: 'x509', x509: { clientCertificates } } },
    })
  const both = await roll(body.etag, { primary: { certificate: renewed.pem }, secondary: { info } })
  expect(both.status).toBe(200)
  for (const certificate of [old, renewed]) expect(await statusOf('roll-1', certificate)).toBe('assigned')
  const primary = { info: both.body.attestation.x509.clientCertificates.primary.info }
  expect((await roll(both.body.etag, { primary })).status).toBe(200)
  expect(await statusOf('roll-1', renewed)).toBe('assigned')
})

test('23 a record shows disabled, failed, assigned; an enrollment shows it on GET only, and unassigned before', async () => {
  const { primary: symmetricKey } = await rig.keyedIndividual('state-1')
  const shown = async () => (await rig.service('GET /enrollments/state-1')).body.registrationState
  const edit = async (change: object) => {
    const { registrationState: _, ...body } = (await rig.service('GET /enrollments/state-1')).body
    return rig.service('PUT /enrollments/state-1', { headers: { 'if-match': '*' }, body: { ...body, ...change } })
  }
  const recorded = async (status: string) => {
    await rig.register('state-1', { symmetricKey })
    const { body } = await rig.service('GET /registrations/state-1')
    expect(body).toMatchObject({ registrationId: 'state-1', status, etag: expect.any(String) })
    expect(await shown()).toMatchObject({ status, etag: body.etag })
  }
  expect(await shown()).toMatchObject({ status: 'unassigned' })
  expect((await edit({ provisioningStatus: 'disabled' })).body).not.toHaveProperty('registrationState')
  await recorded('disabled')
  await edit({ provisioningStatus: 'enabled' })
  await operator(rig.world, 'PATCH', 'hubs/127.0.0.1', { linked: false })
  await recorded('failed')
  await operator(rig.world, 'PATCH', 'hubs/127.0.0.1', { linked: true })
  await recorded('assigned')
  const query = await rig.service('POST /enrollments/query', { body: { query: '*' } })
  expect(query.body).toEqual(expect.arrayContaining([expect.objectContaining({ registrationId: 'state-1' })]))
  expect(JSON.stringify(query.body)).not.toContain('registrationState')
  await rig.world.client.registrations.delete('state-1')
  expect((await rig.service('GET /registrations/state-1')).status).toBe(404)
  await recorded('assigned')
})
