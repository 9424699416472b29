import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HubWorld, startHubWorld } from '../../../test/hub-world.ts'
import { StorageUnavailable } from '../../store/store.ts'
import { hubRefusalOf } from './errors.ts'

let world: HubWorld
beforeAll(async () => {
  world = await startHubWorld({ hosts: ['hub.alias'] })
  await world.call('PUT /devices/d1', { body: {} })
  await world.call('PUT /devices/d2', { body: { status: 'disabled' } })
})
afterAll(() => world[Symbol.asyncDispose]())

test('counts the devices of a hub', async () => {
  expect((await world.call('GET /statistics/devices')).body).toEqual({
    totalDeviceCount: 2,
    enabledDeviceCount: 1,
    disabledDeviceCount: 1,
  })
  expect((await world.call('GET /statistics/service')).body).toEqual({ connectedDeviceCount: 0 })
})

test('a device has no modules, and a module that is asked for is not found', async () => {
  expect((await world.call('GET /devices/d1/modules')).body).toEqual([])
  expect((await world.call('GET /devices/nobody/modules')).headers.get('iothub-errorcode')).toBe('DeviceNotFound')
  for (const line of ['GET /devices/d1/modules/m', 'DELETE /devices/d1/modules/m', 'GET /twins/d1/modules/m']) {
    const { status, headers } = await world.call(line)
    expect([status, headers.get('iothub-errorcode')]).toEqual([404, 'ModuleNotFound'])
  }
})

test.each([
  'POST /twins/d1/something/else',
  'DELETE /jobs/v2/j1',
  'GET /digitaltwins/d1',
  'GET /messages/serviceBound/feedback',
  'GET /statistics/everything',
])('%s says that this version does not serve it', async (line) => {
  const { status, headers, body } = await world.call(line)
  expect([status, headers.get('iothub-errorcode')]).toEqual([501, 'NotImplemented'])
  expect(body.Message).toContain('not served by this version')
})

test('import and export are refused with 400, as a hub without storage does', async () => {
  const { status, headers } = await world.call('POST /jobs/create', { body: { type: 'export' } })
  expect([status, headers.get('iothub-errorcode')]).toEqual([400, 'OperationNotAvailable'])
})

test('what is not served is not said to a stranger', async () => {
  expect((await world.call('GET /jobs', { authorization: '' })).status).toBe(401)
})

/** With a Host header of its own, which the built-in fetch does not send. */
async function statusFor(host: string, resource: string): Promise<number | undefined> {
  const [hub] = world.hubs
  const { url } = await world.fetch(`https://${hub.name}/devices/d1?api-version=2021-04-12`)
  const authorization = world.tokenOf({ ...hub, name: resource as typeof hub.name }, 'iothubowner')
  return new Promise((resolve, reject) => {
    request(url, { headers: { host, authorization } }, (answer) => resolve(answer.resume().statusCode))
      .once('error', reject)
      .end()
  })
}

test.each<[string, string, number]>([
  ['127.0.0.1', '127.0.0.1', 200],
  ['127.0.0.1:443', '127.0.0.1', 200],
  ['HUB.Alias:443', 'hub.alias', 200],
  ['hub.alias', '127.0.0.1', 200],
  ['localhost', '127.0.0.1', 401],
  ['localhost', 'localhost', 401],
  ['elsewhere.test', '127.0.0.1', 404],
])('Host: %s with a token of the first hub for %s is answered with %i', async (host, resource, status) => {
  expect(await statusFor(host, resource)).toBe(status)
})

test('a disk that cannot be written to is 503, and what nobody foresaw is 500 without its text', () => {
  const full = hubRefusalOf(new StorageUnavailable('the disk is full'), 'id-1')
  expect([full.status, full.code]).toEqual([503, 'ServiceUnavailable'])
  expect(full.message).toContain('the disk is full')
  const unforeseen = hubRefusalOf(new TypeError('secret'), 'id-1')
  expect([unforeseen.status, unforeseen.code]).toEqual([500, 'ServerError'])
  expect(unforeseen.message).not.toContain('secret')
  expect(unforeseen.message).toContain('id-1')
})

test('refusals are logged with their tracking id, and are no errors', async () => {
  await world.call('GET /devices/nobody')
  expect(world.logged.at(-1)).toEqual({ level: 'info', message: 'a request to the hub was refused' })
})
