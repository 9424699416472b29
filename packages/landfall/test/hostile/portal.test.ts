/** What other sites, and whoever writes their own requests, can make of the portal and of a session that is open. */
import { readFileSync } from 'node:fs'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { World } from '../world.ts'
import { startWorld } from '../world.ts'
import { type Ask, askOf, signIn } from './ask.ts'
import { isEndless, lineOf, needed, startWithRoutes } from './routes.ts'

let world: World
let routes: readonly string[]
let ask: Ask

beforeAll(async () => {
  const started = await startWithRoutes()
  world = started.world
  routes = started.routes
  ask = askOf(world)
})
afterAll(() => world[Symbol.asyncDispose]())

const owner = async () => ({ authorization: await world.token() })
const signedIn = async () => signIn(ask, await world.token())

describe('a session of somebody, used by another site', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const plain = { 'content-type': 'text/plain' }
  const other = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }

  test.each<[string, Readonly<Record<string, string>>, string]>([
    ['a form', { ...form, ...other }, 'allocationPolicy=static'],
    ['a form, by a browser that says nothing of where it comes from', form, 'allocationPolicy=static'],
    ['JSON as text, which asks no leave first', { ...plain, ...other }, '{}'],
    ['JSON as text, from nowhere', plain, '{}'],
    ['JSON of no type', { 'content-type': '' }, '{}'],
    ['a multipart form', { 'content-type': 'multipart/form-data; boundary=x', ...other }, '--x--'],
    ['the csrf in the query', { 'x-other': '1' }, '{}'],
    ['another csrf', { 'x-landfall-csrf': 'A'.repeat(43) }, '{}'],
    ['an empty csrf', { 'x-landfall-csrf': '' }, '{}'],
  ])('changes nothing on any route: %s', async (_, more, body) => {
    const { cookie } = await signedIn()
    const before = (await ask('GET /landfall/audit?limit=1', { headers: await owner() })).body.items[0]?.number
    for (const route of Object.keys(needed).filter((one) => !/^(GET|HEAD) /.test(one))) {
      const { status, body: told } = await ask(lineOf(route), { headers: { cookie, ...more }, body })
      const reason = told.info?.reason ?? /portal only/.exec(told.error?.message)?.[0]
      expect([route, status, reason]).toEqual([route, 403, expect.stringMatching(/cross_site|portal only/)])
    }
    const after = (await ask('GET /landfall/audit?limit=1', { headers: await owner() })).body.items[0]?.number
    expect(after).toBe(before)
  })

  test.each<[string, Readonly<Record<string, string>>]>([
    ['from another site', { 'sec-fetch-site': 'cross-site' }],
    ['from another port of this host', { 'sec-fetch-site': 'same-site', origin: 'https://127.0.0.1:1' }],
    ['from a frame without origin', { origin: 'null' }],
    ['over plain HTTP of the same host', { origin: 'http://127.0.0.1' }],
  ])('is refused with the right csrf too, and for reading: %s', async (_, more) => {
    const { cookie, csrf } = await signedIn()
    for (const route of Object.keys(needed)) {
      const headers = { cookie, 'x-landfall-csrf': csrf, ...more }
      const { status } = await ask(lineOf(route), { headers, ...(route.startsWith('GET ') ? {} : { body: {} }) })
      expect([route, status]).toEqual([route, 403])
    }
  })

  test.each(['x-http-method-override', 'x-http-method', 'x-method-override'])(
    'no header makes another method of a GET: %s',
    async (name) => {
      const { cookie } = await signedIn()
      await ask('PUT /landfall/policies/keep', { headers: await owner(), body: { rights: ['EnrollmentRead'] } })
      const { status } = await ask('GET /landfall/policies/keep?_method=DELETE', {
        headers: { cookie, [name]: 'DELETE' },
      })
      expect(status).toBe(200)
      const kept = await ask('GET /landfall/policies/keep', { headers: await owner() })
      expect(kept.body).toEqual({ name: 'keep', rights: ['EnrollmentRead'] })
      await ask('DELETE /landfall/policies/keep', { headers: await owner() })
    },
  )

  test('nobody is signed in, or out, by another site', async () => {
    const { cookie, csrf } = await signedIn()
    for (const headers of [
      { cookie, ...other },
      { cookie, ...form },
      { cookie, 'x-landfall-csrf': csrf, ...other },
    ])
      expect((await ask('DELETE /portal/session', { headers })).status).toBe(403)
    const into = await ask('POST /portal/session', { headers: { ...(await owner()), ...other } })
    expect([into.status, into.headers['set-cookie']]).toEqual([403, undefined])
    const byForm = await ask('POST /portal/session', {
      headers: { ...form, cookie },
      body: `authorization=${await world.token()}`,
    })
    expect([byForm.status, byForm.headers['set-cookie']]).toEqual([401, undefined])
    expect((await ask('GET /portal/session', { headers: { cookie } })).status).toBe(200)
  })

  test('the csrf of one session is worth nothing in another', async () => {
    const [one, two] = [await signedIn(), await signedIn()]
    const headers = { cookie: one.cookie, 'x-landfall-csrf': two.csrf }
    expect(
      (await ask('PUT /landfall/allocation-policy', { headers, body: { allocationPolicy: 'hashed' } })).status,
    ).toBe(403)
  })
})

describe('fixation', () => {
  test('no id that somebody else chose or had becomes that of a session', async () => {
    const planted = `__Host-landfall=${'B'.repeat(43)}`
    const { cookie: old, csrf } = await signedIn()
    for (const cookie of [planted, `${planted}; ${old}`, `${old}; ${planted}`]) {
      const told = await ask('POST /portal/session', { headers: { ...(await owner()), cookie } })
      const fresh = String(told.headers['set-cookie']).split(';')[0] ?? ''
      expect([planted, old]).not.toContain(fresh)
      expect((await ask('GET /landfall/instance', { headers: { cookie: planted } })).status).toBe(401)
    }
    // signing in again has ended the one before, for whoever knows it
    expect((await ask('GET /landfall/instance', { headers: { cookie: old, 'x-landfall-csrf': csrf } })).status).toBe(
      401,
    )
  })

  test('a failed sign-in neither gives a cookie nor ends what is open', async () => {
    const { cookie } = await signedIn()
    const authorization = 'SharedAccessSignature sr=127.0.0.1&sig=AAAA&se=9999999999&skn=provisioningserviceowner'
    const told = await ask('POST /portal/session', { headers: { authorization, cookie } })
    expect([told.status, told.headers['set-cookie']]).toEqual([401, undefined])
    expect((await ask('GET /portal/session', { headers: { cookie } })).status).toBe(200)
  })

  test('the id stands in the cookie alone: in no body, no address, no log of changes', async () => {
    const { told, cookie } = await signedIn()
    const id = cookie.split('=')[1] ?? 'none'
    expect(id).toMatch(/^[\w-]{43}$/)
    expect(told.text).not.toContain(id)
    for (const path of ['/portal/session', '/landfall/audit?limit=100', '/landfall/tokens', '/landfall/instance'])
      expect((await ask(`GET ${path}`, { headers: { cookie } })).text).not.toContain(id)
    for (const path of [`/portal/session?id=${id}`, `/landfall/instance?session=${id}`, `/portal/session;${cookie}`])
      expect((await ask(`GET ${path}`)).headers['set-cookie']).toBeUndefined()
  })
})

describe('frames, types, and what is lent to other sites', () => {
  const answers: readonly string[] = [
    'GET /',
    'GET /portal',
    'GET /portal/',
    'GET /portal/enrollments/groups/x',
    'GET /portal/assets/none.js',
    'GET /portal/none.txt',
    'GET /portal/session',
    'POST /portal/session',
    'POST /portal/anything',
    'GET /portal/%ZZ',
    'GET /%ZZ',
    'GET /none',
    'GET /healthz',
    'OPTIONS /landfall/policies/x',
    'OPTIONS /portal/session',
    'GET /metadata/endpoints',
    'POST /adfs/oauth2/token',
    'GET /adfs/.well-known/openid-configuration',
    'PUT /0ne00000000/registrations/x/register',
    'GET /devices',
  ]

  test('every answer says so, with and without a session, whether it is one or a refusal', async () => {
    const { cookie } = await signedIn()
    const lines = [...answers, ...routes.filter((one) => one in needed).map(lineOf)]
    for (const line of lines)
      for (const more of [{}, { cookie }, await owner()] as readonly Readonly<Record<string, string>>[]) {
        const asked = { headers: { origin: 'https://evil.example', ...more }, headOnly: isEndless(line) }
        const { headers, status } = await ask(line, asked)
        const said = String(headers['content-security-policy'])
        expect([line, status, said]).toEqual([
          line,
          status,
          expect.stringMatching(/default-src 'none'.*frame-ancestors 'none'/),
        ])
        expect([line, said]).toEqual([line, expect.not.stringMatching(/unsafe|\*|https?:/)])
        expect([line, headers['x-content-type-options']]).toEqual([line, 'nosniff'])
        expect([line, headers['cross-origin-resource-policy']]).toEqual([line, 'same-origin'])
        expect(Object.keys(headers).filter((name) => /^access-control|^server$|powered-by/.test(name))).toEqual([])
      }
  })

  test('answers with keys in them stay in no cache', async () => {
    const { cookie } = await signedIn()
    for (const path of [
      '/landfall/policies/provisioningserviceowner?keys=true',
      '/landfall/hubs/127.0.0.1?keys=true',
      '/portal/session',
      '/landfall/registrations',
    ])
      expect([path, (await ask(`GET ${path}`, { headers: { cookie } })).headers['cache-control']]).toEqual([
        path,
        'no-store',
      ])
  })

  test('what is said of a stranger is JSON, whatever it wants to be', async () => {
    const script = '%3Cscript%3Ealert(1)%3C%2Fscript%3E'
    const paths = [
      `/landfall/policies/${script}`,
      `/none/${script}`,
      `/portal/assets/${script}`,
      `/enrollments/${script}?api-version=2021-10-01`,
      `/landfall/audit?since=${script}`,
      `/adfs/${script}`,
    ]
    for (const path of paths) {
      const { headers, status } = await ask(`GET ${path}`, { headers: { ...(await owner()), accept: 'text/html' } })
      expect([path, status >= 400, headers['content-type']]).toEqual([
        path,
        true,
        expect.stringMatching(/^application\/json/),
      ])
    }
  })
})

test.each([
  '/portal/../package.json',
  '/portal/..%2fpackage.json',
  '/portal/%2e%2e/package.json',
  '/portal/%2e%2e%2fpackage.json',
  '/portal/..%5cpackage.json',
  '/portal/%252e%252e%252fpackage.json',
  '/portal/%c0%ae%c0%ae/package.json',
  '/portal/assets/..;/..;/package.json',
  '/portal/assets/....//....//package.json',
  '/portal//../../../../../../etc/passwd',
  '/portal/assets%2f..%2f..%2f..%2flandfall%2fpackage.json',
  '/portal/file:///etc/passwd',
  '/portal/\\..\\..\\etc\\passwd',
  '/portal/assets/%00/../../package.json',
  '/portal/index.html%00.js',
  '/%70ortal/../package.json',
  '/PORTAL/../package.json',
  '//portal/../../etc/passwd',
  '/portal/assets/../../../../../proc/self/environ',
  'https://evil.example/portal/',
  '*',
])('no spelling of a path leads to another file: %s', async (path) => {
  const { status, text, headers } = await ask(`GET ${path}`, { headers: { accept: '*/*' } })
  expect(status).toBeLessThan(504)
  expect(text).not.toMatch(/root:|"dependencies"|PRIVATE KEY|PATH=/)
  expect(String(headers.location ?? '/portal/')).toMatch(/^\/portal\//)
})

describe('requests that two readers could take for different ones', () => {
  const hidden = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'
  const post = (headers: string, body: string) =>
    `POST /portal/session HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n\r\n${body}`

  test.each([
    ['length and chunks', post(`Content-Length: 4\r\nTransfer-Encoding: chunked`, `0\r\n\r\n${hidden}`)],
    ['chunks and length', post(`Transfer-Encoding: chunked\r\nContent-Length: 4`, `0\r\n\r\n${hidden}`)],
    ['two lengths', post(`Content-Length: 0\r\nContent-Length: ${hidden.length}`, hidden)],
    ['a list of lengths', post(`Content-Length: 0, ${hidden.length}`, hidden)],
    ['a length with a sign', post(`Content-Length: +0`, hidden)],
    ['a length in hexadecimal', post(`Content-Length: 0x0`, hidden)],
    ['a blank before the colon', post(`Transfer-Encoding : chunked`, `0\r\n\r\n${hidden}`)],
    ['a folded header', post(`X: 1\r\n Content-Length: 0`, hidden)],
    ['an encoding that is none', post(`Transfer-Encoding: xchunked`, hidden)],
    ['chunks that are not last', post(`Transfer-Encoding: chunked, identity`, `0\r\n\r\n${hidden}`)],
    ['a bare line feed', `POST /portal/session HTTP/1.1\nHost: x\nContent-Length: 0\n\n${hidden}`],
    ['a NUL in a header', post(`X: a\0b\r\nContent-Length: 0`, hidden)],
    ['a carriage return in a header', post(`X: a\rContent-Length: 99\r\nContent-Length: 0`, hidden)],
    ['no host', `GET /portal/ HTTP/1.1\r\n\r\n${hidden}`],
    ['a chunk of no size', post(`Transfer-Encoding: chunked`, `zz\r\n\r\n${hidden}`)],
    ['a chunk size with more', post(`Transfer-Encoding: chunked`, `0_0\r\n\r\n${hidden}`)],
  ])('%s: refused, and nothing behind it is read', async (_, request) => {
    const answer = await raw(request)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer.match(/HTTP\/1\.1 \d/g)).toHaveLength(1)
    expect(answer).not.toContain('alive')
  })

  function raw(request: string): Promise<string> {
    const ca = readFileSync(world.connection.rootCaPath)
    return new Promise((resolve, reject) => {
      const socket = connect({ host: world.host, port: world.connection.ports.https, ca }, () =>
        socket.write(request, 'latin1'),
      )
      let told = ''
      socket.on('data', (chunk) => {
        told += chunk
      })
      socket.once('close', () => resolve(told))
      socket.once('error', reject)
    })
  }
})

describe('trying keys', () => {
  const wrong = (name: string) => ({
    authorization: `SharedAccessSignature sr=127.0.0.1&sig=${'A'.repeat(43)}%3D&se=9999999999&skn=${name}`,
  })

  test('an address that it says to be the proxy of others is one address', async () => {
    await using here = await startWorld()
    const asked = askOf(here)
    const statuses: number[] = []
    for (let index = 0; index < 14; index++) {
      const from = `203.0.113.${index}`
      const claims = {
        'x-forwarded-for': from,
        forwarded: `for=${from}`,
        'x-real-ip': from,
        'true-client-ip': from,
        'cf-connecting-ip': from,
      }
      statuses.push(
        (await asked('POST /portal/session', { headers: { ...wrong(`policy-${index}`), ...claims } })).status,
      )
    }
    expect(statuses).toEqual([...Array(10).fill(401), ...Array(4).fill(429)])
    const audit = await asked('GET /landfall/audit', {
      headers: { authorization: await here.token(), 'x-forwarded-for': '203.0.113.9' },
    })
    expect(audit.text).not.toContain('203.0.113.')
  })

  test('every kind of credential counts, and a right one among them opens no door again', async () => {
    await using here = await startWorld()
    const asked = askOf(here)
    const right = { authorization: await here.token() }
    const kinds = [
      wrong('provisioningserviceowner'),
      wrong('nobody'),
      { authorization: 'Bearer lf1.6f2d7a52-0000-4000-8000-000000000000.AAAA' },
      { authorization: 'Bearer a.b.c' },
      { authorization: 'Basic b3duZXI6b3duZXI=' },
    ]
    for (const headers of kinds) expect((await asked('POST /portal/session', { headers })).status).toBe(401)
    expect((await asked('POST /portal/session', { headers: right })).status).toBe(201)
    for (const headers of kinds) expect((await asked('POST /portal/session', { headers })).status).toBe(401)
    const told = await asked('POST /portal/session', { headers: right })
    expect([told.status, told.headers['retry-after'], told.body.errorCode]).toEqual([429, '30', 429002])
    expect(told.headers['set-cookie']).toBeUndefined()
  })
})
