/** docs/divergences.md: the rows that `--fidelity cloud` turns, asked of a service that runs either way. */
import { attestation } from 'landfall-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deriveDeviceKey } from '../../src/sas/key.ts'
import { realRandom } from '../../src/system.ts'
import { issueDevice, issueIntermediate, issueRoot } from '../../src/x509/issue.ts'
import { operator } from '../test-ca.ts'
import { type Rig, startRig } from './rig.ts'

describe.each(['landfall', 'cloud'] as const)('--fidelity %s', (fidelity) => {
  let rig: Rig
  beforeAll(async () => {
    rig = await startRig({ config: { fidelity } })
  })
  afterAll(() => rig[Symbol.asyncDispose]())
  const ours = fidelity === 'landfall'

  test('1 a refusal is explained, or bare', async () => {
    const { body } = await rig.register('nobody', { symmetricKey: Buffer.alloc(32).toString('base64') })
    expect(body).toMatchObject({ errorCode: 401002, trackingId: expect.any(String) })
    if (ours)
      expect(body).toMatchObject({
        message: expect.stringContaining('"nobody"'),
        info: { reason: 'unknown_enrollment' },
      })
    else expect(body).toMatchObject({ message: 'Unauthorized' })
    expect('info' in body).toBe(ours)
  })

  test('2 a disabled enrollment is told by name, or not', async () => {
    const { primary: symmetricKey } = await rig.keyedIndividual('off-1', { provisioningStatus: 'disabled' })
    const { body } = await rig.register('off-1', { symmetricKey })
    expect(body.status).toBe('disabled')
    expect(body.registrationState?.errorMessage !== undefined).toBe(ours)
  })

  test('4 a stored intermediate that was not sent completes a chain, or not', async () => {
    const at = rig.world.clock.now()
    const root = await issueRoot({ at, random: realRandom, commonName: 'Root' })
    const upper = await issueIntermediate({ at, random: realRandom, commonName: 'Upper', ca: root })
    const lower = await issueIntermediate({ at, random: realRandom, commonName: 'Lower', ca: upper })
    const leaf = await issueDevice({ at, random: realRandom, registrationId: 'chain-1', ca: lower })
    await operator(rig.world, 'PUT', 'certificates/root', { certificate: root.pem, isVerified: true })
    await operator(rig.world, 'PUT', 'certificates/upper', { certificate: upper.pem })
    await rig.world.client.enrollmentGroups.createOrUpdate({
      enrollmentGroupId: 'chain',
      attestation: attestation.signingCertificate(lower.pem),
    })
    const short = { certificate: leaf.pem + lower.pem, key: leaf.keyPem }
    expect((await rig.register('chain-1', short)).status).toBe(ours ? 200 : 401)
    const whole = { certificate: leaf.pem + lower.pem + upper.pem, key: leaf.keyPem }
    expect((await rig.register('chain-1', whole)).status).toBe(200)
  })

  test('5 a key derived from the id in lower case lets the id in upper case in, or not', async () => {
    const { primary } = await rig.keyedGroup('folded')
    const answer = await rig.register('FOLD-1', { symmetricKey: deriveDeviceKey(primary, 'fold-1') })
    expect(answer.status).toBe(ours ? 200 : 401)
  })

  test('9 a failed registration keeps the last good assignment, or forgets it', async () => {
    await operator(rig.world, 'PUT', 'hubs/second.localhost', {})
    const first = { allocationPolicy: 'static', iotHubs: ['127.0.0.1'] } as const
    const { primary: symmetricKey } = await rig.keyedIndividual('kept-1', first)
    await rig.register('kept-1', { symmetricKey })
    const edit = async (hub: string) =>
      rig.world.client.individualEnrollments.createOrUpdate({
        ...(await rig.world.client.individualEnrollments.get('kept-1')),
        iotHubs: [hub],
      })
    await edit('second.localhost')
    await operator(rig.world, 'PATCH', 'hubs/second.localhost', { linked: false })
    expect((await rig.register('kept-1', { symmetricKey })).body).toMatchObject({ status: 'failed' })
    await operator(rig.world, 'PATCH', 'hubs/second.localhost', { linked: true })
    expect((await rig.register('kept-1', { symmetricKey })).body.registrationState).toMatchObject({
      assignedHub: 'second.localhost',
      substatus: ours ? 'deviceDataMigrated' : 'initialAssignment',
    })
  })

  test('11, 12, 13, 17 warnings, conditions, versions and bulk updates', async () => {
    const body = { registrationId: 'bulk-1', attestation: { type: 'symmetricKey' }, allocationPolicy: 'static' }
    await operator(rig.world, 'PUT', 'hubs/third.localhost', {})
    const put = await rig.service('PUT /enrollments/bulk-1', { body })
    expect(put.headers['x-landfall-warning'] !== undefined).toBe(ours)
    const query = "SELECT * FROM enrollments WHERE registrationId = 'bulk-1'"
    const found = (await rig.service('POST /enrollments/query', { body: { query } })).body
    expect(found.length === 1).toBe(ours)
    const headers = { authorization: await rig.world.token() }
    expect((await rig.ask('GET /enrollments/bulk-1?api-version=2031-01-01', { headers })).status).toBe(ours ? 200 : 400)
    const updated = await rig.service('POST /enrollments', { body: { mode: 'update', enrollments: [body] } })
    expect(updated.body.isSuccessful).toBe(ours)
  })
})
