import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { attestation } from 'landfall-client'
import { expect, test } from 'vitest'
import { deriveDeviceKey } from '../../src/sas/key.ts'
import { registerBySdk } from '../sdk/register.ts'
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

test('examples/allocation-webhook.ts chooses the hub of a device, and gives it its site', async () => {
  await using world = await startWorld({ standardPorts: true })
  const webhook = spawn(process.execPath, [example('allocation-webhook.ts'), '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  webhook.stdout.on('data', (chunk: Buffer) => {
    said += chunk
  })
  try {
    await once(webhook.stdout, 'data')
    const { attestation: made } = await world.client.enrollmentGroups.createOrUpdate({
      enrollmentGroupId: 'line-7',
      attestation: attestation.symmetricKey(),
      allocationPolicy: 'custom',
      customAllocationDefinition: {
        webhookUrl: `${/http:\S+/.exec(said)?.[0]}/allocate?code=KEY`,
        apiVersion: '2021-10-01',
      },
    })
    const symmetricKey = deriveDeviceKey(made.symmetricKey?.primaryKey ?? '', 'press-1')
    const order = { registrationId: 'press-1', transport: 'http', symmetricKey, payload: { site: 'north' } } as const
    expect(await registerBySdk(world, order)).toMatchObject({
      result: { status: 'assigned', assignedHub: world.host, payload: { site: 'north' } },
    })
  } finally {
    webhook.kill()
  }
  await once(webhook, 'close')
  expect(said).toContain(`press-1 goes to ${world.host}\n`)
})
