/** contract/iot-hub, checklist 2-4 and 6-10: the registry of the embedded hub, asked as a whole service. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hmacSha256 } from '../../src/sas/key.ts'
import { makeToken } from '../../src/sas/token.ts'
import { operator } from '../test-ca.ts'
import { type Ask, type Rig, startRig, tokenOf } from './rig.ts'

let rig: Rig
let key: string

beforeAll(async () => {
  rig = await startRig()
  key = /SharedAccessKey=(.+)/.exec(rig.world.connection.hubConnectionString)?.[1] ?? ''
})
afterAll(() => rig[Symbol.asyncDispose]())

const hubName = () => /HostName=([^:;]+)/.exec(rig.world.connection.hubConnectionString)?.[1] ?? ''
const list = (authorization: string, path = '/devices') =>
  rig.ask(`GET ${path}?api-version=2021-04-12`, { headers: { authorization } })
const ifMatch = (etag: string) => ({ 'if-match': etag })

/** Signed over the very text of `sr` that is sent. */
function token(
  sr: string,
  form = (sig: string, se: string) => `sr=${sr}&sig=${encodeURIComponent(sig)}&se=${se}&skn=iothubowner`,
) {
  const se = String(Math.floor(Date.now() / 1000) + 3600)
  const sig = hmacSha256(Buffer.from(key, 'base64'), `${sr}\n${se}`).toString('base64')
  return `SharedAccessSignature ${form(sig, se)}`
}

describe('2 tokens', () => {
  const lower = (text: string) => encodeURIComponent(text).replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase())
  const shuffled = (sig: string, se: string) =>
    `skn=iothubowner&se=${se}&sig=${encodeURIComponent(sig)}&sr=${hubName()}`
  const lowerSignature = (sig: string, se: string) => `sr=${hubName()}&sig=${lower(sig)}&se=${se}&skn=iothubowner`
  const owner = (change: Partial<Parameters<typeof makeToken>[0]>) =>
    makeToken({ resource: hubName(), key, expiry: Date.now() + 60_000, policyName: 'iothubowner', ...change })

  test.each<[string, number, () => string]>([
    ['a bare resource', 200, () => token(hubName())],
    ['an encoded resource below the hub', 200, () => token(encodeURIComponent(`${hubName()}/devices`))],
    ['fields in another order', 200, () => token(hubName(), shuffled)],
    ['lower-case escapes in the signature', 200, () => token(hubName(), lowerSignature)],
    ['a resource that ends within a segment', 401, () => token(`${hubName()}/dev`)],
    ['another hub', 401, () => token('elsewhere.example')],
    ['another key', 401, () => owner({ key: 'AAAA' })],
    ['an expiry of an hour ago', 401, () => owner({ expiry: Date.now() - 3_600_000 })],
    ['a policy that nobody knows', 401, () => owner({ policyName: 'IotHubOwner2' })],
    ['nothing in it', 401, () => ''],
  ])('with %s → %i', async (_title, status, authorization) => {
    expect((await list(authorization())).status).toBe(status)
  })
})

test('3 each default policy may do what its rights say', async () => {
  const { connectionStrings } = await operator(rig.world, 'GET', `hubs/${hubName()}?keys=true`)
  // the registry needs RegistryRead, a twin ServiceConnect; nobody's twin is not found by who may look
  const expected = {
    iothubowner: [200, 404],
    service: [401, 404],
    device: [401, 401],
    registryRead: [200, 401],
    registryReadWrite: [200, 401],
  }
  expect(Object.keys(connectionStrings)).toEqual(Object.keys(expected))
  for (const [policy, statuses] of Object.entries(expected)) {
    const authorization = tokenOf(connectionStrings[policy])
    const answers = [await list(authorization), await list(authorization, '/twins/nobody')]
    expect([policy, answers.map(({ status }) => status)]).toEqual([policy, statuses])
  }
})

test('4 an error has a code that Node, C# and Java find, and a message that a semicolon does not cut', async () => {
  const { status, headers, body } = await rig.hub(`GET /devices/${encodeURIComponent('no;body')}`)
  expect({ status, code: headers['iothub-errorcode'] }).toEqual({
    status: expect.any(Number),
    code: expect.stringMatching(/\w+/),
  })
  expect(body.Message).toMatch(/^ErrorCode:\w+;/)
  const missing = await rig.hub('GET /devices/nobody')
  expect(missing).toMatchObject({
    status: 404,
    headers: { 'iothub-errorcode': 'DeviceNotFound' },
    body: { Message: expect.stringContaining('nobody') },
  })
})

test('5, 6 a device is created once with keys, then only updated, and only over what was read', async () => {
  const { status, body } = await rig.hub('PUT /devices/d1', {
    body: { deviceId: 'd1', authentication: { type: 'sas', symmetricKey: { primaryKey: '', secondaryKey: '' } } },
  })
  expect(status).toBe(200)
  expect(Buffer.from(body.authentication.symmetricKey.primaryKey, 'base64').length).toBeGreaterThanOrEqual(16)
  expect(await rig.hub('PUT /devices/d1', { body: { deviceId: 'd1' } })).toMatchObject({
    status: 409,
    headers: { 'iothub-errorcode': 'DeviceAlreadyExists' },
  })
  const update = (etag: string) =>
    rig.hub('PUT /devices/d1', { headers: ifMatch(etag), body: { deviceId: 'd1', status: 'disabled' } })
  expect((await update('"other"')).status).toBe(412)
  expect((await rig.hub('GET /devices/d1')).body).toEqual(body)
  expect((await update(`"${body.etag}"`)).body).toMatchObject({
    status: 'disabled',
    authentication: { symmetricKey: body.authentication.symmetricKey },
  })
  const { etag } = (await rig.hub('GET /devices/d1')).body
  for (const one of [etag, '"*"', '*']) expect((await update(one)).status).toBe(200)
  expect((await rig.hub('PUT /devices/absent', { headers: ifMatch('*'), body: { deviceId: 'absent' } })).status).toBe(
    404,
  )
  expect((await rig.hub('DELETE /devices/d1', { headers: ifMatch('"*"') })).status).toBe(204)
  expect((await rig.hub('DELETE /devices/d1', { headers: ifMatch('*') })).headers['iothub-errorcode']).toBe(
    'DeviceNotFound',
  )
})

test('7 bulk: modes in any letter case; what fails is told with 400, and the rest is done; lists in three spellings; statistics', async () => {
  const bulk = (items: readonly object[]) => rig.hub('POST /devices', { body: items })
  const made = await bulk([
    { id: 'b1', importMode: 'create', tags: { a: 1 } },
    { id: 'b2', importMode: 'Create', status: 'disabled' },
  ])
  expect(made).toMatchObject({ status: 200, body: { isSuccessful: true, errors: [], warnings: [] } })
  const mixed = await bulk([
    { id: 'b1', importMode: 'CREATE' },
    { id: 'b3', importMode: 'createOrUpdate' },
  ])
  expect(mixed).toMatchObject({ status: 400, body: { isSuccessful: false, errors: [{ deviceId: 'b1' }] } })
  for (const path of ['/devices', '/devices/', '/devices?top=10']) {
    expect((await rig.hub(`GET ${path}`)).body.map((one: { deviceId: string }) => one.deviceId)).toEqual([
      'b1',
      'b2',
      'b3',
    ])
  }
  expect((await rig.hub('GET /devices?top=2')).body).toHaveLength(2)
  expect((await rig.hub('GET /statistics/devices')).body).toEqual({
    totalDeviceCount: 3,
    enabledDeviceCount: 2,
    disabledDeviceCount: 1,
  })
  expect((await rig.hub('GET /statistics/service')).body).toEqual({ connectedDeviceCount: 0 })
  const gone = await bulk([
    { id: 'b1', importMode: 'Delete' },
    { id: 'b2', importMode: 'delete' },
    { id: 'b3', importMode: 'DELETE' },
  ])
  expect(gone.body.isSuccessful).toBe(true)
})

describe('8, 9 twins', () => {
  const patch = (body: object, order: Ask = {}, verb = 'PATCH') => rig.hub(`${verb} /twins/t1`, { ...order, body })
  beforeAll(() => rig.hub('PUT /devices/t1', { body: { deviceId: 't1' } }))

  test('merge, null removes, arrays and PUT replace, versions count, metadata follows', async () => {
    const first = (await patch({ tags: { a: 1, b: { c: 2, d: 3 } }, properties: { desired: { list: [1, 2], x: 1 } } }))
      .body
    const second = (await patch({ tags: { b: { c: null } }, properties: { desired: { list: [3], x: null } } })).body
    expect(second).toMatchObject({
      tags: { a: 1, b: { d: 3 } },
      properties: { desired: { list: [3], $version: first.properties.desired.$version + 1 } },
    })
    expect(second.properties.desired).not.toHaveProperty('x')
    expect(second.properties.desired.$metadata.list.$lastUpdated).toMatch(/^\d{4}-\d\d-\d\dT.*\.\d{3}Z$/)
    expect(second.version).toBe(first.version + 1)
    const replaced = (await patch({ tags: { only: true } }, {}, 'PUT')).body
    expect(replaced).toMatchObject({ tags: { only: true }, properties: { desired: { list: [3] } } })
    expect(replaced.tags).not.toHaveProperty('a')
  })

  test('a stale etag is refused, also as Java sends its patch', async () => {
    const { etag } = (await rig.hub('GET /twins/t1')).body
    const java = { headers: { 'x-http-method-override': 'PATCH', ...ifMatch(`"${etag}"`) } }
    expect((await patch({ tags: { java: 1 } }, java, 'POST')).status).toBe(200)
    expect((await patch({ tags: { java: 2 } }, java, 'POST')).status).toBe(412)
    expect((await patch({ tags: { java: 2 } }, { headers: ifMatch('"*"') })).status).toBe(200)
  })

  test.each<[string, object]>([
    ['a depth of eleven', { tags: JSON.parse(`${'{"a":'.repeat(11)}1${'}'.repeat(11)}`) }],
    ['a string of more than 4 KB', { tags: { a: 'x'.repeat(4097) } }],
    [
      'more than 8 KB of tags',
      { tags: Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`k${n}`, 'x'.repeat(1000)])) },
    ],
    ['a key with a dot', { tags: { 'a.b': 1 } }],
  ])('%s is refused with 400', async (_title, body) => {
    expect((await patch(body)).status).toBe(400)
  })
})

describe('10 queries', () => {
  const query = (text: string, headers: Record<string, string> = {}) =>
    rig.hub('POST /devices/query', { headers, body: { query: text } })

  test('2,500 twins come once each, page by page, and the last page has no continuation', async () => {
    const ids = Array.from({ length: 2500 }, (_, n) => `q${String(n).padStart(4, '0')}`)
    for (let at = 0; at < ids.length; at += 100) {
      const items = ids.slice(at, at + 100).map((id) => ({ id, importMode: 'create', tags: { fleet: 'q' } }))
      expect((await rig.hub('POST /devices', { body: items })).status).toBe(200)
    }
    const seen: string[] = []
    let continuation: string | undefined
    do {
      const page = await query("SELECT deviceId FROM devices WHERE tags.fleet = 'q'", {
        'x-ms-max-item-count': '1000',
        ...(continuation === undefined ? {} : { 'x-ms-continuation': continuation }),
      })
      expect(page.headers['x-ms-item-type']).toBe('Raw')
      seen.push(...page.body.map((row: { deviceId: string }) => row.deviceId))
      const next = page.headers['x-ms-continuation']
      continuation = next === undefined ? undefined : String(next)
    } while (continuation !== undefined)
    expect(seen.toSorted()).toEqual(ids)
    expect((await query('SELECT COUNT() AS n FROM devices')).body[0].n).toBeGreaterThanOrEqual(2500)
  })

  test.each([
    ["SELECT * FROM devices WHERE deviceId = 'q0007'", 'Twin', 1],
    ["select * from devices where devices.deviceId='q0007'", 'Twin', 1],
    ["select * from devices where deviceId in ['q0001','q0002','nobody']", 'Twin', 2],
    ['select * from devices where capabilities.iotEdge = true', 'Twin', 0],
    ["SELECT deviceId, deviceScope FROM devices WHERE STARTSWITH(deviceId, 'q000')", 'Raw', 10],
    ["select deviceId from devices where properties.reported.x = 4 AND NOT status = 'disabled'", 'Raw', 0],
  ])('%s', async (text, type, count) => {
    const { status, headers, body } = await query(text)
    expect({ status, type: headers['x-ms-item-type'], count: body.length }).toEqual({ status: 200, type, count })
  })

  test('a query that is none is refused, and the sentence names the place', async () => {
    const { status, body } = await query('SELECT * FROM devices WHERE deviceId == 5')
    expect(status).toBe(400)
    expect(body.Message).toMatch(/=.*(position|character|after|near)|(position|character|after|near).*=/i)
  })
})
