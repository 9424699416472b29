/** The published hub SDK's Registry against the embedded hub: every call it has that this version serves. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { shows } from '../compatibility/shows.ts'
import { startWorld, type World } from '../world.ts'
import type { RegistryOrder } from './registry-client.ts'
import { runClient } from './run.ts'

interface Called {
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  readonly body?: any
  readonly error?: { readonly name: string; readonly message: string }
}

let world: World
beforeAll(async () => {
  world = await startWorld({ standardPorts: true })
})
afterAll(() => world[Symbol.asyncDispose]())

const ask = (...calls: RegistryOrder['calls']) => askWith(world.connection.hubConnectionString, ...calls)
const askWith = (connectionString: string, ...calls: RegistryOrder['calls']) =>
  runClient<readonly Called[]>(world, 'registry-client.ts', { connectionString, calls })

const thumbprint = 'AB'.repeat(20)
const certificate = { type: 'selfSigned', x509Thumbprint: { primaryThumbprint: thumbprint, secondaryThumbprint: null } }

test('each refusal is the error class that the SDK has for it', async () => {
  const [missing, removed, bad, created, twice, stale] = await ask(
    ['get', 'nobody'],
    ['delete', 'nobody'],
    ['create', { deviceId: 'invalid/name' }],
    ['create', { deviceId: 'a;b' }],
    ['create', { deviceId: 'a;b' }],
    ['updateTwin', 'a;b', { tags: { a: 1 } }, 'AAAAAAAAAAE='],
  )
  expect(missing?.error).toMatchObject({ name: 'DeviceNotFoundError', message: expect.stringContaining('"nobody"') })
  expect(removed?.error?.name).toBe('DeviceNotFoundError')
  expect(bad?.error?.name).toBe('ArgumentError')
  expect(created?.body.deviceId).toBe('a;b')
  expect(twice?.error).toMatchObject({
    name: 'DeviceAlreadyExistsError',
    message: expect.stringMatching(/If-Match\.$/),
  })
  expect(stale?.error?.name).toBe('InvalidEtagError')
})

test('a wrong key is an UnauthorizedError that says why', async () => {
  const wrong = world.connection.hubConnectionString.replace(/SharedAccessKey=.*/, `SharedAccessKey=${'A'.repeat(43)}=`)
  const [refused] = await askWith(wrong, ['list'])
  expect(refused?.error).toMatchObject({ name: 'UnauthorizedError', message: expect.stringContaining('neither key') })
})

test(
  'a device is created with a thumbprint, and updated as a whole object',
  shows('azure-iothub', 'device identities'),
  async () => {
    const [created] = await ask(['create', { deviceId: 'x509', authentication: certificate }])
    expect(created?.body.authentication).toMatchObject(certificate)
    const [updated, read] = await ask(['update', { ...created?.body, status: 'disabled' }], ['get', 'x509'])
    expect(updated?.body).toMatchObject({ status: 'disabled', authentication: certificate })
    expect(read?.body).toEqual(updated?.body)
  },
)

test('an edge device gets a scope, a child takes it, and it cannot be changed', async () => {
  const [parent] = await ask(['create', { deviceId: 'edge', capabilities: { iotEdge: true } }])
  const { deviceScope } = parent?.body ?? {}
  expect(deviceScope).toMatch(/^ms-azure-iot-edge:\/\/edge-\d+$/)
  const [leaf, nested, changed] = await ask(
    ['create', { deviceId: 'leaf', deviceScope }],
    ['create', { deviceId: 'nested', capabilities: { iotEdge: true }, parentScopes: [deviceScope] }],
    ['update', { ...parent?.body, deviceScope: 'ms-azure-iot-edge://other-1' }],
  )
  expect(leaf?.body).toMatchObject({ deviceScope, parentScopes: [deviceScope] })
  expect(nested?.body.parentScopes).toEqual([deviceScope])
  expect(nested?.body.deviceScope).not.toBe(deviceScope)
  expect(changed?.error?.name).toBe('ArgumentError')
})

test(
  'bulk calls create, update and remove, and fail as one ArgumentError',
  shows('azure-iothub', 'device identities in bulk'),
  async () => {
    const devices = ['bulk-1', 'bulk-2', 'bulk-3'].map((deviceId) => ({ deviceId }))
    const [added, again, before] = await ask(['addDevices', devices], ['addDevices', devices], ['get', 'bulk-1'])
    expect(added?.body).toEqual({ isSuccessful: true, errors: [], warnings: [] })
    expect(again?.error?.name).toBe('ArgumentError')
    const changed = devices.map((device) => ({ ...device, status: 'disabled' }))
    const [updated, after, removed, gone] = await ask(
      ['updateDevices', changed, true],
      ['get', 'bulk-1'],
      ['removeDevices', devices, true],
      ['get', 'bulk-1'],
    )
    expect(updated?.body.isSuccessful).toBe(true)
    expect(after?.body).toMatchObject({ status: 'disabled', authentication: before?.body.authentication })
    expect(removed?.body.isSuccessful).toBe(true)
    expect(gone?.error?.name).toBe('DeviceNotFoundError')
  },
)

test('bulk calls under an etag fail when it is stale', async () => {
  const [created] = await ask(['create', { deviceId: 'bulk-etag' }])
  const { etag } = created?.body ?? {}
  const [stale, fresh] = await ask(
    ['updateDevices', [{ deviceId: 'bulk-etag', etag: 'MTIz' }], false],
    ['removeDevices', [{ deviceId: 'bulk-etag', etag }], false],
  )
  expect(stale?.error?.name).toBe('ArgumentError')
  expect(fresh?.body.isSuccessful).toBe(true)
})

test('queries are paged to their end', shows('azure-iothub', 'queries'), async () => {
  const devices = Array.from({ length: 7 }, (_, number) => ({ deviceId: `query-${number}` }))
  const [, pages, fields, broken] = await ask(
    ['addDevices', devices],
    ['createQuery', "SELECT * FROM devices WHERE STARTSWITH(deviceId, 'query-')", 3],
    ['createQuery', "SELECT deviceId FROM devices WHERE deviceId = 'query-4'", 3],
    ['createQuery', 'SELECT everything'],
  )
  const ids = pages?.body.flat().map(({ deviceId }: { deviceId: string }) => deviceId)
  expect(ids).toEqual(devices.map(({ deviceId }) => deviceId))
  expect(fields?.body).toEqual([[{ deviceId: 'query-4' }]])
  expect(broken?.error).toMatchObject({ name: 'ArgumentError', message: expect.stringContaining('position') })
})

test('a twin is patched under its etag', shows('azure-iothub', 'twins'), async () => {
  await ask(['create', { deviceId: 'twin' }])
  const [first] = await ask(['getTwin', 'twin'])
  const change = { tags: { a: 1, b: 2 }, properties: { desired: { list: [1, 2] } } }
  const [patched] = await ask(['updateTwin', 'twin', change, first?.body.etag])
  const [removed, empty] = await ask(
    ['updateTwin', 'twin', { tags: { a: null } }, patched?.body.etag],
    ['updateTwin', 'twin', { tags: null, properties: { desired: null } }, '*'],
  )
  expect(patched?.body.properties.desired).toMatchObject({ list: [1, 2], $version: 2 })
  expect(removed?.body.tags).toEqual({ b: 2 })
  expect(empty?.body.tags).toEqual({})
})

test('statistics count devices, and modules are answered', shows('azure-iothub', 'registry statistics'), async () => {
  const [statistics, modules, module] = await ask(
    ['getRegistryStatistics'],
    ['getModulesOnDevice', 'twin'],
    ['getModule', 'twin', 'm'],
  )
  const { totalDeviceCount, enabledDeviceCount, disabledDeviceCount } = statistics?.body ?? {}
  expect(totalDeviceCount).toBe(enabledDeviceCount + disabledDeviceCount)
  expect(disabledDeviceCount).toBe(1)
  expect(modules?.body).toEqual([])
  expect(module?.error?.message).toBe('Not found')
})
