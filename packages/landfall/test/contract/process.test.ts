/** Issue 4, item 10: what the log of a service says and keeps silent about, and how it ends while devices wait. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { makeToken } from '../../src/sas/token.ts'
import { httpsFetch } from '../https-fetch.ts'
import { type ServiceProcess, serve } from '../process.ts'
import { type RawDevice, registerRaw } from '../raw-device.ts'
import { tokenOf } from './rig.ts'

const dir = mkdtempSync(join(tmpdir(), 'landfall-process-'))
const symmetricKey = Buffer.alloc(32, 5).toString('base64')
let service: ServiceProcess
let log = ''

// a program of its own, on a machine that may be busy
vi.setConfig({ testTimeout: 120_000 })

beforeAll(async () => {
  service = await serve(dir, '--dev', '--log-level', 'debug')
  service.child.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString()
  })
  const body = {
    attestation: { type: 'symmetricKey', symmetricKey: { primaryKey: symmetricKey, secondaryKey: symmetricKey } },
  }
  for (const id of ['dev-1', 'dev-2'])
    await ask('PUT', `/enrollments/${id}?api-version=2021-10-01`, ownerToken(), { registrationId: id, ...body })
}, 60_000)
afterAll(async () => {
  await service.end('SIGKILL')
  rmSync(dir, { recursive: true, force: true })
})

const ownerToken = () => tokenOf(service.connection.serviceConnectionString)

async function ask(method: string, path: string, authorization: string, body?: object) {
  const { rootCaPath, ports } = service.connection
  return httpsFetch(rootCaPath)(`https://localhost:${ports.https}${path}`, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
}

const device = (registrationId: string): RawDevice => ({
  host: 'localhost',
  port: service.connection.ports.https,
  rootPem: readFileSync(service.connection.rootCaPath, 'utf8'),
  idScope: service.connection.idScope,
  registrationId,
})

function mqtt(clientId: string, password: string | undefined) {
  const { idScope, ports } = service.connection
  return connectAsync({
    protocol: 'mqtts',
    host: 'localhost',
    port: ports.mqtt,
    ca: device(clientId).rootPem,
    clientId,
    username: `${idScope}/registrations/${clientId}/api-version=2019-03-31`,
    ...(password === undefined ? {} : { password }),
    reconnectPeriod: 0,
  })
}

function deviceToken(id: string): string {
  const resource = `${service.connection.idScope}/registrations/${id}`
  return makeToken({ resource, key: symmetricKey, expiry: Date.now() + 60_000, policyName: 'registration' })
}

test('every answer of every interface has a tracking id that stands in the log, and no secret does', async () => {
  const assigned = await registerRaw({ ...device('dev-1'), symmetricKey })
  const refused = await registerRaw({ ...device('dev-1'), symmetricKey: 'AAAA' })
  const answers = [
    await ask('GET', '/enrollments/nobody?api-version=2021-10-01', ownerToken()),
    await ask('GET', '/enrollments/nobody?api-version=2021-10-01', `${ownerToken()}x`),
    await ask('GET', '/landfall/certificates/nobody', ownerToken()),
    await ask('GET', '/devices/nobody?api-version=2021-04-12', tokenOf(service.connection.hubConnectionString)),
    await ask('GET', '/nothing-here', ''),
  ]
  await expect(mqtt('dev-1', deviceToken('dev-2'))).rejects.toMatchObject({ code: 5 })
  const ids = [
    assigned.headers['x-ms-request-id'],
    refused.body.trackingId,
    ...answers.map(({ headers }) => headers.get('x-ms-request-id')),
  ]
  for (const id of ids) await expect.poll(() => log, { message: `${id}` }).toContain(`"trackingId":"${id}"`)
  await expect.poll(() => log).toMatch(/"registrationId":"dev-1","transport":"mqtt".*"reason":"sas_wrong_scope"/)

  for (const line of log.trim().split('\n'))
    expect(JSON.parse(line)).toMatchObject({ level: expect.any(String), msg: expect.any(String) })
  const { serviceConnectionString, hubConnectionString } = service.connection
  const keys = [serviceConnectionString, hubConnectionString].map((text) => text.split('SharedAccessKey=')[1] ?? '')
  for (const secret of [symmetricKey, ...keys, 'sig=', 'SharedAccessSignature sr', 'PRIVATE KEY']) {
    expect(log).not.toContain(secret)
  }
})

test('a stop while devices wait: each gets its answer, and the exit code is 0', async () => {
  await fetch(`${service.connection.managementUrl}/faults`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ delayMs: 1500 }),
  })
  const client = await mqtt('dev-2', deviceToken('dev-2'))
  await client.subscribeAsync('$dps/registrations/res/#', { qos: 1 })
  const overMqtt = new Promise((resolve) => client.once('message', (topic) => resolve(topic)))
  await client.publishAsync('$dps/registrations/PUT/iotdps-register/?$rid=1', '{}', { qos: 1 })
  const overHttps = registerRaw({ ...device('dev-1'), symmetricKey })
  // a connection that was made later is served: the one before it has been read
  await expect.poll(async () => (await ask('GET', '/healthz', '')).status).toBe(200)
  const ended = service.end('SIGTERM')
  expect(await overHttps).toMatchObject({ status: 200, body: { status: 'assigned' } })
  expect(await overMqtt).toBe('$dps/registrations/res/200/?$rid=1')
  expect(await ended).toBe(0)
  await client.endAsync(true)
})
