import { createHmac } from 'node:crypto'
import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { expect, test } from 'vitest'
import { newEmbeddedHub } from '../hub/hubs.ts'
import { hubNameOf, makeEtag } from '../ids.ts'
import { changeSettings } from '../instance/change-settings.ts'
import { generateKey } from '../sas/key.ts'
import { serviceRights } from '../sas/policy.ts'
import type { Role, Settings } from '../store/settings.ts'
import { openSqlite } from '../store/sqlite/open.ts'
import { adjustable, realRandom as random, realTimers as timers } from '../system.ts'
import { keyPrintOf, standing } from './credential.ts'
import { signInAudience } from './jwt.ts'
import { addPrincipal, makePrincipal, removePrincipal } from './principals.ts'
import { privateKeyOf } from './signing-keys.ts'
import { issuerNameOf, makeTokens } from './tokens.ts'

const start = Date.parse('2030-01-01T00:00:00Z')
const minutes = (count: number) => count * 60_000

async function startTokens() {
  // one that a test moves is the machine's
  let at = start
  const clock = adjustable({ now: () => at })
  const store = await openSqlite({ path: ':memory:', clock, timers })
  const key = generateKey(random, 32)
  const value: Settings = {
    idScope: '0ne00000A0A',
    serviceName: 'test',
    policies: [{ name: 'owner', primaryKey: key, secondaryKey: generateKey(random, 32), rights: serviceRights }],
    hubs: [newEmbeddedHub({ name: hubNameOf('dps.example'), random })],
    allocationPolicy: 'hashed',
    createdAt: start,
    etag: makeEtag(random),
  }
  await store.commit([{ put: 'settings', value, expect: 'absent' }])
  const parts = { store, clock, random, hosts: ['dps.example', 'localhost'] as const }
  const tokens = makeTokens(parts)
  const settings = async () => (await store.settings()) ?? value
  const change = (step: (settings: Settings) => Settings) => changeSettings(parts, step)
  return {
    tokens,
    parts,
    key,
    settings,
    change,
    advance: (ms: number) => {
      at += ms
    },
    async principal(roles: readonly Role[] = ['reader'], expiresAt?: number) {
      const made = makePrincipal({ name: 'ci', roles, expiresAt }, { at, random })
      await change((before) => addPrincipal(before, made.principal))
      return { id: made.principal.id, secret: made.secret }
    },
    reasonOf: async (jwt: string) => {
      const told: unknown = await tokens.checkToken(jwt).catch((error: unknown) => error)
      return (told as { reason?: string }).reason ?? 'let in'
    },
    [Symbol.asyncDispose]: () => store.close(),
  }
}

const order = { subject: 'tests', name: 'tests', roles: ['reader'] as const, seconds: 600 }

test('a token lets its bearer do what its roles say, until five minutes after its end', async () => {
  await using world = await startTokens()
  const { accessToken, expiresInSeconds } = await world.tokens.issueToken(order)
  const credential = await world.tokens.checkToken(accessToken)
  const may = standing(credential, await world.settings(), start)
  expect({
    expiresInSeconds,
    actor: credential.actor,
    reads: may('ManagementRead') && may('EnrollmentRead') && may('RegistrationStatusRead'),
    more: may('ManagementWrite') || may('KeysRead') || may('EnrollmentWrite') || may('DeviceConnect'),
  }).toEqual({ expiresInSeconds: 600, actor: { kind: 'token', name: 'tests' }, reads: true, more: false })
  world.advance(minutes(14))
  expect(await world.reasonOf(accessToken)).toBe('let in')
  world.advance(minutes(2))
  expect(await world.reasonOf(accessToken)).toBe('bearer_expired')
})

test('the instance makes its key at the first token, one for all who ask at that moment', async () => {
  await using world = await startTokens()
  expect((await world.settings()).signingKeys).toBeUndefined()
  const issued = await Promise.all([1, 2, 3].map(() => world.tokens.issueToken(order)))
  expect((await world.settings()).signingKeys).toHaveLength(1)
  for (const { accessToken } of issued) expect(await world.reasonOf(accessToken)).toBe('let in')
})

test('revoking all ends every token, and secrets go on', async () => {
  await using world = await startTokens()
  const { id, secret } = await world.principal()
  const before = await world.tokens.issueFor(id, secret)
  await world.tokens.revokeAll(world.parts)
  expect(await world.reasonOf(before.accessToken)).toBe('bearer_wrong_key')
  expect(await world.reasonOf((await world.tokens.issueFor(id, secret)).accessToken)).toBe('let in')
})

test('a secret is kept as its hash, and comes in by itself', async () => {
  await using world = await startTokens()
  const { id, secret } = await world.principal()
  expect(JSON.stringify(await world.settings())).not.toContain(secret)
  expect(await world.tokens.checkSecret(`lf1.${id}.${secret}`)).toMatchObject({ actor: { name: 'ci' } })
})

test.each([
  ['another secret', (id: string) => [id, 'x'.repeat(43)]],
  ['no secret', (id: string) => [id, '']],
  ['an unknown id', () => ['6f2d7a52-0000-4000-8000-000000000000', 'x'.repeat(43)]],
])('no token for %s', async (_, wrong) => {
  await using world = await startTokens()
  const { id } = await world.principal()
  const [as = '', secret = ''] = wrong(id)
  await expect(world.tokens.issueFor(as, secret)).rejects.toMatchObject({ reason: 'secret_wrong', status: 401 })
  await expect(world.tokens.checkSecret(`lf1.${as}.${secret}`)).rejects.toMatchObject({ reason: 'secret_wrong' })
})

test('a token ends at once with its principal, or with a role that it has', async () => {
  await using world = await startTokens()
  const { id, secret } = await world.principal(['reader', 'contributor'])
  const { accessToken } = await world.tokens.issueFor(id, secret)
  await world.change((settings) => ({
    ...settings,
    tokens: settings.tokens?.map((one) => ({ ...one, roles: ['reader'] as const })),
  }))
  expect(await world.reasonOf(accessToken)).toBe('bearer_revoked')
  const narrower = await world.tokens.issueFor(id, secret)
  expect(await world.reasonOf(narrower.accessToken)).toBe('let in')
  await world.change((settings) => removePrincipal(settings, id))
  expect(await world.reasonOf(narrower.accessToken)).toBe('bearer_revoked')
  await expect(world.tokens.issueFor(id, secret)).rejects.toMatchObject({ reason: 'secret_wrong' })
})

test('a principal that has an end gives no token beyond it', async () => {
  await using world = await startTokens()
  const { id, secret } = await world.principal(['reader'], start + minutes(10))
  expect(await world.tokens.issueFor(id, secret)).toMatchObject({ expiresInSeconds: 600 })
  world.advance(minutes(11))
  await expect(world.tokens.issueFor(id, secret)).rejects.toMatchObject({ reason: 'bearer_expired' })
  await expect(world.tokens.checkSecret(`lf1.${id}.${secret}`)).rejects.toMatchObject({ reason: 'bearer_expired' })
})

test('a token that a policy vouched for ends with the key it was asked with', async () => {
  await using world = await startTokens()
  const origin = { kind: 'policy', policy: 'owner', keyPrint: keyPrintOf(world.key) } as const
  const { accessToken } = await world.tokens.issueToken({ ...order, origin })
  const replaced = (which: 'primaryKey' | 'secondaryKey') =>
    world.change((settings) => ({
      ...settings,
      policies: settings.policies.map((policy) => ({ ...policy, [which]: generateKey(random, 32) })),
    }))
  await replaced('secondaryKey')
  expect(await world.reasonOf(accessToken)).toBe('let in')
  await replaced('primaryKey')
  expect(await world.reasonOf(accessToken)).toBe('bearer_revoked')
})

test.each([
  ['landfall', 'let in'],
  ['https://management.azure.com', 'let in'],
  ['https://management.azure.com/', 'let in'],
  ['https://dps.example', 'let in'],
  ['https://DPS.example:8443/', 'let in'],
  ['https://localhost:1', 'let in'],
  ['https://azure-devices-provisioning.net', 'let in'],
  ['https://dps.example.evil.example', 'bearer_wrong_audience'],
  ['https://dps.example@evil.example', 'bearer_wrong_audience'],
  ['http://dps.example', 'bearer_wrong_audience'],
  ['https://graph.microsoft.com', 'bearer_wrong_audience'],
])('the audience %s: %s', async (audience, verdict) => {
  await using world = await startTokens()
  const { accessToken } = await world.tokens.issueToken({ ...order, audience })
  expect(await world.reasonOf(accessToken)).toBe(verdict)
})

test('a link signs nobody in after its two minutes, though clocks of others may be five apart', async () => {
  await using world = await startTokens()
  const link = async () =>
    (await world.tokens.issueToken({ ...order, seconds: 120, audience: signInAudience })).accessToken
  const [used, late] = [await link(), await link()]
  world.advance(minutes(2))
  expect(await world.tokens.redeem(used)).toMatchObject({ actor: { name: 'tests' } })
  await expect(world.tokens.redeem(used)).rejects.toMatchObject({ reason: 'bearer_used' })
  world.advance(1000)
  await expect(world.tokens.redeem(late)).rejects.toMatchObject({ reason: 'bearer_expired' })
  await expect(world.tokens.redeem(used)).rejects.toMatchObject({ reason: 'bearer_expired' })
})

test('a token for the service API alone does not reach the management plane', async () => {
  await using world = await startTokens()
  const audience = 'https://azure-devices-provisioning.net'
  const { accessToken } = await world.tokens.issueToken({ ...order, audience })
  const may = standing(await world.tokens.checkToken(accessToken), await world.settings(), start)
  expect([may('EnrollmentRead'), may('ManagementRead')]).toEqual([true, false])
})

test.each<[string, string, (world: Awaited<ReturnType<typeof startTokens>>) => Promise<string> | string]>([
  ['no JWT at all', 'bearer_malformed', () => 'abc'],
  ['three dots and nothing', 'bearer_malformed', () => '..'],
  ['alg none', 'bearer_wrong_key', () => new UnsecuredJWT(claims).setExpirationTime('1h').encode()],
  ['alg none with our kid', 'bearer_algorithm', async (world) => withHeader(await kidOf(world), { alg: 'none' }, '')],
  ['HS256 with the public key', 'bearer_algorithm', hmacWithPublicKey],
  ['another key under our kid', 'bearer_wrong_key', async (world) => signedBy(await strange(), await kidOf(world))],
  ['another key under its own kid', 'bearer_wrong_key', async () => signedBy(await strange(), 'mine')],
  ['another issuer', 'bearer_unknown_issuer', async (world) => signedHere(world, { iss: 'urn:landfall:other' })],
  ['no end', 'bearer_malformed', async (world) => signedHere(world, { exp: undefined })],
  ['no audience', 'bearer_malformed', async (world) => signedHere(world, { aud: undefined })],
  [
    'a beginning in ten minutes',
    'bearer_not_yet_valid',
    async (world) => signedHere(world, { nbf: start / 1000 + 600 }),
  ],
  ['a role changed after signing', 'bearer_wrong_key', async (world) => tampered(world)],
])('refuses a token with %s', async (_, reason, forge) => {
  await using world = await startTokens()
  await world.tokens.issueToken(order)
  expect(await world.reasonOf(await forge(world))).toBe(reason)
})

type Here = Awaited<ReturnType<typeof startTokens>>
const claims = { sub: 'x', aud: 'landfall', roles: ['contributor'], origin: { kind: 'service' }, name: 'x' }
const ends = { exp: start / 1000 + 600, iss: 'urn:landfall:0ne00000A0A' }
const strange = async () => (await generateKeyPair('ES256')).privateKey
const kidOf = async (world: Here) => (await world.settings()).signingKeys?.[0]?.kid ?? ''
const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const withHeader = (kid: string, header: object, signature: string) =>
  `${base64url({ kid, ...header })}.${base64url({ ...claims, ...ends })}.${signature}`

const signedBy = (key: Parameters<SignJWT['sign']>[0], kid: string, more: object = {}) =>
  new SignJWT({ ...claims, ...ends, ...more }).setProtectedHeader({ alg: 'ES256', kid }).sign(key)

async function signedHere(world: Here, more: object): Promise<string> {
  const settings = await world.settings()
  const [key] = settings.signingKeys ?? []
  if (!key) throw new Error('no key yet')
  return signedBy(await privateKeyOf(key), key.kid, { iss: issuerNameOf(settings), ...more })
}

async function hmacWithPublicKey(world: Here): Promise<string> {
  const { d: _, ...open } = (await world.settings()).signingKeys?.[0]?.jwk ?? {}
  const unsigned = withHeader(await kidOf(world), { alg: 'HS256' }, '').slice(0, -1)
  return `${unsigned}.${createHmac('sha256', JSON.stringify(open)).update(unsigned).digest('base64url')}`
}

async function tampered(world: Here): Promise<string> {
  const [header, , signature] = (await world.tokens.issueToken(order)).accessToken.split('.')
  return `${header}.${base64url({ ...claims, ...ends })}.${signature}`
}
