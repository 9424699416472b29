import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { run } from '../sdk/run.ts'
import { enrolledCa, makeTestCa, proveRoot } from '../test-ca.ts'
import { startWorld, type World } from '../world.ts'

const example = (name: string) => join(import.meta.dirname, '../../../../examples', name)

const settings = ({ connection, host }: World) => ({
  IOT_PROVISIONING_SERVICE_CONNECTION_STRING: connection.serviceConnectionString,
  IOT_PROVISIONING_DEVICE_ENDPOINT: host,
  IOT_PROVISIONING_DEVICE_IDSCOPE: connection.idScope,
})

test('examples/enroll-group.ts creates the group and prints its two lines', async () => {
  await using world = await startWorld()
  const ca = await makeTestCa(world)
  await proveRoot(world, ca)
  const device = await ca.device('pump-12')
  const args = [example('enroll-group.ts'), device.leafOnly, 'plant-7']
  expect(await run(world, process.execPath, args, settings(world))).toMatchObject({
    code: 0,
    stdout: 'Initiating enrollment group creation...\nEnrollment group created.\n',
  })
  expect(await world.client.enrollmentGroups.get('plant-7')).toMatchObject({
    attestation: { x509: { signingCertificates: { primary: { info: { subjectName: 'CN=pump-12' } } } } },
  })
  expect(await run(world, process.execPath, args.slice(0, 1), settings(world))).toMatchObject({ code: 2 })
})

test.each(['device-http.ts', 'device-mqtt.ts'])('examples/%s registers a device with the public SDK', async (name) => {
  await using world = await startWorld({ standardPorts: true })
  const ca = await enrolledCa(world)
  const { chainPem, issued } = await ca.device('pump-12')
  writeFileSync(join(world.dir, 'pump-12.fullchain.pem'), chainPem)
  writeFileSync(join(world.dir, 'pump-12.key.pem'), issued.keyPem)
  const args = ['--no-deprecation', example(name), join(world.dir, 'pump-12')]
  const ran = await run(world, process.execPath, args, settings(world))
  expect(ran).toMatchObject({ code: 0, stdout: `pump-12 is assigned to ${world.host}\n` })
})
