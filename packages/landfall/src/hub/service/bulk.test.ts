import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HubWorld, startHubWorld } from '../../../test/hub-world.ts'

let world: HubWorld
beforeAll(async () => {
  world = await startHubWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const bulk = (...items: object[]) => world.call('POST /devices', { body: items })
const read = async (id: string) => (await world.call(`GET /devices/${id}`)).body
const twin = async (id: string) => (await world.call(`GET /twins/${id}`)).body
const emptyKeys = { type: 'sas', symmetricKey: { primaryKey: '', secondaryKey: '' } }
const done = { isSuccessful: true, errors: [], warnings: [] }

test('creates, updates and deletes in one spelling or another of the modes', async () => {
  const created = await bulk(
    { id: 'a', importMode: 'create', authentication: emptyKeys },
    { id: 'b', importMode: 'CREATE', tags: { t: 1 }, properties: { desired: { d: 1 } } },
  )
  expect([created.status, created.body]).toEqual([200, done])
  const { authentication } = await read('a')
  expect(await twin('b')).toMatchObject({ tags: { t: 1 }, properties: { desired: { d: 1, $version: 1 } } })

  const updated = await bulk({ id: 'a', importMode: 'Update', status: 'disabled', authentication: emptyKeys })
  expect([updated.status, updated.body]).toEqual([200, done])
  expect(await read('a')).toMatchObject({ status: 'disabled', authentication })

  const deleted = await bulk({ id: 'a', importMode: 'Delete' }, { id: 'b', importMode: 'delete' })
  expect([deleted.status, deleted.body]).toEqual([200, done])
  expect((await world.call('GET /devices/a')).status).toBe(404)
})

test('a failing item gives 400 with its error, and the others are done', async () => {
  await bulk({ id: 'there', importMode: 'create' })
  const { status, body } = await bulk(
    { id: 'there', importMode: 'create' },
    { id: 'new', importMode: 'create' },
    { id: 'nobody', importMode: 'Update' },
    { id: 'bad id', importMode: 'create' },
    { id: 'mode', importMode: 'replace' },
  )
  expect(status).toBe(400)
  expect(body.isSuccessful).toBe(false)
  expect(body.errors.map((error: object) => Object.values(error).toSpliced(2, 1))).toEqual([
    ['there', 'DeviceAlreadyExists', 'create'],
    ['nobody', 'DeviceNotFound', 'Update'],
    ['bad id', 'ArgumentInvalid', 'create'],
    ['mode', 'ArgumentInvalid', 'replace'],
  ])
  expect(body.errors[0].errorStatus).toContain('There is a device "there"')
  expect((await read('new')).deviceId).toBe('new')
})

test('modes with an etag do nothing under a wrong one, and need one', async () => {
  await bulk({ id: 'etag', importMode: 'create' })
  const { etag } = await read('etag')
  const wrong = await bulk(
    { id: 'etag', importMode: 'UpdateIfMatchETag', eTag: 'MTIz', status: 'disabled' },
    { id: 'etag', importMode: 'DeleteIfMatchETag', eTag: 'MTIz' },
    { id: 'etag', importMode: 'createOrUpdateIfMatchETag', eTag: 'MTIz', status: 'disabled' },
    { id: 'etag', importMode: 'deleteIfMatchETag' },
  )
  expect(wrong.body.errors.map(({ errorCode }: { errorCode: string }) => errorCode)).toEqual([
    'PreconditionFailed',
    'PreconditionFailed',
    'PreconditionFailed',
    'ArgumentInvalid',
  ])
  expect(await read('etag')).toMatchObject({ etag, status: 'enabled' })
  expect((await bulk({ id: 'etag', importMode: 'UpdateIfMatchETag', eTag: etag, status: 'disabled' })).status).toBe(200)
  const { etag: next } = await read('etag')
  expect((await bulk({ id: 'etag', importMode: 'DeleteIfMatchETag', eTag: next })).status).toBe(200)
})

test('create or update does either', async () => {
  expect((await bulk({ id: 'either', importMode: 'createOrUpdate' })).status).toBe(200)
  expect((await bulk({ id: 'either', importMode: 'createOrUpdate', status: 'disabled' })).status).toBe(200)
  expect(await read('either')).toMatchObject({ status: 'disabled' })
})

test('a twin is patched, under its etag if one is asked for', async () => {
  await bulk({ id: 'twin', importMode: 'create', tags: { a: 1, b: 1 } })
  expect((await bulk({ id: 'twin', importMode: 'updateTwin', tags: { a: null } })).status).toBe(200)
  const { tags, etag } = await twin('twin')
  expect(tags).toEqual({ b: 1 })
  const item = { id: 'twin', importMode: 'updateTwinIfMatchETag', tags: { c: 1 } }
  expect((await bulk({ ...item, twinETag: 'MTIz' })).body.errors[0].errorCode).toBe('PreconditionFailed')
  expect((await bulk({ ...item, twinETag: etag })).status).toBe(200)
  expect((await twin('twin')).tags).toEqual({ b: 1, c: 1 })
})

test('items of one device are done in their order', async () => {
  const { status } = await bulk(
    { id: 'order', importMode: 'create' },
    { id: 'order', importMode: 'update', status: 'disabled' },
    { id: 'order', importMode: 'delete' },
    { id: 'order', importMode: 'create' },
  )
  expect(status).toBe(200)
  expect(await read('order')).toMatchObject({ status: 'enabled' })
})

// azure-iot-sdk-java iot-e2e-tests Tools.java makes all its modules so; azure-iot-hub for Python has `module_id` too
test('modules are made, changed and deleted beside their devices', async () => {
  const thumbprint = 'AB'.repeat(20)
  const selfSigned = { type: 'selfSigned', x509Thumbprint: { primaryThumbprint: thumbprint } }
  const made = await bulk(
    { id: 'with', importMode: 'create', authentication: emptyKeys },
    { id: 'with', moduleId: 'm1', importMode: 'create', authentication: emptyKeys, tags: { t: 1 } },
    { id: 'with', moduleId: 'm2', importMode: 'createOrUpdate', authentication: selfSigned },
  )
  expect([made.status, made.body]).toEqual([200, done])
  const { authentication, etag } = await read('with/modules/m1')
  expect(await twin('with/modules/m1')).toMatchObject({ moduleId: 'm1', tags: { t: 1 } })
  expect((await read('with/modules/m2')).authentication.x509Thumbprint.primaryThumbprint).toBe(thumbprint)

  const changed = await bulk(
    { id: 'with', moduleId: 'm1', importMode: 'UpdateIfMatchETag', eTag: etag, authentication: emptyKeys },
    { id: 'with', moduleId: 'm1', importMode: 'updateTwin', tags: { t: 2 } },
    { id: 'with', moduleId: 'm2', importMode: 'delete' },
  )
  expect([changed.status, changed.body]).toEqual([200, done])
  expect(await read('with/modules/m1')).toMatchObject({ authentication })
  expect((await twin('with/modules/m1')).tags).toEqual({ t: 2 })
  expect((await world.call('GET /devices/with/modules/m2')).status).toBe(404)
})

test('a module that fails is named by both its ids', async () => {
  await bulk({ id: 'half', importMode: 'create' }, { id: 'half', moduleId: 'm', importMode: 'create' })
  const { status, body } = await bulk(
    { id: 'half', moduleId: 'm', importMode: 'create' },
    { id: 'nowhere', moduleId: 'm', importMode: 'create' },
    { id: 'half', moduleId: 'other', importMode: 'delete' },
    { id: 'half', moduleId: 'bad id', importMode: 'create' },
  )
  expect(status).toBe(400)
  expect(body.errors).toMatchObject([
    { deviceId: 'half', moduleId: 'm', errorCode: 'ModuleAlreadyExistsOnDevice' },
    { deviceId: 'nowhere', moduleId: 'm', errorCode: 'DeviceNotFound' },
    { deviceId: 'half', moduleId: 'other', errorCode: 'ModuleNotFound' },
    { deviceId: 'half', moduleId: 'bad id', errorCode: 'ArgumentInvalid' },
  ])
})

test('takes a hundred items and no more, and at least one', async () => {
  const items = Array.from({ length: 101 }, (_, number) => ({ id: `h${number}`, importMode: 'create' }))
  expect((await bulk(...items)).status).toBe(400)
  expect((await world.call('GET /devices/h0')).status).toBe(404)
  expect((await bulk(...items.slice(1))).status).toBe(200)
  expect((await bulk()).status).toBe(400)
  expect((await world.call('POST /devices', { body: {} })).status).toBe(400)
})
