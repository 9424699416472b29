/** The Python examples with the published packages, as examples/README.md says to run them. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { run } from '../sdk/run.ts'
import { enrolledCa, makeTestCa, proveRoot } from '../test-ca.ts'
import { startWorld } from '../world.ts'

const example = (name: string) => join(import.meta.dirname, '../../../../examples/python', name)

beforeAll(() => {
  try {
    execFileSync('python3', ['-c', 'import azure.iot.device, provisioningserviceclient'], { stdio: 'ignore' })
  } catch {
    throw new Error('The Python SDKs are missing: pip install -r examples/python/requirements.txt')
  }
})

test('enroll_group.py creates the group and prints its two lines', async () => {
  await using world = await startWorld()
  const ca = await makeTestCa(world)
  await proveRoot(world, ca)
  const certificate = join(world.dir, 'intermediate.cert.pem')
  writeFileSync(certificate, ca.intermediate.pem)
  const settings = { IOT_PROVISIONING_SERVICE_CONNECTION_STRING: world.connection.serviceConnectionString }
  const ran = await run(world, 'python3', [example('enroll_group.py'), certificate, 'plant-7'], settings)
  expect(ran).toMatchObject({ code: 0, stdout: 'Initiating enrollment group creation...\nEnrollment group created.\n' })
  expect((await world.client.enrollmentGroups.get('plant-7')).attestation.type).toBe('x509')
})

test('register_device.py registers a device of the group', async () => {
  await using world = await startWorld({ standardPorts: true })
  const ca = await enrolledCa(world)
  const { chainPem, issued } = await ca.device('pump-12')
  writeFileSync(join(world.dir, 'pump-12.fullchain.pem'), chainPem)
  writeFileSync(join(world.dir, 'pump-12.key.pem'), issued.keyPem)
  const settings = {
    IOT_PROVISIONING_DEVICE_ENDPOINT: world.host,
    IOT_PROVISIONING_DEVICE_IDSCOPE: world.connection.idScope,
  }
  const ran = await run(world, 'python3', [example('register_device.py'), join(world.dir, 'pump-12')], settings)
  expect(ran).toMatchObject({ code: 0, stdout: `pump-12 is assigned to ${world.host}\n` })
})
