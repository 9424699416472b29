import { createHmac, createPublicKey, type JsonWebKey } from 'node:crypto'
import { SignJWT, UnsecuredJWT } from 'jose'
import { expect, test } from 'vitest'
import { audience, type OidcIssuer, startIssuer } from '../../test/oidc-issuer.ts'
import { adjustable } from '../system.ts'
import { type IssuerSettings, makeIssuer } from './issuer.ts'

const seconds = () => Math.floor(Date.now() / 1000)
const roles = { reader: ['dps-readers'], contributor: ['dps-admins'], 'data-owner': [] }

function trusting(issuer: string, more: Partial<IssuerSettings> = {}) {
  // the issuer's tokens are of the machine's time, so that is where this clock starts
  let shift = 0
  const clock = adjustable({ now: () => Date.now() + shift })
  const checked = makeIssuer({ issuer, audiences: [audience], rolesClaim: 'roles', roles, ...more }, { clock })
  return {
    check: (jwt: string) => checked.check(jwt),
    reasonOf: async (jwt: string) => {
      const told: unknown = await checked.check(jwt).catch((error: unknown) => error)
      return (told as { reason?: string }).reason ?? 'let in'
    },
    advance: (ms: number) => {
      shift += ms
    },
  }
}

test('a token of the issuer has the roles that its claim is mapped to', async () => {
  await using issuer = await startIssuer({ roles: ['dps-readers', 'somebody-else'] })
  expect(await trusting(issuer.url).check(await issuer.token())).toMatchObject({
    actor: { kind: 'issuer', name: 'ci' },
    roles: ['reader'],
    origin: { kind: 'issuer' },
  })
})

test.each<[string, Partial<IssuerSettings>, object, readonly string[]]>([
  [
    'within another claim',
    { rolesClaim: 'realm_access.roles' },
    { realm_access: { roles: ['dps-admins'] } },
    ['contributor'],
  ],
  [
    'under a name with dots',
    { rolesClaim: 'https://x.example/r' },
    { 'https://x.example/r': ['dps-admins'] },
    ['contributor'],
  ],
  ['as words of one text', { rolesClaim: 'scope' }, { scope: 'openid dps-readers' }, ['reader']],
  ['nowhere', {}, { roles: undefined }, []],
  ['of no known form', {}, { roles: { reader: true } }, []],
  ['on the way to a prototype', { rolesClaim: '__proto__.constructor.name' }, { roles: [] }, []],
])('reads roles that stand %s', async (_, settings, claims, found) => {
  await using issuer = await startIssuer()
  const jwt = await issuer.sign({ exp: seconds() + 60, ...claims })
  expect((await trusting(issuer.url, settings).check(jwt)).roles).toEqual(found)
})

test('the subject stands beside the name that its user chose', async () => {
  await using issuer = await startIssuer()
  const jwt = await issuer.sign({ exp: seconds() + 60, preferred_username: 'provisioningserviceowner' })
  expect((await trusting(issuer.url).check(jwt)).actor.name).toBe('provisioningserviceowner (ci)')
})

test.each<[string, string, (issuer: OidcIssuer) => Promise<string> | string]>([
  ['alg none', 'bearer_algorithm', (issuer) => new UnsecuredJWT({ iss: issuer.url, aud: audience, sub: 'x' }).encode()],
  ['alg none and the right kid', 'bearer_algorithm', (issuer) => unsigned(issuer, { alg: 'none', kid: 'one' })],
  ['HS256 with the public key in PEM', 'bearer_algorithm', hmacWithPublicKey],
  ['another audience', 'bearer_wrong_audience', (issuer) => issuer.token('urn:example:other')],
  [
    'another issuer in it',
    'bearer_unknown_issuer',
    (issuer) => issuer.sign({ iss: `${issuer.url}/`, exp: seconds() + 60 }),
  ],
  ['an end 6 minutes ago', 'bearer_expired', (issuer) => issuer.sign({ exp: seconds() - 360 })],
  ['an end 4 minutes ago', 'let in', (issuer) => issuer.sign({ exp: seconds() - 240 })],
  [
    'a beginning in 6 minutes',
    'bearer_not_yet_valid',
    (issuer) => issuer.sign({ exp: seconds() + 900, nbf: seconds() + 360 }),
  ],
  ['no end', 'bearer_malformed', (issuer) => issuer.sign({})],
  ['no subject', 'bearer_malformed', (issuer) => issuer.sign({ exp: seconds() + 60, sub: undefined })],
  [
    'a key id that the issuer does not have',
    'bearer_wrong_key',
    (issuer) => issuer.sign({ exp: seconds() + 60 }, { kid: 'two' }),
  ],
  ['a key of its own in the header', 'bearer_wrong_key', withOwnKey],
  ['claims changed after signing', 'bearer_wrong_key', tampered],
])('%s: %s', async (_, reason, forge) => {
  await using issuer = await startIssuer()
  expect(await trusting(issuer.url).reasonOf(await forge(issuer))).toBe(reason)
})

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const claimsOf = (issuer: OidcIssuer) => ({
  iss: issuer.url,
  aud: audience,
  sub: 'x',
  exp: seconds() + 60,
  roles: ['dps-admins'],
})
const unsigned = (issuer: OidcIssuer, header: object) => `${base64url(header)}.${base64url(claimsOf(issuer))}.`

async function hmacWithPublicKey(issuer: OidcIssuer): Promise<string> {
  const key = (await issuer.publicJwk()) as JsonWebKey
  const pem = createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
  const text = unsigned(issuer, { alg: 'HS256', kid: 'one' }).slice(0, -1)
  return `${text}.${createHmac('sha256', pem).update(text).digest('base64url')}`
}

async function withOwnKey(issuer: OidcIssuer): Promise<string> {
  const { generateKeyPair, exportJWK } = await import('jose')
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = await exportJWK(publicKey)
  return new SignJWT(claimsOf(issuer)).setProtectedHeader({ alg: 'RS256', jwk }).sign(privateKey)
}

async function tampered(issuer: OidcIssuer): Promise<string> {
  const [header, , signature] = (await issuer.token()).split('.')
  return `${header}.${base64url(claimsOf(issuer))}.${signature}`
}

test('a new key of the issuer is taken, and one that it withdrew is not believed for ever', async () => {
  await using issuer = await startIssuer()
  const here = trusting(issuer.url)
  const old = await issuer.token()
  expect(await here.reasonOf(old)).toBe('let in')
  await issuer.rotate('two')
  here.advance(11_000)
  expect(await here.reasonOf(await issuer.token())).toBe('let in')
  expect(await here.reasonOf(old)).toBe('bearer_wrong_key')
})

test('strangers cannot make it ask the issuer again and again', async () => {
  await using issuer = await startIssuer()
  const here = trusting(issuer.url)
  const forged = await issuer.sign({ exp: seconds() + 60 }, { kid: 'unknown' })
  await Promise.all(Array.from({ length: 50 }, () => here.reasonOf(forged)))
  for (let tries = 0; tries < 20; tries++) await here.reasonOf(forged)
  expect(issuer.asked()).toBe(1)
})

test('an issuer that does not answer: what is known goes on for ten minutes, then nobody is let in, and each is told', async () => {
  await using issuer = await startIssuer()
  const [fresh, known] = [trusting(issuer.url), trusting(issuer.url)]
  const jwt = await issuer.sign({ exp: seconds() + 3600 })
  expect(await known.reasonOf(jwt)).toBe('let in')
  issuer.fail()
  await expect(fresh.check(jwt)).rejects.toMatchObject({
    reason: 'issuer_unreachable',
    status: 401,
    message: expect.stringContaining(`cannot reach the issuer ${issuer.url} (it answered 503)`),
  })
  known.advance(60_000)
  expect(await known.reasonOf(await issuer.sign({ exp: seconds() + 3600 }, { kid: 'new' }))).toBe('bearer_wrong_key')
  expect(await known.reasonOf(jwt)).toBe('let in')
  known.advance(600_000)
  expect(await known.reasonOf(jwt)).toBe('issuer_unreachable')
  await issuer.rotate('one')
  known.advance(11_000)
  expect(await known.reasonOf(await issuer.sign({ exp: seconds() + 3600 }))).toBe('let in')
})

test('an issuer that calls itself otherwise, or is not there at all, is not believed', async () => {
  await using issuer = await startIssuer()
  const other = issuer.url.replace('127.0.0.1', 'localhost')
  const jwt = await issuer.sign({ iss: other, exp: seconds() + 60 })
  await expect(trusting(other).check(jwt)).rejects.toThrow(/it calls itself "http:\/\/127/)
  await issuer[Symbol.asyncDispose]()
  await expect(trusting(issuer.url).check(jwt)).rejects.toThrow(/ECONNREFUSED/)
})
