/** contract/management 6.4 and issue 5: tokens, an issuer, sessions of the portal, over a whole service and real sockets. */

import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { audience, type OidcIssuer, startIssuer } from '../oidc-issuer.ts'
import { startWorld, type World } from '../world.ts'
import { tokenOf } from './rig.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

interface Told {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any
}

interface Order {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly at?: World
}

/** `ask('GET /landfall/instance')`, with nothing added. */
async function ask(line: string, { headers = {}, body, at = world }: Order = {}): Promise<Told> {
  const [method = 'GET', path = '/'] = line.split(' ')
  const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
  const answer = await at.fetch(`https://${at.authority}${path}`, {
    method,
    headers: { ...json, ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const text = await answer.text()
  const isJson = answer.headers.get('content-type')?.startsWith('application/json')
  return { status: answer.status, headers: answer.headers, body: isJson && text ? JSON.parse(text) : text }
}

const ownerAsk = async (line: string, { headers, ...order }: Order = {}) =>
  ask(line, { ...order, headers: { authorization: await (order.at ?? world).token(), ...headers } })
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const issue = async (order: object = {}, at: World = world) =>
  (await ownerAsk('POST /landfall/tokens/issue', { body: order, at })).body.token as string
const makePrincipal = async (name: string, roles: readonly string[], at: World = world) =>
  (await ownerAsk('POST /landfall/tokens', { body: { name, roles }, at })).body
/** What `az` does with a client id and its secret. */
async function exchange({ id, secret }: { id: string; secret: string }, at: World = world): Promise<string> {
  const answer = await at.fetch(`https://${at.authority}/adfs/oauth2/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret }).toString(),
  })
  return ((await answer.json()) as { access_token: string }).access_token
}

const version = 'api-version=2021-10-01'
const key = { attestation: { type: 'symmetricKey' } }

describe('tokens', () => {
  test.each<[string, Readonly<Record<string, number>>]>([
    [
      'reader',
      { manage: 200, change: 403, keys: 403, enrollment: 404, enroll: 403, mechanism: 403, record: 404, forget: 403 },
    ],
    [
      'contributor',
      { manage: 200, change: 200, keys: 200, enrollment: 403, enroll: 403, mechanism: 403, record: 403, forget: 403 },
    ],
    [
      'data-owner',
      { manage: 403, change: 403, keys: 403, enrollment: 404, enroll: 400, mechanism: 404, record: 404, forget: 404 },
    ],
  ])('the role %s may do what it says, and is told what it lacks', async (role, statuses) => {
    const headers = bearer(await issue({ roles: [role] }))
    const allocationPolicy = 'hashed'
    const told = {
      manage: await ask('GET /landfall/instance', { headers }),
      change: await ask('PUT /landfall/allocation-policy', { headers, body: { allocationPolicy } }),
      keys: await ask('GET /landfall/policies/provisioningserviceowner?keys=true', { headers }),
      enrollment: await ask(`GET /enrollments/nobody?${version}`, { headers }),
      enroll: await ask(`PUT /enrollments/nobody?${version}`, { headers, body: {} }),
      mechanism: await ask(`POST /enrollments/nobody/attestationmechanism?${version}`, { headers }),
      record: await ask(`GET /registrations/nobody?${version}`, { headers }),
      forget: await ask(`DELETE /registrations/nobody?${version}`, { headers }),
    }
    expect(Object.fromEntries(Object.entries(told).map(([what, { status }]) => [what, status]))).toEqual(statuses)
    for (const { status, body } of Object.values(told))
      if (status === 403) expect(body).toMatchObject({ errorCode: 403000, info: { reason: 'not_permitted' } })
    if (role === 'reader') expect(told.change.body.message).toContain('lacks ManagementWrite')
  })

  test('a token with two roles has both, and does what a back end does with a connection string', async () => {
    const headers = bearer(await issue({ roles: ['reader', 'data-owner'] }))
    const made = await ask(`PUT /enrollmentGroups/by-token?${version}`, {
      headers,
      body: { enrollmentGroupId: 'by-token', ...key },
    })
    expect(made.status).toBe(200)
    expect((await ask('GET /landfall/instance', { headers })).status).toBe(200)
    expect((await ask(`DELETE /enrollmentGroups/by-token?${version}`, { headers })).status).toBe(204)
  })

  test.each(['Bearer', 'Bearer ', 'Bearer abc', 'Bearer a.b.c', 'Bearer lf1.', 'bearer lf1.x.y', 'Bearer lf1.a.b.c'])(
    '"%s" is refused with a challenge that asks for no claims',
    async (authorization) => {
      const { status, headers, body } = await ask('GET /landfall/instance', { headers: { authorization } })
      expect([status, body.errorCode]).toEqual([401, 401000])
      expect(headers.get('www-authenticate')).toMatch(/^Bearer /)
      expect(headers.get('www-authenticate')).not.toContain('claims')
    },
  )

  test('nobody gives away more than they have', async () => {
    const reader = bearer(await issue({ roles: ['reader'] }))
    const contributor = bearer(await issue({ roles: ['contributor'] }))
    expect((await ask('POST /landfall/tokens/issue', { headers: reader })).status).toBe(403)
    expect(
      (await ask('POST /landfall/tokens', { headers: reader, body: { name: 'x', roles: ['reader'] } })).status,
    ).toBe(403)
    for (const path of ['/landfall/tokens', '/landfall/tokens/issue']) {
      const body = path.endsWith('issue') ? { roles: ['data-owner'] } : { name: 'x', roles: ['data-owner'] }
      const { status, body: told } = await ask(`POST ${path}`, { headers: contributor, body })
      expect([status, told.info.reason]).toEqual([403, 'not_permitted'])
      expect(told.message).toContain('EnrollmentRead')
    }
    expect((await ask('POST /landfall/tokens/issue', { headers: contributor })).body.roles).toEqual(['contributor'])
  })

  test('a token from a token ends no later', async () => {
    const first = await issue({ roles: ['contributor'], seconds: 60 })
    const { expiresInSeconds } = (
      await ask('POST /landfall/tokens/issue', { headers: bearer(first), body: { seconds: 86_400 } })
    ).body
    expect(expiresInSeconds).toBeLessThanOrEqual(60)
  })

  test('a policy that may enroll only gets no token from the management plane', async () => {
    const policy = await ownerAsk('PUT /landfall/policies/enroller', { body: { rights: ['EnrollmentWrite'] } })
    const authorization = tokenOf(policy.body.connectionString)
    expect((await ask('POST /landfall/tokens/issue', { headers: { authorization } })).status).toBe(401)
    await ownerAsk('DELETE /landfall/policies/enroller')
  })

  test('a client id is listed without its secret, which comes in by itself or for a token, until it is deleted', async () => {
    const made = await makePrincipal('ci', ['reader'])
    const listed = (await ownerAsk('GET /landfall/tokens')).body
    expect(listed).toMatchObject([{ id: made.id, name: 'ci', roles: ['reader'] }])
    expect(JSON.stringify(listed)).not.toMatch(/secret/i)
    const jwt = await exchange(made)
    const instance = (token: string) => ask('GET /landfall/instance', { headers: bearer(token) })
    expect([(await instance(jwt)).status, (await instance(made.bearer)).status]).toEqual([200, 200])
    expect((await ownerAsk('POST /landfall/tokens', { body: { name: 'CI', roles: ['reader'] } })).status).toBe(409)
    expect((await ownerAsk('DELETE /landfall/tokens/ci')).status).toBe(204)
    expect([(await instance(jwt)).body.info.reason, (await instance(made.bearer)).body.info.reason]).toEqual([
      'bearer_revoked',
      'secret_wrong',
    ])
    expect((await ownerAsk('DELETE /landfall/tokens/ci')).status).toBe(404)
  })

  test.each<[object, number]>([
    [{ days: 30 }, 201],
    [{ expiresUtc: '2099-01-01T00:00:00Z' }, 201],
    [{ expiresUtc: '2001-01-01T00:00:00Z' }, 400],
    [{ expiresUtc: 'soon' }, 400],
    [{ days: 30, expiresUtc: '2099-01-01T00:00:00Z' }, 400],
    [{ name: 'no blanks' }, 400],
    [{ roles: [] }, 400],
    [{ roles: ['owner'] }, 400],
  ])('a client id ordered with %j: %i', async (more, status) => {
    const body = { name: 'ordered', roles: ['reader'], ...more }
    expect((await ownerAsk('POST /landfall/tokens', { body })).status).toBe(status)
    if (status === 201) await ownerAsk('DELETE /landfall/tokens/ordered')
  })

  test('tokens and client ids outlive a restart; revoking all ends the tokens', async () => {
    await using here = await startWorld()
    const made = await makePrincipal('ci', ['reader'], here)
    const tokens = [await issue({ roles: ['reader'] }, here), await exchange(made, here)]
    await here.restart()
    const statuses = () =>
      Promise.all(
        tokens.map(async (token) => (await ask('GET /landfall/instance', { headers: bearer(token), at: here })).status),
      )
    expect(await statuses()).toEqual([200, 200])
    await ownerAsk('POST /landfall/tokens/revoke-all', { at: here })
    expect(await statuses()).toEqual([401, 401])
    const fresh = await exchange(made, here)
    expect((await ask('GET /landfall/instance', { headers: bearer(fresh), at: here })).status).toBe(200)
  })

  test('the audit tells of a token whose deed it was, and of no secret', async () => {
    const made = await makePrincipal('audited', ['contributor'])
    await ask('PUT /landfall/allocation-policy', { headers: bearer(made.bearer), body: { allocationPolicy: 'static' } })
    await ask('PUT /landfall/allocation-policy', { headers: bearer(made.bearer), body: { allocationPolicy: 'hashed' } })
    const { body } = await ownerAsk('GET /landfall/audit?limit=20')
    const text = JSON.stringify(body)
    expect(text).toContain('"name":"audited"')
    expect(body.items[0].actor).toEqual({ kind: 'token', name: 'audited' })
    expect(text).not.toContain(made.secret)
    expect(text).not.toMatch(/"d":"[\w-]{20,}"/)
  })
})

describe('an OpenID Connect issuer', () => {
  let issuer: OidcIssuer
  let trusting: World
  beforeAll(async () => {
    issuer = await startIssuer()
    const roles = { reader: ['dps-readers'], contributor: [], 'data-owner': [] }
    const oidc = { issuer: issuer.url, audiences: [audience] as const, rolesClaim: 'roles', roles }
    trusting = await startWorld({ config: { oidc } })
  })
  afterAll(async () => {
    await trusting[Symbol.asyncDispose]()
    await issuer[Symbol.asyncDispose]()
  })

  test('its users may do what their roles say, in every API', async () => {
    const order = { headers: bearer(await issuer.token()), at: trusting }
    expect((await ask('GET /landfall/instance', order)).status).toBe(200)
    expect((await ask(`GET /enrollments/nobody?${version}`, order)).status).toBe(404)
    expect((await ask('DELETE /landfall/policies/x', order)).body.info.reason).toBe('not_permitted')
  })

  test('a user without a role of ours is known, and may nothing', async () => {
    const jwt = await issuer.sign({ roles: ['staff'], exp: Math.floor(Date.now() / 1000) + 60 })
    const order = { headers: bearer(jwt), at: trusting }
    expect((await ask('GET /landfall/instance', order)).status).toBe(403)
    expect((await ask('POST /portal/session', order)).status).toBe(403)
  })

  test('a session from its token ends with the token', async () => {
    const exp = Math.floor(Date.now() / 1000) + 90
    const { status, body } = await ask('POST /portal/session', {
      headers: bearer(await issuer.sign({ exp })),
      at: trusting,
    })
    expect(status).toBe(201)
    expect(body).toMatchObject({
      actor: { kind: 'issuer', name: 'ci' },
      expiresUtc: new Date(exp * 1000).toISOString(),
    })
  })

  test('where no issuer is named, nobody but ourselves is believed', async () => {
    const { status, body } = await ask('GET /landfall/instance', { headers: bearer(await issuer.token()) })
    expect([status, body.info.reason]).toEqual([401, 'bearer_unknown_issuer'])
  })
})

interface SignedIn {
  readonly cookie: string
  readonly csrf: string
  readonly told: Told
}

async function signIn(headers: Readonly<Record<string, string>>, at: World = world): Promise<SignedIn> {
  const told = await ask('POST /portal/session', { headers, at })
  const cookie = told.headers.get('set-cookie')?.split(';')[0] ?? ''
  return { cookie, csrf: told.body.csrf, told }
}
const signInAsOwner = async () => signIn({ authorization: await world.token() })

describe('sessions of the portal', () => {
  test('the key of a policy signs in, with a cookie that scripts and other sites do not get', async () => {
    const { told, cookie, csrf } = await signInAsOwner()
    expect(told.status).toBe(201)
    expect(told.headers.get('set-cookie')).toMatch(
      /^__Host-landfall=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/,
    )
    expect(told.headers.get('cache-control')).toBe('no-store')
    expect(told.body).toMatchObject({
      actor: { kind: 'policy', name: 'provisioningserviceowner' },
      permissions: expect.arrayContaining(['ManagementRead', 'ManagementWrite', 'KeysRead', 'EnrollmentWrite']),
      idleSeconds: 900,
    })
    const again = await ask('GET /portal/session', { headers: { cookie } })
    expect(again.body).toEqual({ ...told.body, csrf })
  })

  test('in every API it may do what its credential may, and no more', async () => {
    const { cookie, csrf } = await signIn(bearer(await issue({ roles: ['reader'] })))
    const headers = { cookie, 'x-landfall-csrf': csrf }
    expect((await ask('GET /landfall/instance', { headers })).status).toBe(200)
    expect((await ask(`GET /enrollmentGroups/nobody?${version}`, { headers })).status).toBe(404)
    expect((await ask(`PUT /enrollments/x?${version}`, { headers, body: {} })).status).toBe(403)
  })

  test('a policy without the management plane signs in for the service API', async () => {
    const policy = await ownerAsk('PUT /landfall/policies/watcher', { body: { rights: ['RegistrationStatusRead'] } })
    const { told, cookie } = await signIn({ authorization: tokenOf(policy.body.connectionString) })
    expect(told.body.permissions).toEqual(['RegistrationStatusRead'])
    expect((await ask('GET /landfall/instance', { headers: { cookie } })).status).toBe(403)
    await ownerAsk('DELETE /landfall/policies/watcher')
    expect((await ask('GET /portal/session', { headers: { cookie } })).body.info.reason).toBe('bearer_revoked')
  })

  test('signing out ends it, for whoever kept the cookie too', async () => {
    const { cookie, csrf } = await signInAsOwner()
    const out = await ask('DELETE /portal/session', { headers: { cookie, 'x-landfall-csrf': csrf } })
    expect([out.status, out.headers.get('set-cookie')]).toEqual([
      204,
      expect.stringMatching(/^__Host-landfall=; Max-Age=0;/),
    ])
    expect((await ask('GET /landfall/instance', { headers: { cookie } })).status).toBe(401)
  })

  test.each<[string, string, Readonly<Record<string, string>>, boolean]>([
    ['without the csrf of the session', 'PUT', {}, false],
    ['with a wrong one', 'PUT', { 'x-landfall-csrf': 'x'.repeat(43) }, false],
    ['from another site', 'PUT', { 'sec-fetch-site': 'cross-site' }, true],
    ['from another port of the same site', 'PUT', { 'sec-fetch-site': 'same-site' }, true],
    ['from nowhere', 'PUT', { 'sec-fetch-site': 'none' }, true],
    ['from another origin', 'PUT', { origin: 'https://evil.example' }, true],
    ['from a page without origin', 'PUT', { origin: 'null' }, true],
    ['read by another site', 'GET', { 'sec-fetch-site': 'cross-site' }, true],
    ['read by another origin', 'GET', { origin: 'https://evil.example' }, true],
  ])('a request with the cookie is refused %s', async (_, method, more, withCsrf) => {
    const { cookie, csrf } = await signInAsOwner()
    const headers = { cookie, ...(withCsrf ? { 'x-landfall-csrf': csrf } : {}), ...more }
    const body = method === 'PUT' ? { allocationPolicy: 'static' } : undefined
    const told = await ask(`${method} /landfall/allocation-policy`, { headers, body })
    expect([told.status, told.body.info.reason]).toEqual([403, 'cross_site'])
    expect((await ownerAsk('GET /landfall/allocation-policy')).body.allocationPolicy).toBe('hashed')
  })

  test('from its own pages it reads and changes', async () => {
    const { cookie, csrf } = await signInAsOwner()
    const own = { 'sec-fetch-site': 'same-origin', origin: `https://${world.authority}` }
    const headers = { cookie, 'x-landfall-csrf': csrf, ...own }
    const body = { allocationPolicy: 'hashed' }
    expect((await ask('PUT /landfall/allocation-policy', { headers, body })).status).toBe(200)
    expect((await ask('GET /landfall/allocation-policy', { headers })).status).toBe(200)
    const typed = { cookie, 'sec-fetch-site': 'none' }
    expect((await ask('GET /landfall/allocation-policy', { headers: typed })).status).toBe(200)
  })

  test('another site cannot even sign somebody in, nor ask whether it might', async () => {
    const authorization = await world.token()
    const told = await ask('POST /portal/session', { headers: { authorization, 'sec-fetch-site': 'cross-site' } })
    expect(told.status).toBe(403)
    const preflight = await ask('OPTIONS /portal/session', {
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    })
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull()
    expect(preflight.status).toBeGreaterThanOrEqual(400)
  })

  test('a cookie that was planted beforehand is worth nothing, and each sign-in has a new one', async () => {
    const planted = `__Host-landfall=${'A'.repeat(43)}`
    const first = await signIn({ authorization: await world.token(), cookie: planted })
    expect(first.cookie).not.toBe(planted)
    expect((await ask('GET /portal/session', { headers: { cookie: planted } })).status).toBe(401)
    const second = await signIn({ authorization: await world.token(), cookie: first.cookie })
    expect(second.cookie).not.toBe(first.cookie)
    expect((await ask('GET /portal/session', { headers: { cookie: first.cookie } })).status).toBe(401)
    expect((await ask('GET /portal/session', { headers: { cookie: second.cookie } })).status).toBe(200)
  })

  test.each(['', 'x', '__Host-landfall=', '__Host-landfall=../../etc', '__Secure-landfall=x', ';;;=;'])(
    'the cookie "%s" signs nobody in',
    async (cookie) => {
      expect((await ask('GET /portal/session', { headers: { cookie } })).status).toBe(401)
      expect((await ask('GET /landfall/instance', { headers: { cookie } })).status).toBe(401)
    },
  )

  test('it ends with the key that signed in; the other key may be changed', async () => {
    const { body } = await ownerAsk('PUT /landfall/policies/second', { body: { rights: ['ServiceConfig'] } })
    const { cookie } = await signIn({ authorization: tokenOf(body.connectionString) })
    const status = async () => (await ask('GET /landfall/instance', { headers: { cookie } })).status
    await ownerAsk('POST /landfall/policies/second/rotate', { body: { key: 'secondary' } })
    expect(await status()).toBe(200)
    await ownerAsk('POST /landfall/policies/second/rotate', { body: { key: 'primary' } })
    expect(await status()).toBe(401)
    await ownerAsk('DELETE /landfall/policies/second')
  })

  test('it ends with the client id that signed in', async () => {
    const made = await makePrincipal('person', ['reader'])
    const bySecret = await signIn(bearer(made.bearer))
    const byToken = await signIn(bearer(await exchange(made)))
    await ownerAsk('DELETE /landfall/tokens/person')
    for (const { told, cookie } of [bySecret, byToken]) {
      expect(told.status).toBe(201)
      expect((await ask('GET /landfall/instance', { headers: { cookie } })).status).toBe(401)
    }
  })

  test('a link signs in once, for as long as its maker might, and is no token for an API', async () => {
    const link = await issue({ use: 'sign-in', roles: ['reader'] })
    const api = await ask('GET /landfall/instance', { headers: bearer(link) })
    expect([api.status, api.body.info.reason]).toEqual([401, 'bearer_wrong_audience'])
    const { told, cookie } = await signIn(bearer(link))
    expect(Date.parse(told.body.expiresUtc) - Date.now()).toBeGreaterThan(7 * 3_600_000)
    expect(told.body.permissions).toEqual(['ManagementRead', 'EnrollmentRead', 'RegistrationStatusRead'])
    expect((await ask('GET /landfall/instance', { headers: { cookie } })).status).toBe(200)
    expect((await signIn(bearer(link))).told.body.info.reason).toBe('bearer_used')
    const short = await issue({ roles: ['contributor'], seconds: 60 })
    const second = (await ask('POST /landfall/tokens/issue', { headers: bearer(short), body: { use: 'sign-in' } })).body
      .token
    const bounded = (await signIn(bearer(second))).told.body
    expect(Date.parse(bounded.expiresUtc) - Date.now()).toBeLessThanOrEqual(60_000)
  })

  test('revoking all ends the sessions that came of tokens', async () => {
    await using here = await startWorld()
    const { cookie } = await signIn(bearer(await issue({}, here)), here)
    await ownerAsk('POST /landfall/tokens/revoke-all', { at: here })
    expect((await ask('GET /landfall/instance', { headers: { cookie }, at: here })).status).toBe(401)
  })

  test('ten wrong keys, and the address waits; other APIs go on, as do sessions', async () => {
    await using here = await startWorld()
    const owner = { authorization: await here.token() }
    const { cookie } = await signIn(owner, here)
    const wrong = { authorization: owner.authorization.replace(/sig=[^&]{4}/, 'sig=AAAA') }
    const failed = await Promise.all(Array.from({ length: 10 }, () => signIn(wrong, here)))
    expect(failed.map(({ told }) => told.status)).toEqual(Array(10).fill(401))
    const { told } = await signIn(owner, here)
    expect([told.status, told.body.info.reason, told.headers.get('retry-after')]).toEqual([
      429,
      'too_many_sign_ins',
      '30',
    ])
    expect((await ask('GET /landfall/instance', { headers: { cookie }, at: here })).status).toBe(200)
    expect((await ask('GET /landfall/instance', { headers: owner, at: here })).status).toBe(200)
  })

  test('no sessions outlive a restart', async () => {
    await using here = await startWorld()
    const { cookie } = await signIn({ authorization: await here.token() }, here)
    await here.restart()
    const { status, headers, body } = await ask('GET /portal/session', { headers: { cookie }, at: here })
    expect([status, body.info.reason]).toEqual([401, 'session_missing'])
    expect(headers.get('set-cookie')).toMatch(/Max-Age=0/)
  })
})

describe('the pages', () => {
  test('the service says where they are, and none leads to another file of this machine', async () => {
    expect(world.connection.portalUrl).toBe(`https://${world.authority}/portal/`)
    for (const path of ['/portal/../connection.json', '/portal/../../etc/passwd', '/portal/%2e%2e/%2e%2e/etc/passwd']) {
      const answer = await raw(path)
      expect(answer).not.toContain('root:')
      expect(answer).not.toContain('SharedAccessKey')
    }
  })
})

/** As it is written: fetch would tidy the path. */
function raw(path: string): Promise<string> {
  const ca = readFileSync(world.connection.rootCaPath)
  return new Promise((resolve, reject) => {
    const sent = request({ host: world.host, port: world.connection.ports.https, path, ca, agent: false }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.once('end', () => resolve(Buffer.concat(chunks).toString()))
    })
    sent.once('error', reject)
    sent.end()
  })
}
