import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HubWorld, startHubWorld } from '../../../test/hub-world.ts'

let world: HubWorld
beforeAll(async () => {
  world = await startHubWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const base64Of32 = /^[A-Za-z0-9+/]{43}=$/
const emptyKeys = { type: 'sas', symmetricKey: { primaryKey: '', secondaryKey: '' } }

test('creates a device from its id alone, with keys, and shows every member that the SDKs read', async () => {
  const { status, headers, body } = await world.call('PUT /devices/d1', {
    body: { deviceId: 'd1', authentication: emptyKeys },
  })
  expect(status).toBe(200)
  expect(body).toEqual({
    deviceId: 'd1',
    generationId: expect.stringMatching(/^\d{18}$/),
    etag: expect.stringMatching(/^[A-Za-z0-9+/=]+$/),
    connectionState: 'Disconnected',
    status: 'enabled',
    statusReason: null,
    connectionStateUpdatedTime: '0001-01-01T00:00:00',
    statusUpdatedTime: '0001-01-01T00:00:00',
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
    capabilities: { iotEdge: false },
    parentScopes: [],
  })
  expect(headers.get('etag')).toBe(`"${body.etag}"`)
  expect(headers.get('content-type')).toMatch(/^application\/json; charset=utf-8$/i)
  expect((await world.call('GET /devices/d1')).body).toEqual(body)
})

test('shows null keys and both thumbprints of a device with a certificate', async () => {
  const sha256 = 'AB'.repeat(32)
  const { body } = await world.call('PUT /devices/x509', {
    body: {
      authentication: { x509Thumbprint: { primaryThumbprint: sha256.toLowerCase(), secondaryThumbprint: sha256 } },
    },
  })
  expect(body.authentication).toEqual({
    symmetricKey: { primaryKey: null, secondaryKey: null },
    x509Thumbprint: { primaryThumbprint: sha256, secondaryThumbprint: sha256 },
    type: 'selfSigned',
  })
})

test('refuses to create a device that is there, and leaves it as it was', async () => {
  const { body: before } = await world.call('PUT /devices/twice', { body: {} })
  const { status, headers, body } = await world.call('PUT /devices/twice', { body: { status: 'disabled' } })
  expect(status).toBe(409)
  expect(headers.get('iothub-errorcode')).toBe('DeviceAlreadyExists')
  expect(body.Message).toMatch(/^ErrorCode:DeviceAlreadyExists;There is a device "twice"/)
  expect((await world.call('GET /devices/twice')).body).toEqual(before)
})

test('one of two simultaneous creations wins', async () => {
  const answers = await Promise.all([1, 2, 3, 4].map(() => world.call('PUT /devices/race', { body: {} })))
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409])
})

test.each(['*', '"*"', 'ETAG', '"ETAG"', 'W/"ETAG"'])('updates with If-Match: %s', async (form) => {
  const id = `update-${Buffer.from(form).toString('hex')}`
  const { body: before } = await world.call(`PUT /devices/${id}`, { body: {} })
  const { status, body } = await world.call(`PUT /devices/${id}`, {
    headers: { 'if-match': form.replace('ETAG', before.etag) },
    body: { ...before, status: 'disabled', statusReason: 'lost' },
  })
  expect(status).toBe(200)
  expect(body).toMatchObject({ status: 'disabled', statusReason: 'lost', generationId: before.generationId })
  expect(body.statusUpdatedTime).toBe('2030-01-01T00:00:00.000')
  expect(body.authentication).toEqual(before.authentication)
  expect(body.etag).not.toBe(before.etag)
})

test('refuses an update under an etag that is no longer there, and changes nothing', async () => {
  const { body: before } = await world.call('PUT /devices/stale', { body: {} })
  const { status, headers } = await world.call('PUT /devices/stale', {
    headers: { 'if-match': '"MTIz"' },
    body: { status: 'disabled' },
  })
  expect([status, headers.get('iothub-errorcode')]).toEqual([412, 'PreconditionFailed'])
  expect((await world.call('GET /devices/stale')).body).toEqual(before)
})

test('one of two simultaneous updates under one etag wins', async () => {
  const { body: before } = await world.call('PUT /devices/updates', { body: {} })
  const order = { headers: { 'if-match': `"${before.etag}"` }, body: {} }
  const answers = await Promise.all([1, 2, 3].map(() => world.call('PUT /devices/updates', order)))
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412])
})

test('simultaneous updates of whatever is there all succeed', async () => {
  await world.call('PUT /devices/whatever', { body: {} })
  const order = { headers: { 'if-match': '"*"' }, body: {} }
  const answers = await Promise.all([1, 2, 3, 4].map(() => world.call('PUT /devices/whatever', order)))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
})

test.each(['GET /devices/nobody', 'DELETE /devices/nobody', 'PUT /devices/nobody', 'GET /twins/nobody'])(
  '%s of an unknown device is 404 DeviceNotFound',
  async (line) => {
    const headers = { 'if-match': '*' }
    const answer = await world.call(line, { headers, body: line.startsWith('PUT') ? {} : undefined })
    expect([answer.status, answer.headers.get('iothub-errorcode')]).toEqual([404, 'DeviceNotFound'])
    expect(answer.body.Message).toMatch(/^ErrorCode:DeviceNotFound;There is no device "nobody"/)
  },
)

test.each(['*', '"*"', undefined])('deletes with If-Match: %s, and the twin goes too', async (form) => {
  await world.call('PUT /devices/gone', { body: {} })
  const headers: Record<string, string> = form === undefined ? {} : { 'if-match': form }
  const { status, body } = await world.call('DELETE /devices/gone', { headers })
  expect([status, body]).toEqual([204, undefined])
  expect((await world.call('DELETE /devices/gone', { headers })).status).toBe(404)
  expect((await world.call('GET /twins/gone')).status).toBe(404)
})

test('deletes under the right etag only', async () => {
  const { body } = await world.call('PUT /devices/careful', { body: {} })
  expect((await world.call('DELETE /devices/careful', { headers: { 'if-match': '"MTIz"' } })).status).toBe(412)
  expect((await world.call('DELETE /devices/careful', { headers: { 'if-match': `"${body.etag}"` } })).status).toBe(204)
})

test.each(['invalid%2Fname', 'a%20b', '%E2%82%AC', 'x'.repeat(129), 'a%00'])(
  'refuses the device id %s with 400',
  async (id) => {
    const { status, headers } = await world.call(`PUT /devices/${id}`, { body: {} })
    expect([status, headers.get('iothub-errorcode')]).toEqual([400, 'ArgumentInvalid'])
  },
)

test.each(["A-Za:z0.9+_#*?!(),=@$'", '50%', 'a%2Fb', '%23', ';'.repeat(128), 'query', 'MixedCase'])(
  'keeps the device id %s letter by letter',
  async (id) => {
    const path = `/devices/${encodeURIComponent(id)}`
    expect((await world.call(`PUT ${path}`, { body: { deviceId: id } })).body.deviceId).toBe(id)
    expect((await world.call(`GET ${path}`)).body.deviceId).toBe(id)
    expect((await world.call(`DELETE ${path}`)).status).toBe(204)
  },
)

test('device ids that differ in letter case are two devices', async () => {
  await world.call('PUT /devices/case', { body: {} })
  expect((await world.call('GET /devices/CASE')).status).toBe(404)
})

test('refuses a body that names another device than the path', async () => {
  const { status, body } = await world.call('PUT /devices/one', { body: { deviceId: 'two' } })
  expect(status).toBe(400)
  expect(body.Message).toContain('The body names the device "two", the path "one".')
})

test('a semicolon in a name does not cut the sentence that Node reads', async () => {
  const { body } = await world.call(`GET /devices/${encodeURIComponent('a;b')}`)
  const [code, sentence, ...more] = body.Message.split(';')
  expect(code).toBe('ErrorCode:DeviceNotFound')
  expect(sentence).toMatch(/case-sensitive\.$/)
  expect(more).toEqual([])
  expect(body.ExceptionMessage).toMatch(/^Tracking ID:[0-9a-f-]{36}-TimeStamp:2030-01-01T00:00:00\.000Z$/)
})

test.each(['GET /devices', 'GET /devices/', 'GET /devices?top=1000', 'GET /devices/?top=1000'])(
  'lists the devices with their keys: %s',
  async (line) => {
    const hub = world.hubs[1]
    await world.call('PUT /devices/listed', { hub, body: {} })
    const { status, body } = await world.call(line, { hub })
    expect(status).toBe(200)
    expect(body).toHaveLength(1)
    expect(body[0].authentication.symmetricKey.primaryKey).toMatch(base64Of32)
  },
)

test('lists as many as asked for', async () => {
  expect((await world.call('GET /devices?top=2')).body).toHaveLength(2)
})

test.each(['0', '1001', '-1', 'many', '1.5'])('refuses top=%s', async (top) => {
  expect((await world.call(`GET /devices?top=${top}`)).status).toBe(400)
})

test('a device of one hub is not on the other', async () => {
  await world.call('PUT /devices/here', { body: {} })
  expect((await world.call('GET /devices/here', { hub: world.hubs[1] })).status).toBe(404)
})

const bodies: [string, unknown, number, string][] = [
  ['nothing', undefined, 400, 'JSON object'],
  ['an array', [], 400, 'JSON object'],
  ['half a body', '{"deviceId":', 400, 'cannot be read'],
  ['a nest of a hundred thousand', '['.repeat(100_000), 400, 'nested deeper'],
  ['more than a mebibyte', { statusReason: 'x'.repeat(1024 * 1024) }, 413, 'larger'],
]

test.each(bodies)('refuses a body that is %s', async (_title, body, status, said) => {
  const answer = await world.call('PUT /devices/body', { body })
  expect(answer.status).toBe(status)
  expect(answer.body.Message).toContain(said)
})
