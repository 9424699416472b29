/** Credentials that were forged, borrowed, bent or have lost their ground, and what those who may only read get to see. */
import { createHash, createHmac, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignJWT } from 'jose'
import { attestation } from 'landfall-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeIssuer } from '../../src/access/issuer.ts'
import { machineNow, realSystem } from '../../src/system.ts'
import { tokenOf } from '../contract/rig.ts'
import { startWorld, type World } from '../world.ts'
import { type Ask, askOf, signIn } from './ask.ts'
import { isEndless, lineOf, needed } from './routes.ts'

let world: World
let ask: Ask
beforeAll(async () => {
  world = await startWorld()
  ask = askOf(world)
})
afterAll(() => world[Symbol.asyncDispose]())

const owned: Ask = async (line, { headers, ...asked } = {}) =>
  ask(line, { ...asked, headers: { authorization: await world.token(), ...headers } })
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const issue = async (body: object = {}) => (await owned('POST /landfall/tokens/issue', { body })).body.token as string
const statusWith = async (headers: Readonly<Record<string, string>>) =>
  (await ask('GET /landfall/instance', { headers })).status

const base64url = (value: object | string) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const partsOf = (jwt: string) =>
  jwt.split('.', 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString())) as [
    Record<string, unknown>,
    Record<string, unknown>,
  ]

describe('tokens of our own, forged', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signed = (header: object, claims: object) =>
    new SignJWT({ ...claims }).setProtectedHeader({ alg: 'ES256', ...header }).sign(privateKey)
  const unsigned = (header: object, claims: object) => `${base64url(header)}.${base64url(claims)}.`
  const hmac = (text: string, key: string | Uint8Array) =>
    `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`

  /** From one that is right: its header, its claims, and what else it takes. */
  const forgeries: readonly (readonly [string, (jwt: string) => Promise<string> | string])[] = [
    ['no signature', (jwt) => `${jwt.split('.').slice(0, 2).join('.')}.`],
    ['alg none', (jwt) => unsigned({ ...partsOf(jwt)[0], alg: 'none' }, partsOf(jwt)[1])],
    ['alg nOnE', (jwt) => unsigned({ ...partsOf(jwt)[0], alg: 'nOnE' }, partsOf(jwt)[1])],
    [
      'HS256 under the empty key',
      (jwt) => hmac(unsigned({ ...partsOf(jwt)[0], alg: 'HS256' }, partsOf(jwt)[1]).slice(0, -1), ''),
    ],
    [
      'HS256 under its own kid',
      (jwt) =>
        hmac(unsigned({ ...partsOf(jwt)[0], alg: 'HS256' }, partsOf(jwt)[1]).slice(0, -1), String(partsOf(jwt)[0].kid)),
    ],
    ['another key under the right kid', (jwt) => signed(partsOf(jwt)[0], partsOf(jwt)[1])],
    [
      'another key that it brings along',
      (jwt) =>
        signed({ ...partsOf(jwt)[0], jwk: createPublicKey(privateKey).export({ format: 'jwk' }) }, partsOf(jwt)[1]),
    ],
    ['a kid that is a path', (jwt) => signed({ kid: '../../../../dev/null' }, partsOf(jwt)[1])],
    ['a kid that is a question', (jwt) => signed({ kid: "' UNION SELECT 'x" }, partsOf(jwt)[1])],
    ['a kid that every object has', (jwt) => signed({ kid: '__proto__' }, partsOf(jwt)[1])],
    ['no kid', (jwt) => signed({}, partsOf(jwt)[1])],
    [
      'an extension that must be understood',
      (jwt) => `${base64url({ ...partsOf(jwt)[0], crit: ['exp'], exp: 1 })}.${jwt.split('.').slice(1).join('.')}`,
    ],
    ['more roles', (jwt) => jwt.replace(/\.[^.]+\./, `.${base64url({ ...partsOf(jwt)[1], roles: ['contributor'] })}.`)],
    ['a signature of zeros (CVE-2022-21449)', (jwt) => jwt.replace(/[^.]+$/, Buffer.alloc(64).toString('base64url'))],
    ['a token within a token', (jwt) => signed({ ...partsOf(jwt)[0], cty: 'JWT' }, { jwt })],
    ['four parts', (jwt) => `${jwt}.x`],
    ['five parts', (jwt) => `${jwt}.x.y`],
    ['claims that are a list', (jwt) => `${jwt.split('.')[0]}.${base64url('[]')}.x`],
    ['claims that are no JSON', (jwt) => `${jwt.split('.')[0]}.${base64url('{')}.x`],
    ['a header that is no JSON', (jwt) => `${base64url('{')}.${jwt.split('.').slice(1).join('.')}`],
    ['10,000 characters', (jwt) => `${jwt}${'A'.repeat(10_000)}`],
    ['10,000 dots', () => '.'.repeat(10_000)],
    ['a header of 8,000 characters', (jwt) => signed({ ...partsOf(jwt)[0], x: 'x'.repeat(6000) }, partsOf(jwt)[1])],
  ]

  test.each(forgeries)('%s: nobody is let in, and nobody signed in', async (_, forge) => {
    const forged = await forge(await issue({ roles: ['reader'] }))
    for (const line of [
      'GET /landfall/instance',
      'POST /landfall/tokens/issue',
      'GET /subscriptions?api-version=2022-12-12',
    ]) {
      const { status, text } = await ask(line, { headers: bearer(forged) })
      expect([line, status]).toEqual([line, 401])
      expect(text).not.toContain(forged.slice(-40))
    }
    expect(publicKey.type).toBe('public')
  })

  test('nothing that a header names is fetched', async () => {
    let asked = 0
    await using elsewhere = await serve((_request, response) => {
      asked += 1
      response.end('{}')
    })
    const [header, claims] = partsOf(await issue())
    for (const name of ['jku', 'x5u', 'iss'])
      for (const jwt of [
        await signed({ ...header, [name]: `${elsewhere.url}/jwks` }, claims),
        await signed({ kid: 'unknown', [name]: `${elsewhere.url}/jwks` }, { ...claims, iss: elsewhere.url }),
      ])
        expect(await statusWith(bearer(jwt))).toBe(401)
    expect(asked).toBe(0)
  })

  test('a token for the service API, and a link that signs in, open nothing else', async () => {
    const link = await issue({ use: 'sign-in' })
    for (const route of Object.keys(needed)) {
      const { status } = await ask(lineOf(route), {
        headers: bearer(link),
        ...(route.startsWith('GET ') ? {} : { body: {} }),
      })
      expect([route, status]).toEqual([route, 401])
    }
  })
})

describe('what a credential came from is gone', () => {
  test('a deleted client id ends its tokens, tokens of its tokens, links, and sessions', async () => {
    const made = (await owned('POST /landfall/tokens', { body: { name: 'leaver', roles: ['contributor'] } })).body
    const first = (await ask('POST /landfall/tokens/issue', { headers: bearer(made.bearer) })).body.token
    const second = (await ask('POST /landfall/tokens/issue', { headers: bearer(first) })).body.token
    const link = (await ask('POST /landfall/tokens/issue', { headers: bearer(second), body: { use: 'sign-in' } })).body
      .token
    const { cookie } = await signIn(ask, `Bearer ${second}`)
    for (const headers of [bearer(made.bearer), bearer(first), bearer(second), { cookie }])
      expect(await statusWith(headers)).toBe(200)
    await owned('DELETE /landfall/tokens/leaver')
    for (const headers of [bearer(made.bearer), bearer(first), bearer(second), { cookie }])
      expect(await statusWith(headers)).toBe(401)
    expect((await ask('POST /portal/session', { headers: bearer(link) })).status).toBe(401)
    // one of the same name is somebody else
    await owned('POST /landfall/tokens', { body: { name: 'leaver', roles: ['contributor'] } })
    for (const headers of [bearer(first), { cookie }]) expect(await statusWith(headers)).toBe(401)
  })

  test('a policy that is made anew under its name is another', async () => {
    const make = async () => (await owned('PUT /landfall/policies/again', { body: { rights: ['ServiceConfig'] } })).body
    const old = tokenOf((await make()).connectionString)
    const { cookie } = await signIn(ask, old)
    const token = (await ask('POST /landfall/tokens/issue', { headers: { authorization: old } })).body.token
    await owned('DELETE /landfall/policies/again')
    await make()
    for (const headers of [{ authorization: old }, { cookie }, bearer(token)])
      expect(await statusWith(headers)).toBe(401)
  })

  test('fewer rights of a policy are fewer at once, in sessions and tokens that came of it', async () => {
    const policy = (
      await owned('PUT /landfall/policies/less', { body: { rights: ['ServiceConfig', 'EnrollmentWrite'] } })
    ).body
    const authorization = tokenOf(policy.connectionString)
    const { cookie } = await signIn(ask, authorization)
    const token = (await ask('POST /landfall/tokens/issue', { headers: { authorization } })).body.token
    await owned('PATCH /landfall/policies/less', { body: { rights: ['EnrollmentRead'] } })
    expect((await ask('GET /landfall/policies/less?keys=true', { headers: { cookie } })).status).toBe(403)
    expect((await ask('GET /portal/session', { headers: { cookie } })).body.permissions).toEqual(['EnrollmentRead'])
    expect(await statusWith(bearer(token))).toBe(401)
  })
})

test('a client id that is called as a policy is told apart from it in the audit', async () => {
  await using here = await startWorld()
  const asked = askOf(here)
  const owner = { authorization: await here.token() }
  const name = 'provisioningserviceowner'
  const made = (await asked('POST /landfall/tokens', { headers: owner, body: { name, roles: ['contributor'] } })).body
  const ofPolicy = (await asked('POST /landfall/tokens/issue', { headers: owner })).body.token
  const ofClient = (await asked('POST /landfall/tokens/issue', { headers: bearer(made.bearer) })).body.token
  const actors: unknown[] = []
  for (const token of [ofPolicy, ofClient, made.bearer]) {
    const allocationPolicy = actors.length % 2 === 0 ? 'static' : 'hashed'
    await asked('PUT /landfall/allocation-policy', { headers: bearer(token), body: { allocationPolicy } })
    actors.push((await asked('GET /landfall/audit?limit=1', { headers: owner })).body.items[0].actor)
  }
  expect(actors).toEqual([
    { kind: 'policy', name },
    { kind: 'token', name },
    { kind: 'token', name },
  ])
})

describe('an issuer that does harm', () => {
  const { clock } = realSystem()
  const settings = {
    audiences: ['landfall'] as const,
    rolesClaim: 'roles',
    roles: { reader: ['r'], contributor: [], 'data-owner': [] },
  }
  const whyNot = async (url: string) => {
    const jwt = `${base64url({ alg: 'RS256', kid: 'x' })}.${base64url({ iss: url, aud: 'landfall', sub: 'x', exp: machineNow(clock) / 1000 + 60 })}.eA`
    return await makeIssuer({ ...settings, issuer: url }, { clock })
      .check(jwt)
      .then(
        () => 'let in',
        (error: Error) => error.message,
      )
  }
  const endless = (response: Parameters<RequestListener>[1]) => {
    let sent = 0
    const more = (): void => {
      while (!response.destroyed && sent < 1 << 30) {
        sent += 65_536
        if (!response.write(' '.repeat(65_536))) return void response.once('drain', more)
      }
    }
    more()
    return () => sent
  }

  test('an answer without end is read to a mebibyte, be it the configuration or the keys', async () => {
    let sent = () => 0
    await using first = await serve((_request, response) => {
      sent = endless(response)
    })
    expect(await whyNot(first.url)).toContain('it answered more than 1024 KiB')
    expect(sent()).toBeLessThan(32 << 20)
    await using second = await serve((request, response) => {
      const { host } = request.headers
      if (request.url === '/keys') sent = endless(response)
      else response.end(JSON.stringify({ issuer: `http://${host}`, jwks_uri: `http://${host}/keys` }))
    })
    expect(await whyNot(second.url)).toContain('it answered more than 1024 KiB')
    expect(sent()).toBeLessThan(32 << 20)
  })

  test.each<[string, RequestListener, RegExp]>([
    [
      'leads elsewhere',
      (_, response) => void response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
      /cannot reach the issuer/,
    ],
    [
      'leads its keys elsewhere',
      leading('/keys', (_, response) => void response.writeHead(302, { location: 'http://169.254.169.254/' }).end()),
      /cannot reach the issuer/,
    ],
    [
      'has its keys over plain HTTP of another machine',
      (request, response) =>
        void response.end(
          JSON.stringify({ issuer: `http://${request.headers.host}`, jwks_uri: 'http://192.0.2.1/keys' }),
        ),
      /jwks_uri is not https/,
    ],
    [
      'has its keys in a file',
      (request, response) =>
        void response.end(JSON.stringify({ issuer: `http://${request.headers.host}`, jwks_uri: 'file:///etc/passwd' })),
      /jwks_uri is not https/,
    ],
    ['answers null', (_, response) => void response.end('null'), /cannot reach the issuer/],
    ['answers nothing', (_, response) => void response.end(), /cannot reach the issuer/],
    ['hangs up', (request) => void request.socket.destroy(), /cannot reach the issuer/],
    [
      'has keys that are none',
      leading('/keys', (_, response) => void response.end('{"keys":"x"}')),
      /cannot reach the issuer/,
    ],
    [
      'has a key of another kind under that id',
      leading('/keys', (_, response) => void response.end('{"keys":[{"kty":"oct","kid":"x","k":"AAAA"}]}')),
      /not signed with a key/,
    ],
  ])('one that %s lets nobody in, and does no more', async (_, listener, sentence) => {
    await using issuer = await serve(listener)
    expect(await whyNot(issuer.url)).toMatch(sentence)
  })

  function leading(path: string, then: RequestListener): RequestListener {
    return (request, response) => {
      const { host } = request.headers
      if (request.url === path) then(request, response)
      else response.end(JSON.stringify({ issuer: `http://${host}`, jwks_uri: `http://${host}${path}` }))
    }
  }
})

async function serve(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

describe('who may only read', () => {
  test('sees no key, secret or token in any answer, list, audit, event or trace', async () => {
    await using here = await startWorld()
    const asked = askOf(here)
    const owner = { authorization: await here.token() }
    const own: Ask = (line, order) => asked(line, { ...order, headers: { ...owner, ...order?.headers } })
    const secrets = new Map<string, string>()
    const keep = (name: string, value: unknown) => secrets.set(name, String(value))

    for (const { name } of (await own('GET /landfall/policies')).body) {
      const { primaryKey, secondaryKey } = (await own(`GET /landfall/policies/${name}?keys=true`)).body
      keep(`${name} primary`, primaryKey)
      keep(`${name} secondary`, secondaryKey)
    }
    const rotated = (
      await own('POST /landfall/policies/provisioningserviceowner/rotate', { body: { key: 'secondary' } })
    ).body
    keep('rotated', rotated.secondaryKey)
    const hub = (await own('GET /landfall/hubs')).body[0].name
    for (const [name, text] of Object.entries(
      (await own(`GET /landfall/hubs/${hub}?keys=true`)).body.connectionStrings,
    ))
      keep(`hub ${name}`, /SharedAccessKey=(.+)/.exec(String(text))?.[1])
    const linkKey = randomBytes(32).toString('base64')
    keep('link', linkKey)
    const connectionString = `HostName=real.example;SharedAccessKeyName=iothubowner;SharedAccessKey=${linkKey}`
    await own('PUT /landfall/hubs/real.example', { body: { connectionString } })
    await own('PATCH /landfall/hubs/real.example', { body: { connectionString, allocationWeight: 2 } })
    const group = await here.client.enrollmentGroups.createOrUpdate({
      enrollmentGroupId: 'fleet',
      attestation: attestation.symmetricKey(),
      initialTwin: { tags: { wifi: { password: 'hunter2-wifi' } }, properties: { desired: {} } },
    })
    keep('group primary', group.attestation.symmetricKey?.primaryKey)
    keep('group secondary', group.attestation.symmetricKey?.secondaryKey)
    const single = await here.client.individualEnrollments.createOrUpdate({
      registrationId: 'one',
      attestation: attestation.symmetricKey(),
    })
    keep('individual', single.attestation.symmetricKey?.primaryKey)
    const principal = (await own('POST /landfall/tokens', { body: { name: 'ci', roles: ['contributor'] } })).body
    keep('secret', principal.secret)
    keep('its hash', createHash('sha256').update(principal.secret).digest('base64'))
    const token = (await own('POST /landfall/tokens/issue')).body.token
    keep('token', token.split('.')[2])
    // wrong in ways that people are: what they sent is not told to others
    const pasted = randomBytes(32).toString('base64url')
    keep('pasted', pasted)
    const refusals = [
      await own(`PUT /landfall/hubs/HostName=a.example;SharedAccessKey=${pasted}`, { body: {} }),
      await own(`PUT ${armOf(await own('GET /landfall/instance'))}`, {
        body: {
          location: 'x',
          properties: {
            iotHubs: [{ connectionString: `HostName=a.example,SharedAccessKeyName=x,SharedAccessKey=${pasted}` }],
          },
        },
      }),
      await own('PUT /landfall/hubs/b.example', {
        body: { connectionString: `HostName=b.example;SharedAccessKey=${pasted}` },
      }),
      await own('PUT /landfall/policies/x', { body: { rights: ['ServiceConfig'], primaryKey: `${pasted}!` } }),
      await own(`GET /landfall/none?sig=${pasted}&access_token=${pasted}`),
      await own('POST /landfall/diagnose', { body: { registrationId: 'one', symmetricKey: `${pasted}!` } }),
      await asked('GET /landfall/instance', { headers: { authorization: `SharedAccessKey ${pasted}` } }),
      await asked('GET /landfall/instance', { headers: { authorization: `Bearer lf1.${principal.id}.${pasted}` } }),
      await asked('POST /portal/session', {
        headers: { authorization: `SharedAccessSignature sr=x&sig=${pasted}&se=1&skn=x` },
      }),
    ]
    for (const { status, text } of refusals) {
      expect(status).toBeGreaterThanOrEqual(400)
      expect(text).not.toContain(pasted)
    }

    const reader = bearer((await own('POST /landfall/tokens/issue', { body: { roles: ['reader'] } })).body.token)
    const names: Readonly<Record<string, string>> = {
      policies: 'provisioningserviceowner',
      hubs: hub,
      enrollments: 'one',
      enrollmentGroups: 'fleet',
    }
    const traces = refusals.map(
      ({ body }) =>
        `GET /landfall/traces/${body.trackingId ?? /tracking id ([\w-]+)/.exec(body.details ?? body.error?.message)?.[1]}`,
    )
    const lines = [
      ...Object.keys(needed)
        .filter((route) => route.startsWith('GET ') && !isEndless(route))
        .map((route) =>
          lineOf(
            route
              .replace(
                /\/(policies|hubs|enrollments|enrollmentGroups)\/:\w+/,
                (_, list: string) => `/${list}/${names[list]}`,
              )
              .replace(':service', 'landfall'),
          ),
        ),
      'GET /landfall/audit?limit=100',
      'GET /landfall/hubs/real.example',
      'POST /enrollments/query?api-version=2021-10-01',
      'POST /enrollmentGroups/query?api-version=2021-10-01',
      ...traces,
    ]
    let told = 0
    for (const line of lines) {
      const body = line.startsWith('POST ') ? { query: 'SELECT * FROM enrollments' } : undefined
      const { status, text } = await asked(line, { headers: reader, body })
      if (status === 200) told += 1
      for (const [name, secret] of secrets) expect([line, name, text.includes(secret)]).toEqual([line, name, false])
      if (line.includes('/audit')) expect(text).not.toContain('hunter2-wifi')
    }
    // most of them were answered with something
    expect(told).toBeGreaterThan(35)
  })

  const armOf = ({ body }: { readonly body: { readonly serviceName: string } }) =>
    `/subscriptions/s/resourceGroups/g/providers/Microsoft.Devices/provisioningServices/${body.serviceName}?api-version=2022-12-12`
})
