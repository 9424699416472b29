/** The management and the operator API against bodies, parameters and crowds that no client of ours sends. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../src/json.ts'
import { fixedClock, group, member } from '../../src/store/contract/samples.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { realRandom, realTimers } from '../../src/system.ts'
import { issueDevice, issueRoot, issueVerification } from '../../src/x509/issue.ts'
import { caTrue, ecKeys, forgeDer } from '../forge.ts'
import { startWorld, type World } from '../world.ts'
import { type Ask, askOf, type Told } from './ask.ts'

let world: World
let ask: Ask
let service: string

/** As somebody who may do everything, and whom no change of policies bars: what is refused is refused for what it is. */
let bearer: string
const owned: Ask = (line, { headers, ...asked } = {}) =>
  ask(line, { ...asked, headers: { authorization: `Bearer ${bearer}`, ...headers } })

const arm = (path = '') =>
  `/subscriptions/s/resourceGroups/g/providers/Microsoft.Devices/provisioningServices/${service}${path}?api-version=2022-12-12`

async function begin() {
  // answers that the cloud would put off have more in them
  world = await startWorld({ config: { pace: 'cloud' } })
  ask = askOf(world)
  const roles = ['contributor', 'data-owner']
  const owner = { authorization: await world.token() }
  bearer = (await ask('POST /landfall/tokens', { headers: owner, body: { name: 'tests', roles } })).body.bearer
  service = (await owned('GET /landfall/instance')).body.serviceName
  await owned('PUT /landfall/certificates/ca', { body: { certificate: caPem() } })
  await owned('PUT /landfall/policies/victim', { body: { rights: ['ServiceConfig'] } })
  await owned('PUT /landfall/hubs/victim.example', { body: {} })
}
/** What ran before has changed all that there is. */
async function beginAnew() {
  await world[Symbol.asyncDispose]()
  await begin()
}
beforeAll(begin)
afterAll(() => world[Symbol.asyncDispose]())

const pem = (der: Uint8Array) =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`
const caPem = (subject = 'Plant') => pem(forgeDer({ subject, extensions: [caTrue()] }, ecKeys()))

/** Nothing but one of the catalogue's answers, in one clear sentence. */
function expectClear(line: string, sent: unknown, { status, text, body, headers }: Told): void {
  const told = `${line} ${JSON.stringify(sent)?.slice(0, 300)} -> ${status} ${text.slice(0, 300)}`
  expect(status, told).toBeLessThan(500)
  expect(headers['x-content-type-options'], told).toBe('nosniff')
  expect(text, told).not.toMatch(/node:|\.ts:\d|\bat \w+ \(|SQLITE|RangeError|TypeError|undefined/)
  if (status >= 400) {
    expect(String(body.message ?? body.error.message), told).toMatch(/\w.+\.( Tracking id: [\w-]+\.?)?$/)
    expect(headers['content-type'], told).toMatch(/^application\/json/)
  }
}

const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '\ud800',
    '\u202e\u2066gnp.exe',
    '\u0000',
    '\r\nset-cookie: x=y',
    '__proto__',
    'constructor',
    '../../etc/passwd',
    '%2e%2e%2f',
    '<script>alert(1)</script>',
    "' OR 1=1 --",
    '1e400',
    '-----BEGIN CERTIFICATE-----',
    'HostName=x;SharedAccessKeyName=y;SharedAccessKey=z',
    'x'.repeat(5000),
  ),
)
const hostileValue: fc.Arbitrary<Json> = fc.oneof(
  hostileText,
  fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>,
  fc.constantFrom<Json>(
    -1,
    0,
    1.5,
    2 ** 53,
    1e308,
    -1e308,
    null,
    true,
    [],
    {},
    [[]],
    [null],
    [{}],
    JSON.parse('{"__proto__":{"polluted":true}}'),
    { constructor: { prototype: { polluted: true } } },
    { toString: 1, valueOf: 1, hasOwnProperty: 1, length: -1 },
    Array(2000).fill(0),
    Array(2000).fill({}),
  ),
)

/** Every place in a body, as the names that lead to it. */
function placesOf(value: Json, at: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [at]
  return [at, ...Object.entries(value).flatMap(([name, member]) => placesOf(member ?? null, [...at, name]))]
}

function withAt(value: Json, [name, ...rest]: readonly (string | number)[], put: Json): Json {
  if (name === undefined) return put
  if (Array.isArray(value))
    return value.map((member, index) => (String(index) === name ? withAt(member, rest, put) : member))
  const object = value as JsonObject
  return { ...object, [name]: withAt(object[name] ?? null, rest, put) }
}

const bodies: readonly (readonly [string, Json])[] = [
  ['PUT /landfall/certificates/some', { certificate: caPem(), isVerified: false }],
  ['POST /landfall/certificates/ca/verify', { certificate: caPem() }],
  ['POST /landfall/certificates/read', { certificate: caPem() }],
  [
    'PUT /landfall/hubs/some.example',
    {
      linked: true,
      allocationWeight: 1,
      applyAllocationPolicy: true,
      location: 'here',
      connectionString: 'HostName=some.example;SharedAccessKeyName=x;SharedAccessKey=AAAAAAAAAAAAAAAAAAAAAA==',
    },
  ],
  [
    'PATCH /landfall/hubs/victim.example',
    { linked: false, allocationWeight: 5, applyAllocationPolicy: false, location: 'there' },
  ],
  [
    'POST /landfall/hubs/preview',
    { hubs: [{ name: 'a.example', weight: 2, applyAllocationPolicy: true, linked: true }], allocationPolicy: 'hashed' },
  ],
  [
    'POST /landfall/diagnose',
    {
      registrationId: 'x',
      idScope: '0ne0000000A',
      bodyRegistrationId: 'x',
      chain: [caPem()],
      asSent: false,
      symmetricKey: 'AAAAAAAAAAAAAAAAAAAAAA==',
      derive: true,
      endorsementKey: 'AAAA',
      transport: 'https',
      apiVersion: '2021-06-01',
      at: '2030-01-01T00:00:00Z',
    },
  ],
  [
    'POST /landfall/diagnose',
    { registrationId: 'x', sasToken: 'SharedAccessSignature sr=x&sig=y&se=1&skn=registration' },
  ],
  [
    'PUT /landfall/policies/some',
    { rights: ['EnrollmentRead'], primaryKey: 'AAAAAAAAAAAAAAAAAAAAAA==', secondaryKey: 'AAAAAAAAAAAAAAAAAAAAAA==' },
  ],
  ['PATCH /landfall/policies/victim', { rights: ['EnrollmentRead', 'ServiceConfig'] }],
  ['POST /landfall/policies/victim/rotate', { key: 'primary' }],
  ['PUT /landfall/allocation-policy', { allocationPolicy: 'static' }],
  ['POST /landfall/tokens', { name: 'some', roles: ['reader'], days: 1 }],
  ['POST /landfall/tokens', { name: 'other', roles: ['reader'], expiresUtc: '2099-01-01T00:00:00Z' }],
  ['POST /landfall/tokens/issue', { roles: ['reader'], seconds: 60, use: 'api' }],
  [
    'PUT arm',
    {
      location: 'here',
      tags: { a: 'b' },
      etag: '*',
      sku: { name: 'S1', tier: 'Standard', capacity: 1 },
      identity: { type: 'None' },
      properties: {
        allocationPolicy: 'Hashed',
        authorizationPolicies: [
          {
            keyName: 'provisioningserviceowner',
            rights: 'ServiceConfig, EnrollmentWrite',
            primaryKey: 'AAAAAAAAAAAAAAAAAAAAAA==',
            secondaryKey: 'AAAAAAAAAAAAAAAAAAAAAA==',
          },
        ],
        iotHubs: [
          {
            connectionString: 'HostName=h.example;Embedded=true',
            location: 'x',
            applyAllocationPolicy: true,
            allocationWeight: 3,
          },
        ],
        ipFilterRules: [{ filterName: 'x', ipMask: '0.0.0.0/0', action: 'Accept', target: 'all' }],
        publicNetworkAccess: 'Enabled',
        enableDataResidency: false,
        disableLocalAuth: false,
      },
    },
  ],
  ['PATCH arm', { tags: { a: 'b' } }],
  ['PUT arm/certificates/some', { properties: { certificate: caPem(), isVerified: false } }],
  ['POST arm/certificates/ca/verify', { certificate: caPem() }],
  ['POST names', { name: 'landfall', type: 'Microsoft.Devices/ProvisioningServices' }],
  [
    'PUT /enrollmentGroups/some?api-version=2021-10-01',
    { enrollmentGroupId: 'some', attestation: { type: 'symmetricKey' } },
  ],
]

const lineOf = (short: string) =>
  short
    .replace(/ arm(\S*)$/, (_, path: string) => ` ${arm(path)}`)
    .replace(
      / names$/,
      ' /subscriptions/s/providers/Microsoft.Devices/checkProvisioningServiceNameAvailability?api-version=2022-12-12',
    )

describe('bodies', () => {
  test.each(bodies)(
    '%s takes whatever stands in any place, and says what it does not like',
    async (short, template) => {
      const line = lineOf(short)
      const places = placesOf(template)
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...places), hostileValue, async (place, put) => {
          const sent = withAt(template, place, put)
          expectClear(line, sent, await owned(line, { body: sent }))
          expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
        }),
        { numRuns: 60 },
      )
      expect((await owned('GET /landfall/instance')).status).toBe(200)
    },
  )

  test.each<[string, string, number]>([
    ['a member twice: the last counts', '{"allocationPolicy":"static","allocationPolicy":"hashed"}', 200],
    ['__proto__', '{"allocationPolicy":"hashed","__proto__":{"polluted":true}}', 200],
    ['100,000 brackets', '['.repeat(100_000), 400],
    ['65 levels', `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`, 400],
    ['a mebibyte of blanks', ' '.repeat(1024 * 1024), 400],
    ['more', ' '.repeat(1024 * 1024 + 1), 413],
    ['90,000 members', `{${Array.from({ length: 90_000 }, (_, index) => `"k${index}":1`).join()}}`, 400],
    ['a number of 100,000 digits', `{"allocationPolicy":${'9'.repeat(100_000)}}`, 400],
    ['a broken surrogate', '{"allocationPolicy":"\\ud800"}', 400],
    ['JSON behind a byte order mark', '\ufeff{"allocationPolicy":"hashed"}', 200],
  ])('raw: %s', async (_, body, status) => {
    const told = await owned('PUT /landfall/allocation-policy', { body })
    expectClear('PUT /landfall/allocation-policy', body, told)
    expect(told.status).toBe(status)
    expect((await owned('GET /landfall/allocation-policy')).body).toEqual({ allocationPolicy: 'hashed' })
  })
})

test.each([
  ['PATCH /landfall/hubs/victim.example', '{"allocationWeight":1e400}'],
  ['POST /landfall/hubs/preview', '{"hubs":[{"name":"x","weight":1e400}]}'],
  ['POST /landfall/tokens', '{"name":"endless","roles":["reader"],"days":1e400}'],
  ['POST /landfall/tokens/issue', '{"seconds":1e400}'],
  ['PUT arm', '{"sku":{"capacity":1e400}}'],
  ['GET /landfall/audit?after=1e400', undefined],
  ['GET /landfall/attempts?limit=1e400', undefined],
  ['GET /landfall/attempts?limit=-1e400', undefined],
])('a number beyond all numbers is beyond the largest: %s %s', async (short, body) => {
  expect((await owned(lineOf(short), { body })).status).toBe(400)
})

test('half a character where the service is said to be breaks no address that is given out', async () => {
  const told = await owned(lineOf('PUT arm'), { body: '{"location":"\\ud800"}' })
  expect([told.status, told.headers['azure-asyncoperation']]).toEqual([201, expect.stringContaining('/%EF%BF%BD/')])
  expect((await owned(lineOf('PUT arm'), { body: { location: 'here' } })).status).toBe(201)
})

describe('parameters', () => {
  const lists: readonly (readonly [string, readonly string[]])[] = [
    ['/landfall/enrollments/groups', ['search', 'status', 'attestation', 'hub', 'sort', 'order', 'after', 'limit']],
    ['/landfall/enrollments/individual', ['search', 'status', 'attestation', 'hub', 'sort', 'order', 'after', 'limit']],
    ['/landfall/registrations', ['search', 'status', 'hub', 'group', 'order', 'after', 'limit']],
    ['/landfall/audit', ['after', 'limit', 'kind', 'id', 'actor', 'since', 'until']],
    ['/landfall/attempts', ['registrationId', 'limit']],
    ['/landfall/certificates/expiring', ['days', 'limit', 'after']],
    ['/landfall/policies/victim', ['keys']],
  ]
  const forged = fc
    .oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.record({
        of: fc.constantFrom('groups', 'individual', 'registrations'),
        sort: fc.constantFrom('key', 'created'),
        order: fc.constantFrom('asc', 'desc'),
        key: hostileValue,
        at: hostileValue,
      }),
      fc.record({ shelf: hostileValue, slot: fc.record({ notAfterUtc: hostileValue, key: hostileValue }) }),
    )
    .map((value) => Buffer.from(JSON.stringify(value)).toString('base64url'))
  const parameter = fc.oneof(
    hostileText,
    forged,
    fc.constantFrom(
      '1',
      '0',
      '-1',
      '1e300',
      'NaN',
      'Infinity',
      '0x10',
      '9'.repeat(30),
      '+275760-09-13',
      '-271821-04-20T00:00:00Z',
      '0000-00-00',
    ),
  )
  const encoded = (text: string) => encodeURIComponent(text.toWellFormed()).slice(0, 3000)

  test.each(lists)('%s: any of them', async (path, names) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom(...names), parameter), { maxLength: 4 }), async (query) => {
        const line = `GET ${path}?${query.map(([name, value]) => `${name}=${encoded(value)}`).join('&')}`
        expectClear(line, undefined, await owned(line))
      }),
      { numRuns: 150 },
    )
  })

  test('names in paths', async () => {
    const paths = [
      '/landfall/policies/',
      '/landfall/hubs/',
      '/landfall/certificates/',
      '/landfall/tokens/',
      '/landfall/quick-start/',
      '/landfall/registrations/',
      '/landfall/attempts/',
      '/landfall/traces/',
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'PUT', 'PATCH', 'DELETE'),
        fc.constantFrom(...paths),
        parameter,
        async (method, path, name) => {
          const line = `${method} ${path}${encoded(name)}`
          expectClear(line, undefined, await owned(line, method === 'PUT' || method === 'PATCH' ? { body: {} } : {}))
        },
      ),
      { numRuns: 300 },
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('GET', 'PUT', 'DELETE'), parameter, async (method, name) => {
        const line = `${method} ${arm(`/certificates/${encoded(name)}`)}`
        expectClear(line, undefined, await owned(line, method === 'PUT' ? { body: {} } : {}))
      }),
      { numRuns: 100 },
    )
  })

  test.each([
    'if-match',
    'x-ms-client-request-id',
    'accept',
    'content-type',
    'host',
    'last-event-id',
    'cookie',
    'x-http-method-override',
    'transfer-encoding',
  ])('the header %s', async (name) => {
    for (const value of [
      '',
      '"',
      '*',
      ',,,,',
      '\u00ff',
      'x'.repeat(8000),
      '../..',
      '"a", W/"b"',
      'text/plain',
      'gzip, chunked',
    ]) {
      const told = await owned('PATCH /landfall/policies/victim', {
        headers: { [name]: value },
        body: { rights: ['ServiceConfig'] },
      }).catch((error: Error) => error)
      // node refuses to send some of them, or the connection ends as it was no request
      if (told instanceof Error) continue
      expect(told.status).toBeLessThan(501)
      expect(told.text).not.toMatch(/node:|\.ts:\d/)
      if (told.status !== 400 && told.status !== 501) expectClear(name, value, told)
    }
    expect((await owned('GET /landfall/instance')).status).toBe(200)
  })
})

describe('two at once, and lists that are sent back', () => {
  beforeAll(beginAnew)

  const resource = async () => (await owned(`GET ${arm()}`)).body
  const put = (body: object, headers = {}) => owned(`PUT ${arm()}`, { body: { location: 'x', ...body }, headers })
  const keyed = (name: string, character: string) =>
    `HostName=${name};SharedAccessKeyName=iothubowner;SharedAccessKey=${Buffer.alloc(32, character).toString('base64')}`
  const linkOf = async (name: string) =>
    (await owned(`GET /landfall/hubs/${name}?keys=true`)).body.connectionStrings?.link

  test('of twenty changes under one etag one is made, and the others are told', async () => {
    const { etag } = await resource()
    const told = await Promise.all(
      Array.from({ length: 20 }, (_, index) => put({ etag, tags: { winner: String(index) } })),
    )
    expect(told.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(told.filter(({ status }) => status === 412)).toHaveLength(19)
  })

  test('twenty policies and twenty tags at once are all there', async () => {
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        await owned(`PUT /landfall/policies/crowd-${index}`, { body: { rights: ['EnrollmentRead'] } })
        await put({ tags: { [`t${index}`]: 'x' } })
      }),
    )
    const names = (await owned('GET /landfall/policies')).body.map(({ name }: { name: string }) => name)
    expect(names).toEqual(expect.arrayContaining(Array.from({ length: 20 }, (_, index) => `crowd-${index}`)))
  })

  test('a change of tags, of hubs or of nothing loses no policy and no key', async () => {
    const keys = async () => (await owned(`POST ${arm('/listkeys')}`)).body
    const before = await keys()
    for (const body of [
      {},
      { tags: {} },
      { properties: {} },
      { properties: { iotHubs: (await resource()).properties.iotHubs } },
      { properties: null },
    ])
      expect((await put(body)).status).toBe(201)
    expect(await keys()).toEqual(before)
  })

  test('a masked key is its own hub\u2019s, under its own policy, or refused', async () => {
    const [a, b] = [keyed('a.example', 'a'), keyed('b.example', 'b')]
    expect((await put({ properties: { iotHubs: [{ connectionString: a }, { connectionString: b }] } })).status).toBe(
      201,
    )
    const masked = (name: string, policy = 'iothubowner') =>
      `HostName=${name};SharedAccessKeyName=${policy};SharedAccessKey=****`
    // in another order, in another case, one of them with a new key
    const fresh = keyed('b.example', 'c')
    expect(
      (await put({ properties: { iotHubs: [{ connectionString: fresh }, { connectionString: masked('A.EXAMPLE') }] } }))
        .status,
    ).toBe(201)
    expect([await linkOf('a.example'), await linkOf('b.example')]).toEqual([a, fresh])
    for (const connectionString of [
      masked('a.example', 'device'),
      masked('c.example'),
      `${masked('a.example')};HostName=c.example`,
      'HostName=a.example;SharedAccessKey=****',
      masked('a.example').replace('****', '*****'),
    ]) {
      const { status } = await put({
        properties: { iotHubs: [{ connectionString }, { connectionString: masked('b.example') }] },
      })
      expect([connectionString, status]).toEqual([connectionString, 400])
    }
    expect([await linkOf('a.example'), await linkOf('b.example')]).toEqual([a, fresh])
    await put({ properties: { iotHubs: [{ hostName: '127.0.0.1' }] } })
  })

  test('nobody is locked out by a list of policies', async () => {
    for (const authorizationPolicies of [
      [],
      [{ keyName: 'x', rights: 'EnrollmentRead' }],
      [
        { keyName: 'x', rights: 'ServiceConfig' },
        { keyName: 'X', rights: 'ServiceConfig' },
      ],
    ])
      expect((await put({ properties: { authorizationPolicies } })).status).toBe(400)
    const { body } = await owned('GET /landfall/policies')
    const rights = body.flatMap((policy: { readonly rights: readonly string[] }) => policy.rights)
    expect(rights).toContain('ServiceConfig')
  })

  test('warnings are one header of plain text, whatever the names in them', async () => {
    const enrollment = {
      enrollmentGroupId: 'named',
      attestation: { type: 'symmetricKey' },
      iotHubs: ['w.example'],
      allocationPolicy: 'static',
    }
    await put({
      properties: { iotHubs: [{ hostName: '127.0.0.1' }, { connectionString: 'HostName=w.example;Embedded=true' }] },
    })
    expect((await owned('PUT /enrollmentGroups/named?api-version=2021-10-01', { body: enrollment })).status).toBe(200)
    const ipFilterRules = [{ filterName: '\r\nset-cookie: a=b\u202e\u00e9', ipMask: '0.0.0.0/0', action: 'Accept' }]
    const told = await put({ properties: { iotHubs: [{ hostName: '127.0.0.1' }], ipFilterRules } })
    expect(told.headers['x-landfall-warning']).toMatch(/^[\x20-\x7e]*"named"[\x20-\x7e]*$/)
    expect(told.headers['set-cookie']).toBeUndefined()
  })
})

describe('input that is wrong', () => {
  test('gets one clear sentence and loses nothing: the code goes on, and the right proof is taken after all', async () => {
    const moment = { at: world.clock.now(), random: realRandom }
    const ca = await issueRoot({ ...moment, commonName: 'Plant' })
    await owned('PUT /landfall/certificates/plant', { body: { certificate: ca.pem } })
    await owned('POST /landfall/certificates/plant/code')
    const state = async () => (await owned('GET /landfall/certificates/plant')).body
    const before = await state()
    const proof = async (code: string, at = moment.at, by = ca) =>
      (await issueVerification({ ...moment, at, code, ca: by, days: 1 })).pem
    const code: string = before.verificationCode
    const device = await issueDevice({ ...moment, registrationId: 'pump', ca })
    const other = await issueRoot({ ...moment, commonName: 'Plant' })
    const wrong: readonly (readonly [string, object, Readonly<Record<string, string>>?])[] = [
      ['PUT /landfall/certificates/plant', { certificate: 'GIF89a' }],
      ['PUT /landfall/certificates/plant', { certificate: device.pem }],
      ['PUT /landfall/certificates/plant', { certificate: ca.pem + ca.keyPem }],
      ['PUT /landfall/certificates/plant', { certificate: other.pem }, { 'if-match': '"stale"' }],
      ['POST /landfall/certificates/plant/verify', { certificate: await proof('0'.repeat(code.length)) }],
      ['POST /landfall/certificates/plant/verify', { certificate: await proof(code, moment.at - 40 * 86_400_000) }],
      ['POST /landfall/certificates/plant/verify', { certificate: await proof(code, moment.at, other) }],
      ['POST /landfall/certificates/plant/verify', { certificate: ca.pem }],
      ['POST /landfall/certificates/plant/verify', { certificate: await proof(code) }, { 'if-match': '"stale"' }],
      ['POST /landfall/certificates/plant/code', {}, { 'if-match': '"stale"' }],
      ['DELETE /landfall/certificates/plant', {}, { 'if-match': '"stale"' }],
    ]
    for (const [line, body, headers] of wrong) {
      const told = await owned(line, { body, headers })
      expectClear(line, body, told)
      expect([line, told.status]).toEqual([line, headers ? 412 : 400])
      expect(told.body.message.split('\n')).toHaveLength(1)
      expect(await state()).toEqual(before)
    }
    const proved = await owned('POST /landfall/certificates/plant/verify', { body: { certificate: await proof(code) } })
    expect([proved.status, proved.body.isVerified]).toEqual([200, true])
  })
})

describe('what one visitor can take up', () => {
  const half = 500 * 1024
  const many = (text: string) => text.repeat(Math.floor(half / text.length))
  const nested = () => {
    let der = Buffer.alloc(0)
    while (der.length < 60_000) {
      const length = der.length < 128 ? [der.length] : [0x82, der.length >> 8, der.length & 255]
      der = Buffer.concat([Buffer.from([0x30, ...length]), der])
    }
    return der.toString('base64')
  }

  test.each<[string, string, () => unknown]>([
    ['certificates by the thousand', 'POST /landfall/certificates/read', () => ({ certificate: many(caPem()) })],
    [
      'fifty of one name',
      'POST /landfall/certificates/read',
      () => ({ certificate: Array.from({ length: 50 }, () => caPem()).join('') }),
    ],
    [
      'armour without end',
      'POST /landfall/certificates/read',
      () => ({ certificate: many('-----BEGIN CERTIFICATE-----') }),
    ],
    [
      'dashes',
      'POST /landfall/certificates/read',
      () => ({ certificate: `-----BEGIN CERTIFICATE-----${'-'.repeat(half)}` }),
    ],
    ['blanks', 'POST /landfall/certificates/read', () => ({ certificate: `M${' '.repeat(half)}!` })],
    ['sequences in sequences', 'POST /landfall/certificates/read', () => ({ certificate: nested() })],
    [
      'a chain of a hundred that could be each other\u2019s issuer',
      'POST /landfall/diagnose',
      () => ({ registrationId: 'x', chain: Array.from({ length: 100 }, () => caPem()) }),
    ],
    [
      'texts by the hundred',
      'POST /landfall/diagnose',
      () => ({ registrationId: 'x', chain: Array.from({ length: 100 }, () => 'x'.repeat(10_000)) }),
    ],
    [
      '900 policies',
      'PUT arm',
      () => ({
        properties: {
          authorizationPolicies: Array.from({ length: 900 }, (_, index) => ({
            keyName: `p${index}`,
            rights: 'ServiceConfig',
          })),
        },
      }),
    ],
    [
      '15,000 policies',
      'PUT arm',
      () => ({
        properties: {
          authorizationPolicies: Array.from({ length: 15_000 }, (_, index) => ({
            keyName: `p${index}`,
            rights: 'ServiceConfig',
          })),
        },
      }),
    ],
    [
      '1000 hubs',
      'PUT arm',
      () => ({
        properties: { iotHubs: Array.from({ length: 1000 }, (_, index) => ({ hostName: `h${index}.example` })) },
      }),
    ],
    ['a mebibyte of an identity', 'PUT arm', () => ({ identity: { x: 'x'.repeat(1_000_000) } })],
    ['a mebibyte of rights', 'PATCH /landfall/policies/victim', () => `{"rights":[${'1,'.repeat(500_000)}1]}`],
  ])('%s get a clear answer', async (_, short, make) => {
    const line = lineOf(short)
    expectClear(line, undefined, await owned(line, { body: make() }))
  })

  test('settings that every request reads have a size, and what makes them smaller is always taken', async () => {
    await beginAnew()
    const hubs = (count: number) => ({
      location: 'x',
      properties: { iotHubs: Array.from({ length: count }, (_, index) => ({ hostName: `many-${index}.example` })) },
    })
    const told = await owned(lineOf('PUT arm'), { body: hubs(900) })
    expect([told.status, told.body.message]).toEqual([400, expect.stringContaining('larger than 256 KiB')])
    const large = await owned(lineOf('PUT arm'), { body: { location: 'x', identity: { x: 'x'.repeat(200 * 1024) } } })
    expect(large.status).toBe(201)
    const more = await owned(lineOf('PUT arm'), {
      body: { location: 'x', properties: { deviceRegistryNamespace: { x: 'x'.repeat(80 * 1024) } } },
    })
    expect(more.status).toBe(400)
    expect((await owned(lineOf('PUT arm'), { body: { location: 'x', identity: { type: 'None' } } })).status).toBe(201)
  })

  test('a crowd of quick starts is served four at a time, and who comes then is told to come again', async () => {
    const all = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        owned('POST /landfall/quick-start', { body: { name: `crowd-${index}`, keyType: 'rsa-2048' } }),
      ),
    )
    const served = all.filter(({ status }) => status === 200)
    expect(served.length).toBeGreaterThanOrEqual(4)
    expect(served.length).toBeLessThan(30)
    for (const { text } of served) expect(text).toContain('"step":"done"')
    for (const { status, body } of all.filter((one) => !served.includes(one)))
      expect([status, body.info.reason]).toEqual([503, 'overloaded'])
    expect((await owned('POST /landfall/quick-start', { body: {} })).status).toBe(200)
  })

  test('quick starts whose reader left give their place back', async () => {
    for (let round = 0; round < 3; round++)
      await Promise.all(
        Array.from({ length: 4 }, () => owned('POST /landfall/quick-start', { body: { devices: 10 }, headOnly: true })),
      )
    let status = 503
    while (status === 503) status = (await owned('POST /landfall/quick-start', { body: {} })).status
    expect(status).toBe(200)
  })

  test('a preview of a thousand hubs and ten thousand devices looks at as many as a second allows', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'landfall-preview-'))
    try {
      const store = await openSqlite({ path: join(dataDir, 'landfall.db'), clock: fixedClock, timers: realTimers })
      await store.commit([{ put: 'group', value: group('fleet'), expect: 'absent' }])
      for (let first = 0; first < 10_000; first += 1000)
        await store.commit(
          Array.from({ length: 1000 }, (_, index) => {
            const value = member(`d-${first + index}`, 'fleet')
            return { put: 'registration', value, expect: 'absent' } as const
          }),
        )
      await store.close()
      await using here = await startWorld({ config: { dataDir } })
      const headers = { authorization: await here.token() }
      const preview = async (count: number) => {
        const hubs = Array.from({ length: count }, (_, index) => ({ name: `h${index}.example` }))
        return await askOf(here)('POST /landfall/hubs/preview', { headers, body: { hubs } })
      }
      expect((await preview(1000)).body.sampled).toBeLessThanOrEqual(1000)
      expect((await preview(2)).body.sampled).toBe(10_000)
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  })
})
