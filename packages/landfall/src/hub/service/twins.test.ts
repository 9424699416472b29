import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HubCallOrder, type HubWorld, startHubWorld } from '../../../test/hub-world.ts'

let world: HubWorld
beforeAll(async () => {
  world = await startHubWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

let devices = 0
async function newDevice() {
  const id = `d${++devices}`
  const { body } = await world.call(`PUT /devices/${id}`, { body: {} })
  const patch = (body: unknown, order: HubCallOrder = {}) => world.call(`PATCH /twins/${id}`, { ...order, body })
  return { id, device: body, patch, read: async () => (await world.call(`GET /twins/${id}`)).body }
}

test('shows every member of a twin that the SDKs read', async () => {
  const { id, device } = await newDevice()
  const { status, headers, body } = await world.call(`GET /twins/${id}`)
  const empty = { $metadata: { $lastUpdated: '2030-01-01T00:00:00.000Z' }, $version: 1 }
  expect(status).toBe(200)
  expect(body).toEqual({
    deviceId: id,
    etag: expect.stringMatching(/^[A-Za-z0-9+/]{11}=$/),
    deviceEtag: device.etag,
    status: 'enabled',
    statusUpdateTime: '0001-01-01T00:00:00Z',
    connectionState: 'Disconnected',
    lastActivityTime: '0001-01-01T00:00:00Z',
    cloudToDeviceMessageCount: 0,
    authenticationType: 'sas',
    x509Thumbprint: { primaryThumbprint: null, secondaryThumbprint: null },
    modelId: '',
    version: 1,
    properties: {
      desired: { ...empty, $metadata: { ...empty.$metadata, $lastUpdatedVersion: 1 } },
      reported: empty,
    },
    capabilities: { iotEdge: false },
  })
  expect(headers.get('etag')).toBe(`"${body.etag}"`)
})

test('a patch merges, removes by null, replaces arrays, and adds one to the version', async () => {
  const { patch } = await newDevice()
  await patch({ tags: { a: 1, b: { c: 2, d: 3 } }, properties: { desired: { list: [1, 2], gone: true } } })
  const { status, headers, body } = await patch({
    tags: { b: { c: null } },
    properties: { desired: { list: [3], gone: null }, reported: { lies: true } },
  })
  expect(status).toBe(200)
  expect(body.tags).toEqual({ a: 1, b: { d: 3 } })
  expect(body.properties.desired).toMatchObject({ list: [3], $version: 3 })
  expect(body.properties.desired).not.toHaveProperty('gone')
  expect(body.properties.reported).toEqual({ $metadata: expect.anything(), $version: 1 })
  expect(body.version).toBe(3)
  expect(headers.get('etag')).toBe(`"${body.etag}"`)
})

test('metadata follows the document, at the time of the change', async () => {
  const { patch } = await newDevice()
  world.clock.at += 1000
  const { body } = await patch({ properties: { desired: { a: { b: 1 } } } })
  const stamp = { $lastUpdated: new Date(world.clock.at).toISOString(), $lastUpdatedVersion: 2 }
  expect(body.properties.desired.$metadata).toEqual({ ...stamp, a: { ...stamp, b: stamp } })
})

test('unknown members, the etag and the system members of a whole twin sent back are passed over', async () => {
  const { patch, read } = await newDevice()
  await patch({ tags: { a: 1 }, properties: { desired: { b: 2 } } })
  const { status, body } = await patch(await read())
  expect(status).toBe(200)
  expect(body.tags).toEqual({ a: 1 })
  expect(body.properties.desired).toMatchObject({ b: 2, $version: 3 })
})

test.each([{}, { etag: '*', moduleId: null }, { properties: {} }, { properties: null }])(
  'a patch that names no section changes nothing: %j',
  async (change) => {
    const { patch, read } = await newDevice()
    const before = await read()
    expect((await patch(change)).body).toEqual(before)
  },
)

test('desired: null and tags: null clear the whole section', async () => {
  const { patch } = await newDevice()
  await patch({ tags: { a: 1 }, properties: { desired: { b: 2 } } })
  const { body } = await patch({ tags: null, properties: { desired: null } })
  expect(body).not.toHaveProperty('tags')
  expect(Object.keys(body.properties.desired)).toEqual(['$metadata', '$version'])
})

test('a replacement replaces the sections it names and keeps the others', async () => {
  const { id, patch } = await newDevice()
  await patch({ tags: { a: 1 }, properties: { desired: { b: 2, c: 3 } } })
  const { status, body } = await world.call(`PUT /twins/${id}`, { body: { properties: { desired: { d: 4 } } } })
  expect(status).toBe(200)
  expect(body.tags).toEqual({ a: 1 })
  expect(body.properties.desired).toEqual({ d: 4, $version: 3, $metadata: expect.anything() })
})

test('a POST with X-HTTP-Method-Override: PATCH is a patch, as Java sends it; another POST is refused', async () => {
  const { id } = await newDevice()
  const headers = { 'x-http-method-override': 'PATCH' }
  const { status, body } = await world.call(`POST /twins/${id}`, { headers, body: { tags: { a: 1 } } })
  expect([status, body.tags]).toEqual([200, { a: 1 }])
  expect((await world.call(`POST /twins/${id}`, { body: { tags: { a: 2 } } })).status).toBe(405)
})

test.each(['*', '"*"', 'ETAG', '"ETAG"'])('a patch with If-Match: %s is taken', async (form) => {
  const { patch, read } = await newDevice()
  const { etag } = await read()
  const { status } = await patch({ tags: { a: 1 } }, { headers: { 'if-match': form.replace('ETAG', etag) } })
  expect(status).toBe(200)
})

test.each(['PATCH', 'PUT'])('a %s under a wrong etag is 412 and changes nothing', async (method) => {
  const { id, read } = await newDevice()
  const before = await read()
  const order = { headers: { 'if-match': '"AAAAAAAAAAE="' }, body: { tags: { a: 1 } } }
  const { status, headers } = await world.call(`${method} /twins/${id}`, order)
  expect([status, headers.get('iothub-errorcode')]).toEqual([412, 'PreconditionFailed'])
  expect(await read()).toEqual(before)
})

test('one of many simultaneous patches under one etag wins; unconditional ones all land', async () => {
  const { patch, read } = await newDevice()
  const { etag } = await read()
  const numbers = [1, 2, 3, 4, 5]
  const strict = await Promise.all(numbers.map((n) => patch({ tags: { n } }, { headers: { 'if-match': `"${etag}"` } })))
  expect(strict.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412])
  await Promise.all(numbers.map((n) => patch({ tags: { [`t${n}`]: n } })))
  expect((await read()).tags).toMatchObject({ t1: 1, t2: 2, t3: 3, t4: 4, t5: 5 })
})

const refused: [string, object, string][] = [
  ['a name with a dot', { tags: { 'a.b': 1 } }, 'named'],
  [
    'eleven levels',
    { properties: { desired: JSON.parse(`${'{"a":'.repeat(11)}1${'}'.repeat(11)}`) } },
    'nested deeper',
  ],
  ['tags of 8193 bytes', { tags: { a: 'x'.repeat(4000), b: 'x'.repeat(4000), c: 'x'.repeat(190) } }, '8192 bytes'],
  ['a text of 4097 bytes', { tags: { a: 'x'.repeat(4097) } }, 'longer than 4096'],
  ['tags that are an array', { tags: [] }, 'JSON object'],
  ['desired that is a text', { properties: { desired: 'x' } }, 'JSON object'],
  ['properties that are a number', { properties: 1 }, 'an object'],
]

test.each(refused)('refuses %s with 400 ArgumentInvalid', async (_title, change, said) => {
  const { patch, read } = await newDevice()
  const before = await read()
  const { status, headers, body } = await patch(change)
  expect([status, headers.get('iothub-errorcode')]).toEqual([400, 'ArgumentInvalid'])
  expect(body.Message).toContain(said)
  expect(await read()).toEqual(before)
})

test('refuses the patch that makes a section too large, though each was small', async () => {
  const { patch } = await newDevice()
  const third = (name: string) => ({ tags: { [name]: 'x'.repeat(3000) } })
  expect((await patch(third('a'))).status).toBe(200)
  expect((await patch(third('b'))).status).toBe(200)
  expect((await patch(third('c'))).status).toBe(400)
})

test('a twin of a deleted and re-created device is a new one', async () => {
  const { id, patch, read } = await newDevice()
  await patch({ tags: { a: 1 } })
  const { etag } = await read()
  await world.call(`DELETE /devices/${id}`)
  await world.call(`PUT /devices/${id}`, { body: {} })
  const anew = await read()
  expect(anew).toMatchObject({ version: 1 })
  expect(anew).not.toHaveProperty('tags')
  expect((await patch({ tags: { b: 1 } }, { headers: { 'if-match': `"${etag}"` } })).status).toBe(412)
})
