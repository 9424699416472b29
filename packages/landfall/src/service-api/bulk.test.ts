import { expect, test } from 'vitest'
import { type ServiceWorld, startServiceWorld } from '../../test/service-api/world.ts'
import type { JsonObject } from '../json.ts'
import { realRandom } from '../system.ts'
import { issueRoot } from '../x509/issue.ts'

const item = (registrationId: string, more: object = {}) => ({
  registrationId,
  attestation: { type: 'symmetricKey' },
  ...more,
})

const bulk = async (world: ServiceWorld, mode: string, enrollments: readonly object[]) =>
  world.ask('POST', '/enrollments/', { json: { mode, enrollments } })

const done = { errors: [], isSuccessful: true }

test.each(['create', 'CREATE', 'Create'])(
  'mode %s creates all and says so with an empty list of errors',
  async (mode) => {
    await using world = await startServiceWorld()
    const { status, json } = await bulk(world, mode, [item('a'), item('b')])
    expect(status).toBe(200)
    expect(json).toEqual(done)
    expect((await world.ask('GET', '/enrollments/b')).status).toBe(200)
  },
)

test('one bad item of three fails alone', async () => {
  await using world = await startServiceWorld()
  await bulk(world, 'create', [item('b')])
  const { status, json } = await bulk(world, 'create', [item('a'), item('b'), item('c')])
  expect(status).toBe(200)
  expect(json).toEqual({
    errors: [
      { registrationId: 'b', errorCode: 409201, errorStatus: expect.stringContaining('Enrollment already exists') },
    ],
    isSuccessful: false,
  })
  expect((await world.ask('GET', '/enrollments/a')).status).toBe(200)
  expect((await world.ask('GET', '/enrollments/c')).status).toBe(200)
})

test('an item that is not valid has its own code, in the order of the request', async () => {
  await using world = await startServiceWorld()
  const { json } = await bulk(world, 'create', [item('bad.'), item('a', { iotHubs: ['x'] }), item('b')])
  expect((json.errors as JsonObject[]).map(({ registrationId, errorCode }) => [registrationId, errorCode])).toEqual([
    ['bad.', 400004],
    ['a', 400004],
  ])
})

test.each([
  ['eleven items', 'create', Array.from({ length: 11 }, (_, index) => item(`d${index}`))],
  ['no item', 'create', []],
  ['one id twice, in another case', 'create', [item('d0'), item('D0')]],
  ['an item without id', 'create', [item('d0'), {}]],
  ['an item that is no object', 'create', [item('d0'), 'd1']],
  ['an unknown mode', 'upsert', [item('d0')]],
])('%s refuses the whole request, and nothing is done', async (_, mode, items) => {
  await using world = await startServiceWorld()
  const { status, json } = await bulk(world, mode, items as object[])
  expect(status).toBe(400)
  expect(json.errorCode).toBe(400004)
  expect((await world.ask('GET', '/enrollments/d0')).status).toBe(404)
})

test('a bulk request without body or mode is refused', async () => {
  await using world = await startServiceWorld()
  expect((await world.ask('POST', '/enrollments')).status).toBe(400)
  expect((await world.ask('POST', '/enrollments', { json: { enrollments: [item('a')] } })).status).toBe(400)
})

test('update without etag updates, with one compares it, and nothing is 404', async () => {
  await using world = await startServiceWorld()
  await bulk(world, 'create', [item('a'), item('b')])
  const { json } = await bulk(world, 'update', [
    item('a', { provisioningStatus: 'disabled' }),
    item('b', { etag: 'c3RhbGU=' }),
    item('c'),
  ])
  expect((json.errors as JsonObject[]).map(({ registrationId, errorCode }) => [registrationId, errorCode])).toEqual([
    ['b', 412000],
    ['c', 404201],
  ])
  expect((await world.ask('GET', '/enrollments/a')).json.provisioningStatus).toBe('disabled')
})

test('--fidelity cloud answers an update without etag as the cloud does', async () => {
  await using world = await startServiceWorld({ fidelity: 'cloud' })
  await bulk(world, 'create', [item('a')])
  const { json } = await bulk(world, 'update', [item('a')])
  expect(json.errors).toEqual([{ registrationId: 'a', errorCode: 409201, errorStatus: 'Enrollment already exists.' }])
})

test.each(['updateIfMatchETag', 'updateIfMatchEtag'])('mode %s demands the right etag of each item', async (mode) => {
  await using world = await startServiceWorld()
  await bulk(world, 'create', [item('a'), item('b'), item('c'), item('d')])
  const { etag } = (await world.ask('GET', '/enrollments/a')).json
  const { json } = await bulk(world, mode, [
    item('a', { etag }),
    item('b', { etag: 'c3RhbGU=' }),
    item('c'),
    item('d', { etag: '*' }),
  ])
  expect((json.errors as JsonObject[]).map(({ registrationId, errorCode }) => [registrationId, errorCode])).toEqual([
    ['b', 412000],
    ['c', 412000],
  ])
})

test('delete needs the id alone', async () => {
  await using world = await startServiceWorld()
  await bulk(world, 'create', [item('a'), item('b')])
  const { json } = await bulk(world, 'delete', [
    { registrationId: 'a' },
    item('b', { etag: 'x' }),
    { registrationId: 'c' },
  ])
  expect(json.errors).toMatchObject([{ registrationId: 'c', errorCode: 404201 }])
  expect((await world.ask('POST', '/enrollments/query')).list).toEqual([])
})

test('groups have a bulk operation of their own, where a certificate cannot be taken twice', async () => {
  await using world = await startServiceWorld()
  const root = await issueRoot({ commonName: 'Root', at: world.clock.now(), random: realRandom })
  const group = (enrollmentGroupId: string) => ({
    enrollmentGroupId,
    attestation: { type: 'x509', x509: { signingCertificates: { primary: { certificate: root.pem } } } },
  })
  const { json, headers } = await world.ask('POST', '/enrollmentGroups', {
    json: { mode: 'create', enrollmentGroups: [group('g1'), group('g2')] },
  })
  expect(json).toEqual({
    errors: [{ enrollmentGroupId: 'g2', errorCode: 409204, errorStatus: expect.stringContaining('"g1"') }],
    isSuccessful: false,
  })
  expect(headers['x-landfall-warning']).toMatch(/^g1: The certificate "CN=Root" is not verified/)
})
