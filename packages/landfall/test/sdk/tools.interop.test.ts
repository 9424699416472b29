/** The tools people reach for: curl, openssl s_client and mosquitto, with the one line of trust that docs/clients.md gives. */
import { execFileSync } from 'node:child_process'
import { attestation } from 'landfall-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeToken } from '../../src/sas/token.ts'
import { type DeviceFiles, enrolledCa, type TestCa } from '../test-ca.ts'
import { startWorld, type World } from '../world.ts'
import { run } from './run.ts'

let world: World
let ca: TestCa

beforeAll(async () => {
  for (const [tool, from] of [
    ['curl', 'curl'],
    ['openssl', 'openssl'],
    ['mosquitto_pub', 'mosquitto-clients'],
  ] as const)
    requireTool(tool, from)
  world = await startWorld()
  ca = await enrolledCa(world)
})
afterAll(() => world?.[Symbol.asyncDispose]())

function requireTool(tool: string, from: string): void {
  try {
    execFileSync('sh', ['-c', `command -v ${tool}`], { stdio: 'ignore' })
  } catch {
    throw new Error(`${tool} is missing: install the package "${from}" (apt-get install ${from}).`)
  }
}

const trust = () => world.connection.rootCaPath
const proof = ({ certificate, key }: DeviceFiles) => ['--cert', certificate, '--key', key]
const urlOf = (id: string) => `https://${world.authority}/${world.connection.idScope}/registrations/${id}`
const documented = ['-sS', '-L', '-H', 'Content-Type: application/json', '-H', 'Content-Encoding: utf-8']

test('curl registers as the public documentation types it, and asks for the operation and the record', async () => {
  const device = await ca.device('curl-1')
  const curl = async (...args: string[]) =>
    JSON.parse((await run(world, 'curl', [...documented, '--cacert', trust(), ...proof(device), ...args])).stdout)
  const body = ['-d', '{"registrationId":"curl-1"}']
  const registered = await curl('-X', 'PUT', ...body, `${urlOf('curl-1')}/register?api-version=2019-03-31`)
  expect(registered).toMatchObject({
    status: 'assigned',
    registrationState: { deviceId: 'curl-1', x509: { enrollmentGroupId: 'line-7' } },
  })
  const polled = await curl(
    '-X',
    'GET',
    `${urlOf('curl-1')}/operations/${registered.operationId}?api-version=2019-03-31`,
  )
  expect(polled).toEqual(registered)
  const looked = await curl('-X', 'POST', ...body, `${urlOf('curl-1')}?api-version=2019-03-31`)
  expect(looked).toEqual(registered.registrationState)
})

test('curl registers with a symmetric key', async () => {
  const enrollment = await world.client.individualEnrollments.createOrUpdate({
    registrationId: 'curl-2',
    attestation: attestation.symmetricKey(),
  })
  const resource = `${world.connection.idScope}/registrations/curl-2`
  const token = makeToken({
    resource,
    key: enrollment.attestation.symmetricKey?.primaryKey ?? '',
    expiry: Date.now() + 3_600_000,
    policyName: 'registration',
  })
  const { stdout } = await run(world, 'curl', [
    ...documented,
    '--cacert',
    trust(),
    '-H',
    `Authorization: ${token}`,
    '-X',
    'PUT',
    '-d',
    '{}',
    `${urlOf('curl-2')}/register?api-version=2021-06-01`,
  ])
  expect(JSON.parse(stdout)).toMatchObject({ status: 'assigned' })
})

test.each(['tls1_2', 'tls1_3'])(
  'openssl s_client verifies the server over %s and registers by hand',
  async (version) => {
    const device = await ca.device(`openssl-${version.replace('_', '-')}`)
    const id = device.issued.certificate.subject.commonName
    const path = `/${world.connection.idScope}/registrations/${id}/register?api-version=2021-06-01`
    const request = `PUT ${path} HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\n{}`
    const client = `openssl s_client -quiet -verify_return_error -verify_hostname localhost -connect 127.0.0.1:${world.connection.ports.https} -CAfile ${trust()} -cert ${device.leafOnly} -cert_chain ${device.certificate} -key ${device.key} -${version}`
    const { stdout } = await run(world, 'sh', ['-c', `(printf '${request}'; sleep 2) | ${client}`])
    expect(stdout).toContain('HTTP/1.1 200 OK')
    expect(stdout).toContain('"status":"assigned"')
  },
)

test('mosquitto_pub registers, although it leaves before the answer', async () => {
  const device = await ca.device('mosquitto-1')
  const user = `${world.connection.idScope}/registrations/mosquitto-1/api-version=2021-06-01`
  const tls = ['--cafile', trust(), ...proof(device), '-p', String(world.connection.ports.mqtt), '-h', 'localhost']
  const message = ['-t', '$dps/registrations/PUT/iotdps-register/?$rid=7', '-m', '{}', '-q', '1']
  const ran = await run(world, 'mosquitto_pub', [...tls, '-i', 'mosquitto-1', '-u', user, ...message])
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  await expect
    .poll(() => world.client.registrations.get('mosquitto-1').then(({ status }) => status, String))
    .toBe('assigned')
})
