/** The management and the operator API against bodies, parameters and crowds that no client of ours sends. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../src/json.ts'
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

beforeAll(async () => {
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
})
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
