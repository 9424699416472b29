/** The published Python SDKs, unmodified: azure-iot-device over MQTT and WebSocket, the service client 1.2.0 over HTTPS. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { attestation } from 'landfall-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { enrolledCa, makeTestCa, type TestCa } from '../test-ca.ts'
import { someEndorsementKey } from '../tpm/known-key.ts'
import { startWorld, type World } from '../world.ts'
import { run } from './run.ts'

let world: World
let ca: TestCa

beforeAll(async () => {
  requirePython()
  world = await startWorld({ standardPorts: true })
  if (world.connection.ports.https !== 443)
    throw new Error(
      'The Python device SDK dials 443 and 8883 only, and this user may not bind them: run as root, or `sysctl net.ipv4.ip_unprivileged_port_start=443`.',
    )
  ca = await enrolledCa(world)
})
afterAll(() => world?.[Symbol.asyncDispose]())

function requirePython(): void {
  try {
    execFileSync('python3', ['-c', 'import azure.iot.device, provisioningserviceclient'], { stdio: 'ignore' })
  } catch {
    throw new Error(
      'The Python SDKs are missing: pip install -r packages/landfall/test/sdk/python/requirements.txt (with Python 3.10 to 3.12 on the PATH).',
    )
  }
}

async function python(script: string, order: object) {
  const ran = await run(world, 'python3', [join(import.meta.dirname, 'python', script), JSON.stringify(order)])
  const last = ran.stdout.trim().split('\n').at(-1) ?? ''
  if (!last.startsWith('{')) throw new Error(`${script} ended with ${ran.code}: ${ran.stdout}${ran.stderr}`)
  return JSON.parse(last)
}

const register = (order: object) =>
  python('device_client.py', { host: world.host, idScope: world.connection.idScope, ...order })

describe.each(['mqtt', 'mqttWs'])('over %s', (transport) => {
  test('a device of an X.509 group registers', async () => {
    const registrationId = `py-x509-${transport}`
    const { certificate, key } = await ca.device(registrationId)
    const { result } = await register({ registrationId, transport, certificate, key, payload: { model: 'π€' } })
    expect(result).toMatchObject({
      status: 'assigned',
      deviceId: registrationId,
      assignedHub: world.host,
      substatus: 'initialAssignment',
    })
  })

  test('a device with a symmetric key registers', async () => {
    const registrationId = `py:sym-${transport}`
    const enrollment = await world.client.individualEnrollments.createOrUpdate({
      registrationId,
      attestation: attestation.symmetricKey(),
    })
    const { result } = await register({
      registrationId,
      transport,
      symmetricKey: enrollment.attestation.symmetricKey?.primaryKey,
    })
    expect(result).toMatchObject({ status: 'assigned', deviceId: registrationId })
  })

  test('a stranger is refused', async () => {
    const registrationId = `py-stranger-${transport}`
    const { certificate, key } = await (await makeTestCa(world, 'Strange')).device(registrationId)
    const { error } = await register({ registrationId, transport, certificate, key })
    expect(error.cause).toContain('401')
  })
})

test('the service client 1.2.0 walks: create, read, update, query, delete', async () => {
  const signingCertificate = join(world.dir, 'python-signing.pem')
  writeFileSync(signingCertificate, (await makeTestCa(world, 'Python')).intermediate.pem)
  const outcome = await python('service_client.py', {
    connectionString: world.connection.serviceConnectionString,
    groupId: 'python-group',
    signingCertificate,
    endorsementKey: someEndorsementKey,
  })
  expect(outcome).toMatchObject({
    group: { id: 'python-group', status: 'enabled', etag: true },
    tpm: { kept: true, deviceId: 'py-tpm-device' },
    badTpm: { code: 400004 },
    updated: 'disabled',
    keyLength: 88,
    missing: { message: 'Service Error 404 - Not Found', code: 404201 },
    deleted: { code: 404202 },
  })
  expect(outcome.listed).toContain('python-group')
})
