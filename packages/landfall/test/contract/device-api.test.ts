/** contract/device-api, "Checklist for tests": what a whole service answers to devices without an SDK. */
import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hmacSha256 } from '../../src/sas/key.ts'
import { send } from '../raw-device.ts'
import { enrolledCa, operator, type TestCa } from '../test-ca.ts'
import { type Keys, type Rig, startRig } from './rig.ts'

let rig: Rig
let ca: TestCa
let keys: Keys

beforeAll(async () => {
  rig = await startRig()
  ca = await enrolledCa(rig.world)
  keys = await rig.keyedIndividual('a:b._c-1')
})
afterAll(() => rig[Symbol.asyncDispose]())

const soon = () => Math.floor(Date.now() / 1000) + 3600
const encoded = (text: string) => encodeURIComponent(text)
const path = (id: string, scope = rig.idScope) => `/${scope}/registrations/${id}/register?api-version=2021-06-01`

interface TokenParts {
  readonly sr: string
  readonly sig: string
  readonly se: string
}

/** Signed over the very text of `sr` that is sent. */
function token(sr: string, form: (parts: TokenParts) => string, key = keys.primary, expiry = soon()): string {
  const se = String(expiry)
  const sig = hmacSha256(Buffer.from(key, 'base64'), `${sr}\n${se}`).toString('base64')
  return `SharedAccessSignature ${form({ sr, sig, se })}`
}
const usual = ({ sr, sig, se }: TokenParts) => `sr=${sr}&sig=${encoded(sig)}&se=${se}&skn=registration`
const resource = (id = 'a:b._c-1', scope = rig.idScope) => `${scope}/registrations/${id}`
const registerWith = (authorization: string, id = 'a%3Ab._c-1') =>
  rig.ask(`PUT ${path(id)}`, { headers: { authorization }, body: {} })

describe('6 a token is accepted', () => {
  const lowerHex = (text: string) => encoded(text).replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase())
  test.each<[string, () => string]>([
    ['with a raw resource', () => token(resource(), usual)],
    ['with an encoded resource', () => token(encoded(resource()), usual)],
    ['with lower-case escapes', () => token(lowerHex(resource()), usual)],
    [
      'with a signature escaped in lower case',
      () => token(resource(), (p) => usual(p).replace(encoded(p.sig), lowerHex(p.sig))),
    ],
    ['with an empty skn', () => token(resource(), ({ sr, sig, se }) => `sr=${sr}&sig=${encoded(sig)}&se=${se}&skn=`)],
    ['without skn', () => token(resource(), ({ sr, sig, se }) => `sr=${sr}&sig=${encoded(sig)}&se=${se}`)],
    [
      'in another order',
      () => token(resource(), ({ sr, sig, se }) => `skn=registration&se=${se}&sig=${encoded(sig)}&sr=${sr}`),
    ],
    ['with a member that nobody knows', () => token(resource(), (p) => `${usual(p)}&x=y`)],
    ['signed with the secondary key', () => token(resource(), usual, keys.secondary)],
    ['for an id in other letter case', () => token(resource('A:B._C-1'), usual)],
  ])('%s', async (_title, authorization) => {
    expect(await registerWith(authorization())).toMatchObject({ status: 200, body: { status: 'assigned' } })
  })

  test('signed with a key that was derived for an id in upper case', async () => {
    const group = await rig.keyedGroup('meters')
    const symmetricKey = hmacSha256(Buffer.from(group.primary, 'base64'), 'METER-7').toString('base64')
    expect((await rig.register('METER-7', { symmetricKey })).body).toMatchObject({
      registrationState: { registrationId: 'METER-7', symmetricKey: { enrollmentGroupId: 'meters' } },
    })
  })
})

describe('7 a token is refused with 401', () => {
  test.each<[string, string, () => string]>([
    ['that expired', 'sas_expired', () => token(resource(), usual, keys.primary, soon() - 4000)],
    ['for another id', 'sas_wrong_scope', () => token(resource('other'), usual)],
    ['for another scope', 'sas_wrong_scope', () => token(resource('a:b._c-1', '0ne0000FFFF'), usual)],
    [
      'signed with another key',
      'sas_wrong_key',
      () => token(resource(), usual, Buffer.alloc(64, 7).toString('base64')),
    ],
    [
      'whose signature is cut',
      'sas_wrong_key',
      () => token(resource(), (p) => usual({ ...p, sig: p.sig.slice(0, 20) })),
    ],
    ['with a field twice', 'sas_malformed', () => token(resource(), (p) => `${usual(p)}&se=${p.se}`)],
    ['that is none', 'sas_malformed', () => 'Bearer abc'],
  ])('%s', async (_title, reason, authorization) => {
    const { status, body } = await registerWith(authorization())
    expect([status, body.errorCode, body.info?.reason]).toEqual([401, 401002, reason])
    expect(body.message).toContain('a:b._c-1')
  })
})

describe('8, 10 what clients send beside the rule is borne', () => {
  const authorized = () => ({ authorization: token(resource(), usual) })
  test.each<[string, () => Parameters<Rig['ask']>[1]]>([
    ['Content-Encoding: utf-8', () => ({ headers: { ...authorized(), 'content-encoding': 'utf-8' }, body: {} })],
    ['no Content-Type', () => ({ headers: authorized(), body: {} })],
    [
      'a Content-Type that is not JSON',
      () => ({ headers: { ...authorized(), 'content-type': 'text/plain' }, body: {} }),
    ],
    ['no body', () => ({ headers: authorized() })],
    ['members that nobody knows', () => ({ headers: authorized(), body: { registrationId: 'a:b._c-1', tpmX: 1 } })],
    ...[{ a: 1 }, 'text', 7, null, [1, 2]].map((payload): [string, () => Parameters<Rig['ask']>[1]] => [
      `the payload ${JSON.stringify(payload)}`,
      () => ({ headers: authorized(), body: { payload } }),
    ]),
  ])('%s', async (_title, order) => {
    const { status, headers, body } = await rig.ask(`PUT ${path('a%3ab._c-1')}`, order())
    expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'application/json; charset=utf-8' })
    // semantics 18 row 70: the device's own payload is not echoed
    expect(body.registrationState).not.toHaveProperty('payload')
  })

  test('a GET with the body {}', async () => {
    const { body } = await registerWith(authorized().authorization)
    const line = `GET /${rig.idScope}/registrations/a%3Ab._c-1/operations/${body.operationId}?api-version=2019-03-31`
    expect(await rig.ask(line, { headers: authorized(), body: '{}' })).toMatchObject({
      status: 200,
      body: { status: 'assigned' },
    })
  })
})

test.each([
  ['another id', 'other', 400],
  ['the same id in other letter case', 'A:B._C-1', 200],
])('9 a body that names %s is answered as it deserves', async (_title, registrationId, status) => {
  const headers = { authorization: token(resource(), usual) }
  expect((await rig.ask(`PUT ${path('a%3Ab._c-1')}`, { headers, body: { registrationId } })).status).toBe(status)
})

describe('5, 26 the operation of a registration', () => {
  const poll = (id: string, operationId: string, more: object = {}, scope = rig.idScope) =>
    send(
      rig.device(id, { symmetricKey: keys.primary, idScope: scope, body: '', ...more }),
      'GET',
      `/${scope}/registrations/${encoded(id)}/operations/${operationId}?api-version=2018-11-01`,
    )

  test('is answered at once, on another connection with another token, with the very body of the registration', async () => {
    const { body } = await rig.register('a:b._c-1', { symmetricKey: keys.primary, apiVersion: '2018-11-01' })
    expect(body.operationId).toMatch(/^[A-Za-z0-9.-]{1,100}$/)
    const polled = await poll('a:b._c-1', String(body.operationId), { symmetricKey: keys.secondary })
    expect(polled).toMatchObject({ status: 200, body })
  })

  test('is told to nobody else', async () => {
    const own = await rig.keyedIndividual('poller')
    const { body } = await rig.register('a:b._c-1', { symmetricKey: keys.primary })
    const operationId = String(body.operationId)
    expect((await poll('poller', operationId, { symmetricKey: own.primary })).status).toBe(404)
    expect((await poll('a:b._c-1', '5.0.unknown')).body).toMatchObject({ errorCode: 404202 })
    expect((await poll('a:b._c-1', operationId, { symmetricKey: undefined })).status).toBe(401)
    expect((await poll('a:b._c-1', operationId, {}, '0neFFFFFFFF')).status).toBe(401)
  })
})

test('18 a failed registration tells code, message and time, and neither hub nor device id', async () => {
  await operator(rig.world, 'PUT', 'hubs/gone.localhost', {})
  const hub = { allocationPolicy: 'static', iotHubs: ['gone.localhost'] } as const
  const { primary } = await rig.keyedIndividual('nowhere', hub)
  await operator(rig.world, 'PATCH', 'hubs/gone.localhost', { linked: false })
  const { status, body } = await rig.register('nowhere', { symmetricKey: primary })
  expect({ status, word: body.status }).toEqual({ status: 200, word: 'failed' })
  expect(body.registrationState).toMatchObject({
    status: 'failed',
    errorCode: 400208,
    errorMessage: expect.stringContaining('"nowhere"'),
    lastUpdatedDateTimeUtc: expect.stringMatching(/Z$/),
    etag: expect.any(String),
  })
  expect(body.registrationState).not.toHaveProperty('assignedHub')
  expect(body.registrationState).not.toHaveProperty('deviceId')
})

test('21 twenty registrations of one id at the same moment are all assigned, and make one identity', async () => {
  const { primary } = await rig.keyedIndividual('twin-1')
  const answers = await Promise.all(Array.from({ length: 20 }, () => rig.register('twin-1', { symmetricKey: primary })))
  expect(
    new Set(answers.map(({ status, body }) => `${status} ${body.status} ${body.registrationState?.assignedHub}`)).size,
  ).toBe(1)
  expect(
    (await rig.hub('GET /devices')).body.filter((one: { deviceId: string }) => one.deviceId === 'twin-1'),
  ).toHaveLength(1)
})

describe('25 addresses', () => {
  test.each([
    ['an id of 128 characters', 'x'.repeat(128), 200],
    ['an id of 129 characters', 'x'.repeat(129), 400],
    ['an id that ends in a dot', 'pump.', 400],
    ['every legal character', 'aZ09-._:-', 200],
  ])('%s is %s → %i', async (_title, id, status) => {
    const symmetricKey = status === 200 ? (await rig.keyedIndividual(id)).primary : keys.primary
    const answer = await rig.register(id, { symmetricKey })
    expect(answer.status).toBe(status)
    if (status === 400) expect(answer.body).toMatchObject({ errorCode: 400004 })
    else expect(answer.body).toMatchObject({ registrationState: { registrationId: id, deviceId: id } })
  })

  test('an unknown id scope is refused, whatever the credential, and never as a failed registration', async () => {
    const { issued, chainPem } = await ca.device('scope-1')
    for (const credential of [{ symmetricKey: keys.primary }, { certificate: chainPem, key: issued.keyPem }, {}]) {
      const { status, body } = await rig.register('scope-1', { idScope: '0neFFFFFFFF', ...credential })
      expect([status, body.errorCode]).toEqual([401, 401002])
    }
  })

  test('an unknown api-version is answered as the newest, a missing one refused', async () => {
    const authorization = token(resource(), usual)
    const { primary } = keys
    expect((await rig.register('a:b._c-1', { symmetricKey: primary, apiVersion: '2031-01-01' })).status).toBe(200)
    const [bare = ''] = path('a%3Ab._c-1').split('?')
    const missing = await rig.ask(`PUT ${bare}`, { headers: { authorization }, body: {} })
    expect(missing).toMatchObject({ status: 400, body: { message: expect.stringContaining('api-version') } })
  })

  test('the status look-up gives the bare record, and 404 to who never registered', async () => {
    const line = (id: string) => `/${rig.idScope}/registrations/${id}?api-version=2021-06-01`
    await rig.register('a:b._c-1', { symmetricKey: keys.primary })
    const found = await send(rig.device('a:b._c-1', { symmetricKey: keys.primary }), 'POST', line('a%3Ab._c-1'))
    expect(found).toMatchObject({ status: 200, body: { registrationId: 'a:b._c-1', status: 'assigned' } })
    const { primary } = await rig.keyedIndividual('never')
    expect(await send(rig.device('never', { symmetricKey: primary }), 'POST', line('never'))).toMatchObject({
      status: 404,
      body: { errorCode: 404202 },
    })
  })
})

describe('11-16 MQTT', () => {
  interface Reply {
    readonly topic: string
    readonly text: string
  }
  async function connect(id: string, password: string | undefined, more: object = {}): Promise<MqttClient> {
    return connectAsync({
      protocol: 'mqtts',
      host: '127.0.0.1',
      port: rig.world.connection.ports.mqtt,
      ca: rig.device(id).rootPem,
      clientId: id,
      username: `${rig.idScope}/registrations/${id}/api-version=2019-03-31&ClientVersion=test%2F1`,
      ...(password === undefined ? {} : { password }),
      reconnectPeriod: 0,
      ...more,
    })
  }
  async function exchange(client: MqttClient, topic: string, body: string, qos: 0 | 1): Promise<Reply> {
    const reply = new Promise<Reply>((resolve) =>
      client.once('message', (got, payload) => resolve({ topic: got, text: payload.toString('latin1') })),
    )
    await client.publishAsync(topic, body, { qos })
    return reply
  }
  const put = (rid: string) => `$dps/registrations/PUT/iotdps-register/?$rid=${rid}`
  const get = (rid: string, operation: string) =>
    `$dps/registrations/GET/iotdps-get-operationstatus/?$rid=${rid}&operationId=${operation}`

  test('register and query with every body that clients send, under one request id', async () => {
    const client = await connect('a:b._c-1', token(resource(), usual), { clean: false })
    const [granted] = await client.subscribeAsync('$dps/registrations/res/#', { qos: 2 })
    expect(granted?.qos).toBe(1)
    for (const qos of [0, 1] as const) {
      for (const body of ['', ' ', '{}', '{"registrationId":"a:b._c-1","payload":{"greeting":"€"}}']) {
        const registered = await exchange(client, put('1'), body, qos)
        expect(registered.topic).toBe('$dps/registrations/res/200/?$rid=1')
        const { operationId } = JSON.parse(registered.text)
        const polled = await exchange(client, get('1', operationId), body, qos)
        expect(polled).toEqual(registered)
      }
    }
    await client.endAsync()
  })

  test('every refusal has a JSON body of pure ASCII, a tracking id that explain knows, and its status in the topic', async () => {
    const client = await connect('unknown-é', token(resource('unknown-é'), usual)).catch(() => undefined)
    expect(client).toBeUndefined() // no legal id: told in CONNACK already
    const stranger = await connect('stranger-1', token(resource('stranger-1'), usual))
    await stranger.subscribeAsync('$dps/registrations/res/#', { qos: 1 })
    for (const [topic, body, status] of [
      [put('r1'), '', 401],
      [put('r2'), '{"registrationId":"€"}', 400],
      [put('r3'), '[]', 400],
      [get('r4', 'x'), '', 401],
    ] as const) {
      const reply = await exchange(stranger, topic, body, 1)
      expect(reply.topic).toMatch(new RegExp(`^\\$dps/registrations/res/${status}/\\?\\$rid=r\\d$`))
      expect(reply.text).toMatch(/^[ -~]+$/)
      const { trackingId, errorCode } = JSON.parse(reply.text)
      expect(await operator(rig.world, 'GET', `attempts/${trackingId}`)).toMatchObject({ errorCode, transport: 'mqtt' })
    }
    await stranger.endAsync()
  })

  test.each<[string, number, () => Promise<MqttClient>]>([
    ['an expired token', 5, () => connect('a:b._c-1', token(resource(), usual, keys.primary, soon() - 4000))],
    ['a token of another device', 5, () => connect('a:b._c-1', token(resource('x'), usual))],
    ['neither token nor certificate', 5, () => connect('a:b._c-1', undefined)],
    ['another client id', 5, () => connect('a:b._c-1', token(resource(), usual), { clientId: 'x' })],
    ['a user name that is none', 4, () => connect('a:b._c-1', token(resource(), usual), { username: 'x' })],
  ])('CONNACK for %s is %i, and the attempt is told by explain', async (_title, code, connecting) => {
    await expect(connecting()).rejects.toMatchObject({ code })
    if (code === 4) return
    const [attempt] = await operator(rig.world, 'GET', `attempts?registrationId=${encoded('a:b._c-1')}&limit=1`)
    expect(attempt).toMatchObject({
      outcome: 'refused',
      transport: 'mqtt',
      message: expect.stringMatching(/a:b\._c-1/),
    })
  })
})
