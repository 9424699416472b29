import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HubWorld, startHubWorld } from '../../../test/hub-world.ts'

let world: HubWorld
beforeAll(async () => {
  world = await startHubWorld()
  await world.call('PUT /devices/d1', { body: {} })
})
afterAll(() => world[Symbol.asyncDispose]())

const base64Of32 = /^[A-Za-z0-9+/]{43}=$/
const codeOf = ({ status, headers }: { status: number; headers: Headers }) => [status, headers.get('iothub-errorcode')]

test('a module is created with keys, and shows every member that the SDKs read', async () => {
  const { status, headers, body } = await world.call('PUT /devices/d1/modules/camera', {
    body: { deviceId: 'd1', moduleId: 'camera', managedBy: 'me' },
  })
  expect(status).toBe(200)
  expect(body).toEqual({
    moduleId: 'camera',
    managedBy: 'me',
    deviceId: 'd1',
    generationId: expect.stringMatching(/^\d{18}$/),
    etag: expect.any(String),
    connectionState: 'Disconnected',
    connectionStateUpdatedTime: '0001-01-01T00:00:00',
    lastActivityTime: '0001-01-01T00:00:00',
    cloudToDeviceMessageCount: 0,
    authentication: {
      symmetricKey: {
        primaryKey: expect.stringMatching(base64Of32),
        secondaryKey: expect.stringMatching(base64Of32),
      },
      x509Thumbprint: { primaryThumbprint: null, secondaryThumbprint: null },
      type: 'sas',
    },
  })
  expect(headers.get('etag')).toBe(`"${body.etag}"`)
  expect((await world.call('GET /devices/d1/modules/camera')).body).toEqual(body)
  expect((await world.call('GET /devices/d1/modules')).body).toEqual([body])
})

test('keys are swapped under the etag, a stale one changes nothing', async () => {
  const { body: before } = await world.call('PUT /devices/d1/modules/swap', { body: {} })
  const { primaryKey, secondaryKey } = before.authentication.symmetricKey
  const swapped = { type: 'sas', symmetricKey: { primaryKey: secondaryKey, secondaryKey: primaryKey } }
  const update = (etag: string) =>
    world.call('PUT /devices/d1/modules/swap', {
      headers: { 'if-match': etag },
      body: { ...before, authentication: swapped },
    })
  expect(codeOf(await update('"bm8="'))).toEqual([412, 'PreconditionFailed'])
  const { body: after } = await update(`"${before.etag}"`)
  expect(after.authentication).toMatchObject(swapped)
  expect(after.etag).not.toBe(before.etag)
  expect((await update('"*"')).status).toBe(200)
})

test('refuses a module that is there, one of a device that is not, and to find what is neither', async () => {
  await world.call('PUT /devices/d1/modules/twice', { body: {} })
  expect(codeOf(await world.call('PUT /devices/d1/modules/twice', { body: {} }))).toEqual([
    409,
    'ModuleAlreadyExistsOnDevice',
  ])
  expect(codeOf(await world.call('PUT /devices/nobody/modules/m', { body: {} }))).toEqual([404, 'DeviceNotFound'])
  expect(codeOf(await world.call('GET /devices/nobody/modules'))).toEqual([404, 'DeviceNotFound'])
  for (const line of ['GET /devices/d1/modules/m', 'DELETE /devices/d1/modules/m', 'GET /twins/d1/modules/m'])
    expect(codeOf(await world.call(line))).toEqual([404, 'ModuleNotFound'])
  expect(codeOf(await world.call('PUT /devices/d1/modules/a%2Fb', { body: {} }))).toEqual([400, 'ArgumentInvalid'])
})

test('a twin of a module is its own, under its own versions', async () => {
  await world.call('PUT /devices/d1/modules/twin', { body: {} })
  const { body: first } = await world.call('GET /twins/d1/modules/twin')
  expect(first).toMatchObject({ deviceId: 'd1', moduleId: 'twin', version: 1, authenticationType: 'sas' })
  const { status, body } = await world.call('PATCH /twins/d1/modules/twin', {
    headers: { 'if-match': `"${first.etag}"` },
    body: { tags: { a: 1 }, properties: { desired: { speed: 5 } } },
  })
  expect([status, body.tags, body.properties.desired.speed, body.properties.desired.$version]).toEqual([
    200,
    { a: 1 },
    5,
    2,
  ])
  const stale = await world.call('PUT /twins/d1/modules/twin', { headers: { 'if-match': `"${first.etag}"` }, body: {} })
  expect(stale.status).toBe(412)
  expect((await world.call('GET /twins/d1')).body.tags).toBeUndefined()
})

test('a device has 50 modules at most', async () => {
  await world.call('PUT /devices/full', { body: {} })
  for (let number = 1; number <= 50; number++) await world.call(`PUT /devices/full/modules/m${number}`, { body: {} })
  expect(codeOf(await world.call('PUT /devices/full/modules/m51', { body: {} }))).toEqual([
    413,
    'TooManyModulesOnDevice',
  ])
  expect((await world.call('GET /devices/full/modules')).body).toHaveLength(50)
})

test('an edge device has $edgeAgent and $edgeHub, from when it is one until it is none', async () => {
  const modules = async () =>
    (await world.call('GET /devices/edge/modules')).body.map(({ moduleId }: { moduleId: string }) => moduleId)
  await world.call('PUT /devices/edge', { body: { capabilities: { iotEdge: true } } })
  expect(await modules()).toEqual(['$edgeAgent', '$edgeHub'])
  const update = (iotEdge: boolean) =>
    world.call('PUT /devices/edge', { headers: { 'if-match': '*' }, body: { capabilities: { iotEdge } } })
  await update(false)
  expect(await modules()).toEqual([])
  await update(true)
  expect(await modules()).toEqual(['$edgeAgent', '$edgeHub'])
  const { body } = await world.call('GET /devices/edge/modules/$edgeHub')
  expect(body.authentication.symmetricKey.primaryKey).toMatch(base64Of32)
})

test('a module goes with its device, and what was changed is in the audit log without keys', async () => {
  await world.call('PUT /devices/gone', { body: {} })
  await world.call('PUT /devices/gone/modules/m', { body: {} })
  await world.call('DELETE /devices/gone', { headers: { 'if-match': '*' } })
  await world.call('PUT /devices/gone', { body: {} })
  expect((await world.call('GET /devices/gone/modules')).body).toEqual([])
  const log = await world.store.audit({ limit: 100, id: 'gone/m' })
  expect(log.map(({ action, target }) => `${action} ${target.kind}`)).toEqual([
    'delete moduleTwin',
    'delete module',
    'create moduleTwin',
    'create module',
  ])
  expect(JSON.stringify(log)).toContain('secret:')
})

test.each([
  ['primaryKey', false, true],
  ['secondaryKey', true, false],
  ['both', false, false],
])('renews %s of devices and modules, each for itself', async (policyKey, keepsPrimary, keepsSecondary) => {
  const id = `renew-${policyKey}`
  const { body: device } = await world.call(`PUT /devices/${id}`, { body: { status: 'disabled' } })
  const { body: module } = await world.call(`PUT /devices/${id}/modules/m`, { body: {} })
  await world.call(`PUT /devices/${id}-x`, { body: { authentication: { type: 'certificateAuthority' } } })
  const items = [{ id }, { id, moduleId: 'm' }, { id: `${id}-x` }, { id: 'nobody' }]
  const { status, body } = await world.call('POST /devices/keys/regenerate', { body: { policyKey, devices: items } })
  expect([status, body.policyKey, body.rotatedKeys.length]).toEqual([207, policyKey, 2])
  expect(body.errors.map(({ id, errorCode }: { id: string; errorCode: string }) => [id, errorCode])).toEqual([
    [`${id}-x`, 'ArgumentInvalid'],
    ['nobody', 'DeviceNotFound'],
  ])
  for (const [number, was] of [device, module].entries()) {
    const before = was.authentication.symmetricKey
    const renewed = body.rotatedKeys[number]
    expect([renewed.primaryKey === undefined, renewed.secondaryKey === undefined]).toEqual([
      keepsPrimary,
      keepsSecondary,
    ])
    const path = number === 0 ? '' : '/modules/m'
    const after = (await world.call(`GET /devices/${id}${path}`)).body.authentication.symmetricKey
    expect(after).toMatchObject(Object.fromEntries(Object.entries(renewed).filter(([name]) => name.endsWith('Key'))))
    expect([after.primaryKey === before.primaryKey, after.secondaryKey === before.secondaryKey]).toEqual([
      keepsPrimary,
      keepsSecondary,
    ])
  }
  const { body: now } = await world.call(`GET /devices/${id}`)
  expect(now.status).toBe('disabled')
})

test.each([
  [{ policyKey: 'third', devices: [{ id: 'd1' }] }],
  [{ policyKey: 'both', devices: [] }],
  [{ policyKey: 'both' }],
])('refuses to renew keys by %j', async (body) => {
  expect((await world.call('POST /devices/keys/regenerate', { body })).status).toBe(400)
})
