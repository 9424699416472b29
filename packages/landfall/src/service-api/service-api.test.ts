import { expect, test } from 'vitest'
import { startServiceWorld } from '../../test/service-api/world.ts'

const enrollment = (registrationId: string, more: object = {}) => ({
  registrationId,
  attestation: { type: 'symmetricKey' },
  ...more,
})

test('announcing JSON and sending nothing is fine for GET, DELETE and POST', async () => {
  await using world = await startServiceWorld()
  const headers = { 'content-type': 'application/json' }
  await world.ask('PUT', '/enrollments/d', { json: enrollment('d') })
  expect((await world.ask('GET', '/enrollments/d', { headers })).status).toBe(200)
  expect((await world.ask('POST', '/enrollments/d/attestationmechanism', { headers })).status).toBe(200)
  expect((await world.ask('POST', '/enrollments/d/attestationmechanism', { body: '' })).status).toBe(200)
  expect((await world.ask('POST', '/enrollments/d/attestationmechanism', { json: {} })).status).toBe(200)
  expect((await world.ask('POST', '/registrations/g/query', { headers })).status).toBe(200)
  expect((await world.ask('POST', '/registrations/g/query', { body: '' })).status).toBe(200)
  expect((await world.ask('DELETE', '/enrollments/d', { headers })).status).toBe(204)
})

test('a body is JSON even where no type says so; another type is 415', async () => {
  await using world = await startServiceWorld()
  const body = JSON.stringify(enrollment('d'))
  expect((await world.ask('PUT', '/enrollments/d', { body })).status).toBe(200)
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'nonsense']) {
    const refused = await world.ask('PUT', '/enrollments/e', { body, headers: { 'content-type': type } })
    expect(refused).toMatchObject({ status: 415, json: { errorCode: 415000 } })
  }
})

test.each([
  ['not JSON', '{"registrationId":'],
  ['nested 100,000 deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ['nested deep inside a member', `{"registrationId":"d","x":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`],
  ['not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22])],
])('a body that is %s is refused with 400000', async (_, body) => {
  await using world = await startServiceWorld()
  const { status, json } = await world.ask('PUT', '/enrollments/d', { body })
  expect(status).toBe(400)
  expect(json.errorCode).toBe(400000)
  expect(json.message).toContain('The request body cannot be read')
})

test('a body of more than 1 MiB is refused with 413, whether it tells its length or not', async () => {
  await using world = await startServiceWorld()
  const json = enrollment('d', { extra: 'x'.repeat(1024 * 1024) })
  expect(await world.ask('PUT', '/enrollments/d', { json })).toMatchObject({ status: 413, json: { errorCode: 413000 } })
  const chunked = await world.ask('PUT', '/enrollments/d', { json, chunked: true })
  expect(chunked.status).toBe(413)
})

test('members called __proto__ and constructor are members like others', async () => {
  await using world = await startServiceWorld()
  const body =
    '{"registrationId":"d","attestation":{"type":"symmetricKey"},"__proto__":{"provisioningStatus":"disabled"},"constructor":{"prototype":{"polluted":true}},"initialTwin":{"tags":{"__proto__":{"polluted":true}}}}'
  const { status, json } = await world.ask('PUT', '/enrollments/d', { body })
  expect(status).toBe(200)
  expect(json.provisioningStatus).toBe('enabled')
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  expect((await world.ask('GET', '/enrollments/d')).text).toContain('"tags":{"__proto__":{"polluted":true}}')
})

test('fixed segments in any letter case, a slash at the end of the bulk path, and an enrollment called query', async () => {
  await using world = await startServiceWorld()
  const bulk = { mode: 'create', enrollments: [enrollment('query')] }
  expect((await world.ask('POST', '/Enrollments/', { json: bulk })).json).toEqual({ errors: [], isSuccessful: true })
  expect((await world.ask('GET', '/enrollments/query')).json.registrationId).toBe('query')
  const update = { json: enrollment('query'), headers: { 'if-match': '*' } }
  expect((await world.ask('PUT', '/ENROLLMENTS/query', update)).status).toBe(200)
  expect((await world.ask('POST', '/enrollments/query/attestationmechanism')).status).toBe(200)
  expect((await world.ask('POST', '/enrollments/QUERY', { json: { query: '*' } })).list).toHaveLength(1)
  expect((await world.ask('DELETE', '/enrollments/query')).status).toBe(204)
})

test.each([
  ['PATCH', '/enrollments/d', 'GET, PUT, DELETE'],
  ['HEAD', '/enrollments/d', 'GET, PUT, DELETE'],
  ['OPTIONS', '/enrollments/d', 'GET, PUT, DELETE'],
  ['POST', '/enrollments/d', 'GET, PUT, DELETE'],
  ['PATCH', '/enrollments/query', 'GET, PUT, DELETE'],
  ['GET', '/enrollments', 'POST'],
  ['PUT', '/enrollmentGroups', 'POST'],
  ['GET', '/enrollmentGroups/g/attestationmechanism', 'POST'],
  ['PUT', '/registrations/d', 'GET, DELETE'],
  ['GET', '/registrations/g/query', 'POST'],
])('%s %s is 405 and says what is allowed', async (method, path, allow) => {
  await using world = await startServiceWorld()
  const { status, headers } = await world.ask(method, path, { authorization: '' })
  expect(status).toBe(405)
  expect(headers.allow).toBe(allow)
})

test('what nobody foresaw is a 500 without text, told to the log under the same tracking id', async () => {
  await using world = await startServiceWorld()
  await world.store.close()
  const { status, json } = await world.ask('GET', '/enrollments/d')
  expect(status).toBe(500)
  expect(json.message).not.toContain('database')
  expect(world.logged).toContainEqual({
    facts: {
      trackingId: String(json.trackingId),
      method: 'GET',
      path: '/enrollments/d',
      reason: 'internal',
      errorCode: 500000,
      err: expect.any(Error),
    },
    message: expect.any(String),
  })
})
