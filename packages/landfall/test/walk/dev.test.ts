/** `serve --dev`: published credentials and a test CA, and a service that can be put into any state. */
import { readFileSync } from 'node:fs'
import { attestation } from 'landfall-client'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { realRandom } from '../../src/system.ts'
import { issueDevice, issuedOf, readKeyPair } from '../../src/x509/issue.ts'
import { readCertificates } from '../../src/x509/pem.ts'
import { type RawDevice, registerRaw } from '../raw-device.ts'
import { startWorld, type World } from '../world.ts'

const dev = { config: { dev: true } }

async function manage(world: World, method: string, path: string, body?: object) {
  const options = { method, headers: { 'content-type': 'application/json' }, body: body && JSON.stringify(body) }
  const answer = await fetch(`${world.connection.managementUrl}${path}`, body ? options : { method })
  return { status: answer.status, body: await answer.json() }
}

/** A device of the test CA, enrolled by a group on its root. */
async function deviceOfTestCa(world: World, registrationId: string): Promise<RawDevice> {
  const { testRootCertPath = '', testRootKeyPath = '', rootCaPath, idScope, ports } = world.connection
  const [root] = readCertificates(readFileSync(testRootCertPath, 'utf8'))
  if (!root) throw new Error('no test root')
  await world.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'of-the-test-ca',
    attestation: attestation.signingCertificate(readFileSync(testRootCertPath, 'utf8')),
  })
  const ca = issuedOf(root.der, readKeyPair(readFileSync(testRootKeyPath, 'utf8')))
  const { pem, keyPem } = await issueDevice({ registrationId, ca, at: world.clock.now(), random: realRandom })
  const rootPem = readFileSync(rootCaPath, 'utf8')
  return { host: '127.0.0.1', port: ports.https, rootPem, idScope, registrationId, certificate: pem, key: keyPem }
}

test('its id scope and keys are the same everywhere, without --dev they are not', async () => {
  await using one = await startWorld(dev)
  await using two = await startWorld(dev)
  await using other = await startWorld()
  const shown = ({ connection: { idScope, serviceConnectionString } }: World) => [
    idScope,
    serviceConnectionString.split(';').slice(1),
  ]
  expect(shown(one)).toEqual(shown(two))
  expect(shown(one)).not.toEqual(shown(other))
  expect(other.connection.testRootCertPath).toBeUndefined()
})

test('its test CA is verified, and its key is there to issue devices with', async () => {
  await using world = await startWorld(dev)
  const device = await deviceOfTestCa(world, 'dev-1')
  expect((await registerRaw(device)).body).toMatchObject({ status: 'assigned' })
})

test('it is refused on anything but loopback, since its keys are published', () => {
  const env = {}
  expect(() => loadConfig({ flags: { dev: true, host: '0.0.0.0' }, env })).toThrow(/published keys.*loopback/)
  expect(loadConfig({ flags: { dev: true, host: '127.0.0.1' }, env }).dev).toBe(true)
})

test('its clock can be set, its answers can be spoiled, and everything can be cleared', async () => {
  await using world = await startWorld(dev)
  const device = await deviceOfTestCa(world, 'dev-1')
  await registerRaw(device)

  await manage(world, 'PUT', '/clock', { now: new Date(Date.now() + 40 * 86_400_000).toISOString() })
  expect((await registerRaw(device)).body).toMatchObject({ info: { reason: 'expired' } })
  await manage(world, 'PUT', '/clock', { now: new Date().toISOString() })

  await manage(world, 'PUT', '/faults', { refuse: 'throttled' })
  expect(await registerRaw(device)).toMatchObject({ status: 429, body: { errorCode: 429001 } })
  await manage(world, 'PUT', '/faults', {})
  expect((await registerRaw(device)).body).toMatchObject({ status: 'assigned' })

  expect(await manage(world, 'POST', '/reset')).toMatchObject({ status: 200, body: { removed: 3 } })
  await expect(world.client.registrations.get('dev-1')).rejects.toMatchObject({ status: 404 })
})

test.each([
  ['/clock', { now: 'soon' }],
  ['/faults', { refuse: 'everything' }],
  ['/faults', { delayMs: -1 }],
  ['/faults', { share: 7 }],
])('PUT %s with %o is refused in a sentence', async (path, body) => {
  await using world = await startWorld(dev)
  expect(await manage(world, 'PUT', path, body)).toMatchObject({
    status: 400,
    body: { message: expect.stringMatching(/.+\./) },
  })
})
