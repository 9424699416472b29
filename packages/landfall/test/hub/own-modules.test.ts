/** A device looks after its own modules over REST, as IoT Edge and the tests of azure-iot-sdk-c do, and after nothing else. */
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeToken } from '../../src/sas/token.ts'
import { makeTestCa } from '../test-ca.ts'
import { startWorld, type World } from '../world.ts'
import { connectDevice, hub, makeDevice, makeModule } from './rig.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

interface Shown {
  readonly authorization?: string
  readonly cert?: Buffer
  readonly key?: Buffer
}

interface Asked {
  readonly body?: unknown
  readonly force?: boolean
}

interface Told {
  readonly status: number
  readonly code: string | undefined
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any
}

/** The api-version is that of IoT Edge. */
function ask({ cert, key, authorization }: Shown, line: string, { body, force }: Asked = {}): Promise<Told> {
  const [method, path] = line.split(' ')
  const { promise, resolve, reject } = Promise.withResolvers<Told>()
  const headers = { ...(authorization && { authorization }), ...(force && { 'if-match': '*' }) }
  const { rootCaPath, ports } = world.connection
  const order = { host: world.host, port: ports.https, method, path: `${path}?api-version=2017-11-08-preview` }
  const sent = request({ ...order, headers, ca: readFileSync(rootCaPath), cert, key, agent: false }, async (answer) => {
    const text = Buffer.concat(await answer.toArray()).toString()
    const code = answer.headers['iothub-errorcode'] as string | undefined
    resolve({ status: answer.statusCode ?? 0, code, body: text === '' ? undefined : JSON.parse(text) })
  })
  sent.once('error', reject)
  sent.end(body === undefined || method === 'GET' || method === 'DELETE' ? undefined : JSON.stringify(body))
  return promise
}

const byKey = (path: string, key: string, more: { expiry?: number; policyName?: string } = {}): Shown => ({
  authorization: makeToken({ resource: `${world.host}/devices/${path}`, key, expiry: Date.now() + 3600_000, ...more }),
})

const refused = { status: 401, code: 'IotHubUnauthorizedAccess' }

// as azure-iot-sdk-c does in testtools/iothub_test: without authentication first, with keys then
test('by its key it makes, changes, reads, lists and deletes them, and they come in', async () => {
  const deviceId = 'keeper'
  const me = byKey(deviceId, await makeDevice(world, deviceId))
  const path = `/devices/${deviceId}/modules/m`
  const named = { deviceId, moduleId: 'm' }
  const none = { ...named, managedBy: 'a', authentication: { type: 'none' } }
  expect(await ask(me, `PUT ${path}`, { body: none })).toMatchObject({
    status: 200,
    body: { ...named, managedBy: 'a' },
  })
  expect(await ask(me, `PUT ${path}`, { body: none })).toMatchObject({ status: 409 })
  const authentication = { type: 'sas', symmetricKey: { primaryKey: '', secondaryKey: '' } }
  await ask(me, `PUT ${path}`, { body: { ...named, managedBy: 'b', authentication }, force: true })
  const { body: module } = await ask(me, `GET ${path}`)
  expect(module).toMatchObject({ managedBy: 'b', authentication: { type: 'sas' } })
  expect((await ask(me, `GET /devices/${deviceId}/modules`)).body).toEqual([module])
  const { primaryKey: deviceKey } = module.authentication.symmetricKey
  const { client, gone } = await connectDevice(world, { deviceId, moduleId: 'm', deviceKey })
  expect(await ask(me, `DELETE ${path}`, { force: true })).toMatchObject({ status: 204 })
  await gone
  client.end()
  expect(await ask(me, `GET ${path}`)).toMatchObject({ status: 404, code: 'ModuleNotFound' })
})

test('by its certificate it does, and with that of another device it does not', async () => {
  const ca = await makeTestCa(world)
  const paperOf = async (name: string) => {
    const { certificate, key, issued } = await ca.device(name)
    const shown = { cert: readFileSync(certificate), key: readFileSync(key) }
    return { shown, thumbprint: issued.certificate.sha256Thumbprint }
  }
  const [own, other] = await Promise.all([paperOf('printed'), paperOf('stranger')])
  const x509Thumbprint = { primaryThumbprint: own.thumbprint }
  await makeDevice(world, 'printed', { authentication: { type: 'selfSigned', x509Thumbprint } })
  const line = 'PUT /devices/printed/modules/m'
  expect(await ask(other.shown, line, { body: {} })).toMatchObject(refused)
  expect(await ask(own.shown, line, { body: {} })).toMatchObject({ status: 200 })
  // a token counts before a certificate
  const wrong = { ...own.shown, ...byKey('printed', 'AAAA') }
  expect(await ask(wrong, 'GET /devices/printed/modules')).toMatchObject(refused)
})

const lines = (deviceId: string) =>
  ['GET', 'PUT', 'DELETE']
    .map((method) => `${method} /devices/${deviceId}/modules/m`)
    .concat(`GET /devices/${deviceId}/modules`)

interface Keys {
  readonly own: string
  readonly other: string
  readonly module: string
  /** Of the hub's policy "device". */
  readonly policy: string
}

test.each<[string, (keys: Keys) => Shown]>([
  ["another device's key and name", ({ other }) => byKey('stranger', other)],
  ["another device's key, for a token that names this one", ({ other }) => byKey('keeps', other)],
  ['the key of its module', ({ module }) => byKey('keeps/modules/m', module)],
  ['the key of its module, for a token that names the device', ({ module }) => byKey('keeps', module)],
  ['a name that begins as another', ({ own }) => byKey('keep', own)],
  ['a token that has expired', ({ own }) => byKey('keeps', own, { expiry: Date.now() - 3600_000 })],
  ['a policy that may connect devices only', ({ policy }) => byKey('keeps', policy, { policyName: 'device' })],
  ['a policy that is none', ({ own }) => byKey('keeps', own, { policyName: 'keeps' })],
  ['nothing at all', () => ({})],
])('%s is refused with 401, and nothing is changed', async (_what, shown) => {
  const own = await keyOf('keeps')
  const other = await keyOf('stranger')
  const { body: before } = await hub(world, 'GET /devices/keeps/modules')
  const module = before[0].authentication.symmetricKey.primaryKey
  const me = shown({ own, other, module, policy: await devicePolicyKey() })
  for (const line of lines('keeps'))
    expect([line, await ask(me, line, { body: {}, force: true })]).toMatchObject([line, refused])
  expect((await hub(world, 'GET /devices/keeps/modules')).body).toEqual(before)
})

async function askOperator(path: string) {
  const headers = { authorization: await world.token() }
  const answer = await world.fetch(`https://${world.authority}/landfall${path}`, { headers })
  return answer.json()
}

async function devicePolicyKey(): Promise<string> {
  const { connectionStrings } = await askOperator(`/hubs/${world.host}?keys=true`)
  return /SharedAccessKeyName=device;SharedAccessKey=([^"]+)"/.exec(JSON.stringify(connectionStrings))?.[1] ?? ''
}

/** Made where it is not there, `keeps` with its module. */
async function keyOf(deviceId: string): Promise<string> {
  const there = await hub(world, `GET /devices/${deviceId}`)
  if (there.status === 200) return there.body.authentication.symmetricKey.primaryKey
  const key = await makeDevice(world, deviceId)
  if (deviceId === 'keeps') await makeModule(world, deviceId, 'm')
  return key
}

test('a device that is disabled, or is not there, is refused with 401', async () => {
  const key = await makeDevice(world, 'off', { status: 'disabled' })
  for (const line of lines('off')) expect(await ask(byKey('off', key), line, { body: {} })).toMatchObject(refused)
  for (const line of lines('nobody')) expect(await ask(byKey('nobody', key), line, { body: {} })).toMatchObject(refused)
})

test.each([
  'GET /devices',
  'POST /devices',
  'GET /devices/modest',
  'PUT /devices/modest',
  'DELETE /devices/modest',
  'POST /devices/keys/regenerate',
  'POST /devices/modest/applyConfigurationContent',
  'DELETE /devices/modest/commands',
  'GET /twins/modest',
  'PATCH /twins/modest',
  'GET /twins/modest/modules/m',
  'PATCH /twins/modest/modules/m',
  'POST /twins/modest/methods',
  'POST /twins/modest/modules/m/methods',
  'POST /devices/query',
  'GET /statistics/devices',
  'GET /configurations',
  'GET /jobs/v2/query',
])('its own key does not open %s', async (line) => {
  const key = await keyOf('modest')
  for (const me of [
    byKey('modest', key),
    { authorization: makeToken({ resource: world.host, key, expiry: Date.now() + 1e6 }) },
  ])
    expect(await ask(me, line, { body: {}, force: true })).toMatchObject(refused)
})

test('the audit log says which device it was', async () => {
  const key = await makeDevice(world, 'told')
  await ask(byKey('told', key), 'PUT /devices/told/modules/m', { body: {} })
  const { items } = await askOperator('/audit?kind=module&limit=1')
  expect(items[0]).toMatchObject({
    action: 'create',
    actor: { kind: 'device', name: 'told', hub: world.host },
  })
})

test('why it is disabled, a device is told that proves itself, and no stranger', async () => {
  const key = await makeDevice(world, 'barred', { status: 'disabled', statusReason: 'stolen in May' })
  const told = async (shown: Shown) => {
    const { status, body } = await ask(shown, 'GET /devices/barred/modules')
    expect(status).toBe(401)
    expect(body.Message).toContain('is disabled on the hub')
    return body.Message.includes('stolen in May')
  }
  expect(await told(byKey('barred', key))).toBe(true)
  expect(await told(byKey('barred', 'AAAA'))).toBe(false)
})
