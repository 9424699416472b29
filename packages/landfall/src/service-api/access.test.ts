import { expect, test } from 'vitest'
import { host, policies, startServiceWorld, tokenOf } from '../../test/service-api/world.ts'
import { generateKey, hmacSha256 } from '../sas/key.ts'
import type { SharedAccessPolicy } from '../sas/policy.ts'
import { realRandom } from '../system.ts'

const enrollment = { registrationId: 'd', attestation: { type: 'symmetricKey' } }
const now = Date.parse('2030-01-01T00:00:00Z')

interface Spelling {
  readonly sr?: string
  readonly key?: string
  readonly se?: number
  readonly encode?: (text: string) => string
}

/** A token whose `sr` and signature are spelled as one of the clients does. */
function spelled(spelling: Spelling) {
  const { sr = host, key = policies.owner.primaryKey, se = now / 1000 + 3600, encode = encodeURIComponent } = spelling
  const signature = hmacSha256(Buffer.from(key, 'base64'), `${sr}\n${se}`).toString('base64')
  return { sr, sig: encode(signature), se, skn: policies.owner.name }
}

test.each<[string, Spelling]>([
  ['the host as it is', {}],
  ['a port, escaped', { sr: 'dps.example%3A443' }],
  ['a port, escaped in lower case', { sr: 'dps.example%3a443' }],
  ['upper case', { sr: 'DPS.Example' }],
  ['a prefix of the path', { sr: 'dps.example%2Fenrollments' }],
  ['the scheme in front', { sr: 'https%3A%2F%2Fdps.example' }],
  ['a signature whose slashes are raw', { encode: (text: string) => encodeURIComponent(text).replaceAll('%2F', '/') }],
  ['a signature in lower-case hex', { encode: (text: string) => escapeLower(text) }],
  ['a raw signature', { encode: (text: string) => text }],
  ['the secondary key', { key: policies.owner.secondaryKey }],
  ['an end 4 minutes ago', { se: now / 1000 - 240 }],
])('lets a token in with %s', async (_, spelling) => {
  await using world = await startServiceWorld()
  const { sr, sig, se, skn } = spelled(spelling)
  const orders = [
    `SharedAccessSignature sr=${sr}&sig=${sig}&se=${se}&skn=${skn}`,
    `SharedAccessSignature sig=${sig}&skn=${skn}&se=${se}&sr=${sr}`,
  ]
  for (const authorization of orders) {
    expect((await world.ask('GET', '/enrollments/none', { authorization })).status).toBe(404)
  }
})

const escapeLower = (text: string) => encodeURIComponent(text).replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())

const stranger: SharedAccessPolicy = {
  ...policies.owner,
  primaryKey: generateKey(realRandom, 32),
  secondaryKey: generateKey(realRandom, 32),
}

test.each([
  ['none', '', 'token_missing'],
  ['another scheme', 'Basic abc', 'token_malformed'],
  ['a bearer token that is none', 'Bearer abc', 'bearer_malformed'],
  ['an end 6 minutes ago', tokenOf(policies.owner, now, { lateBySeconds: 360 }), 'token_expired'],
  ['another host', tokenOf(policies.owner, now, { resource: 'other.example' }), 'token_wrong_resource'],
  ['another path', tokenOf(policies.owner, now, { resource: `${host}/enroll` }), 'token_wrong_resource'],
  ['no policy name', tokenOf({ ...policies.owner, name: '' }, now), 'token_malformed'],
  ['an unknown policy', tokenOf({ ...policies.owner, name: 'nobody' }, now), 'token_unknown_policy'],
  ['another key', tokenOf(stranger, now), 'token_wrong_key'],
  ['a policy without the right', tokenOf(policies.watcher, now), 'token_missing_right'],
])('refuses a token with %s before it looks at the id', async (_, authorization, reason) => {
  await using world = await startServiceWorld()
  const { status, json } = await world.ask('GET', '/enrollments/bad.', { authorization })
  expect(status).toBe(401)
  expect(json).toMatchObject({ errorCode: 401000, info: { reason } })
})

test('each policy may do what its rights say, and no more', async () => {
  await using world = await startServiceWorld()
  await world.ask('PUT', '/enrollments/d', { json: enrollment })
  const statusFor = async (policy: SharedAccessPolicy) => ({
    read: (await world.ask('GET', '/enrollments/d', { policy })).status,
    query: (await world.ask('POST', '/enrollments/query', { policy })).status,
    write: (await world.ask('PUT', '/enrollments/d', { policy, json: enrollment })).status,
    keys: (await world.ask('POST', '/enrollments/d/attestationmechanism', { policy })).status,
    record: (await world.ask('GET', '/registrations/d', { policy })).status,
    forget: (await world.ask('DELETE', '/registrations/d', { policy })).status,
  })
  const no = 401
  expect(await statusFor(policies.reader)).toEqual({
    read: 200,
    query: 200,
    write: no,
    keys: no,
    record: no,
    forget: no,
  })
  expect(await statusFor(policies.watcher)).toEqual({
    read: no,
    query: no,
    write: no,
    keys: no,
    record: 404,
    forget: no,
  })
  expect(await statusFor(policies.writer)).toEqual({
    read: 200,
    query: 200,
    write: 409,
    keys: 200,
    record: 404,
    forget: 404,
  })
})

test.each([
  '2018-04-01',
  '2018-09-01-preview',
  '2019-03-31',
  '2021-10-01',
  '2026-11-01',
  '2031-05-05',
  '2031-05-05-preview',
])('serves api-version %s with every member', async (apiVersion) => {
  await using world = await startServiceWorld()
  await world.ask('PUT', '/enrollments/d', { json: { ...enrollment, optionalDeviceInformation: { a: 1 } } })
  const { status, json } = await world.ask('GET', '/enrollments/d', { apiVersion })
  expect(status).toBe(200)
  expect(json.optionalDeviceInformation).toEqual({ a: 1 })
})

test('notes an api-version that it does not know', async () => {
  await using world = await startServiceWorld()
  await world.ask('GET', '/enrollments/d', { apiVersion: '2031-05-05' })
  expect(world.logged).toContainEqual({ facts: { apiVersion: '2031-05-05' }, message: expect.any(String) })
})

test.each(['', '2018-03-31', '2021-13-01', 'newest', '2021-10-01-beta'])(
  'refuses api-version %j',
  async (apiVersion) => {
    await using world = await startServiceWorld()
    const { status, json } = await world.ask('GET', '/enrollments/d', { apiVersion, authorization: '' })
    expect(status).toBe(400)
    expect(json.errorCode).toBe(400000)
  },
)

test('--fidelity cloud refuses unknown api-versions, speaks barely and warns of nothing', async () => {
  await using world = await startServiceWorld({ fidelity: 'cloud' })
  expect((await world.ask('GET', '/enrollments/d', { apiVersion: '2031-05-05' })).status).toBe(400)
  const { json } = await world.ask('GET', '/enrollments/d')
  expect(json).toMatchObject({ errorCode: 404201, message: 'Enrollment not found.' })
  expect(json).not.toHaveProperty('info')
  const { headers } = await world.ask('PUT', '/enrollments/d', { json: { ...enrollment, allocationPolicy: 'static' } })
  expect(headers).not.toHaveProperty('x-landfall-warning')
})
