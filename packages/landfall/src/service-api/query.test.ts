import { expect, test } from 'vitest'
import { hubs, type Reply, type ServiceWorld, startServiceWorld } from '../../test/service-api/world.ts'
import { someEndorsementKey } from '../../test/tpm/known-key.ts'
import { groupKeyOf, hubNameOf, keyOf, makeEtag, parseDeviceId, parseGroupId, parseRegistrationId } from '../ids.ts'
import type { Registration } from '../registration/record.ts'
import type { Store } from '../store/store.ts'
import { realRandom } from '../system.ts'

async function enroll(world: ServiceWorld, ids: readonly string[], more: object = {}): Promise<void> {
  const enrollments = ids.map((registrationId) => ({ registrationId, attestation: { type: 'symmetricKey' }, ...more }))
  const { json } = await world.ask('POST', '/enrollments', { json: { mode: 'create', enrollments } })
  expect(json).toEqual({ errors: [], isSuccessful: true })
}

const query = (world: ServiceWorld, text: string, headers: Record<string, string> = {}, path = '/enrollments/query') =>
  world.ask('POST', path, { json: { query: text }, headers })

const idsOf = ({ list }: Reply) =>
  list.map(({ registrationId, enrollmentGroupId }) => registrationId ?? enrollmentGroupId)

/** Every page, following the continuation as clients do. */
async function pages(world: ServiceWorld, size: number, text = '*'): Promise<readonly Reply[]> {
  const found: Reply[] = []
  let continuation: string | undefined
  do {
    const page: Reply = await query(world, text, {
      'x-ms-max-item-count': String(size),
      ...(continuation === undefined ? {} : { 'x-ms-continuation': continuation }),
    })
    found.push(page)
    continuation = page.headers['x-ms-continuation'] as string | undefined
  } while (continuation !== undefined)
  return found
}

test('five enrollments in pages of two: 2, 2, 1, in order, and the last page says that it is', async () => {
  await using world = await startServiceWorld()
  await enroll(world, ['e', 'B', 'c', 'a', 'D'])
  const found = await pages(world, 2)
  expect(found.map(idsOf)).toEqual([['a', 'B'], ['c', 'D'], ['e']])
  expect(found.map(({ headers }) => 'x-ms-continuation' in headers)).toEqual([true, true, false])
  for (const { headers } of found) expect(headers['x-ms-item-type']).toBe('Enrollment')
})

test('a full last page is the last page', async () => {
  await using world = await startServiceWorld()
  await enroll(world, ['a', 'b', 'c', 'd'])
  expect((await pages(world, 2)).map(idsOf)).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ])
})

test.each([
  ['/enrollments/query', 'Enrollment'],
  ['/enrollmentGroups/query', 'EnrollmentGroup'],
  ['/registrations/g/query', 'DeviceRegistration'],
])('nothing at %s is an empty list with its item type %s and no continuation', async (path, type) => {
  await using world = await startServiceWorld()
  const { status, headers, text } = await query(world, '*', {}, path)
  expect({ status, text }).toEqual({ status: 200, text: '[]' })
  expect(headers['x-ms-item-type']).toBe(type)
  expect(headers).not.toHaveProperty('x-ms-continuation')
})

test('deleting the row at the edge of a page loses and repeats no other', async () => {
  await using world = await startServiceWorld()
  await enroll(world, ['a', 'b', 'c', 'd'])
  const first = await query(world, '*', { 'x-ms-max-item-count': '2' })
  await world.ask('DELETE', '/enrollments/b')
  const headers = { 'x-ms-continuation': String(first.headers['x-ms-continuation']), 'x-ms-max-item-count': '9' }
  expect(idsOf(await query(world, '*', headers))).toEqual(['c', 'd'])
})

test('a continuation that is garbage, or of another list, is refused', async () => {
  await using world = await startServiceWorld()
  await enroll(world, ['a', 'b'])
  const { headers } = await query(world, '*', { 'x-ms-max-item-count': '1' })
  const token = String(headers['x-ms-continuation'])
  expect(token).toMatch(/^[\w-]+$/)
  for (const [path, continuation] of [
    ['/enrollments/query', 'garbage'],
    ['/enrollments/query', Buffer.from('null').toString('base64url')],
    ['/enrollments/query', Buffer.from('{"kind":"Enrollment","after":{}}').toString('base64url')],
    ['/enrollmentGroups/query', token],
    ['/registrations/g/query', token],
  ] as const) {
    const { status, json } = await query(world, '*', { 'x-ms-continuation': continuation }, path)
    expect(status, `${path} ${continuation}`).toBe(400)
    expect(json.errorCode).toBe(400000)
  }
})

test.each([
  ['0', 200, 3],
  ['2', 200, 2],
  ['1000000', 200, 3],
  ['-1', 400, 0],
  ['many', 400, 0],
])('x-ms-max-item-count %s answers %i', async (count, expected, items) => {
  await using world = await startServiceWorld()
  await enroll(world, ['a', 'b', 'c'])
  const { status, list } = await query(world, '*', { 'x-ms-max-item-count': count })
  expect(status).toBe(expected)
  expect(list).toHaveLength(items)
})

test.each([
  ['*'],
  ['SELECT *'],
  ['select * from enrollments'],
  ['SELECT * FROM enrollments GROUP BY x'],
  [''],
  ["{'additional_properties': {}, 'query': 'SELECT *'}"],
])('%j asks for everything, without a warning', async (text) => {
  await using world = await startServiceWorld()
  await enroll(world, ['a', 'b'])
  const reply = await query(world, text)
  expect(reply.list).toHaveLength(2)
  expect(reply.headers).not.toHaveProperty('x-landfall-warning')
})

test.each([
  ["SELECT * FROM enrollments WHERE registrationId LIKE 'press-%' AND provisioningStatus = 'enabled'", ['press-1']],
  ["select * where registrationid = 'PUMP-1'", ['pump-1']],
  ["SELECT * WHERE attestation.type = 'tpm' OR registrationId LIKE 'pump-%'", ['press-tpm', 'pump-1']],
  [`SELECT * WHERE iotHubs = '${hubs[0]}' AND (status = 'disabled' OR status = 'enabled')`, ['pump-1']],
  ["SELECT * WHERE attestationType = 'x509'", []],
])('%s lists %j', async (text, expected) => {
  await using world = await startServiceWorld()
  await enroll(world, ['press-1'])
  await enroll(world, ['press-2'], { provisioningStatus: 'disabled' })
  await enroll(world, ['pump-1'], { allocationPolicy: 'static', iotHubs: [hubs[0]] })
  await enroll(world, ['press-tpm'], {
    attestation: { type: 'tpm', tpm: { endorsementKey: someEndorsementKey } },
    provisioningStatus: 'disabled',
  })
  expect(idsOf(await query(world, text))).toEqual(expected)
})

test('a condition holds on every page, and a page of it is never empty', async () => {
  await using world = await startServiceWorld()
  await enroll(world, ['a-1', 'b-1', 'a-2', 'b-2', 'a-3', 'c'])
  const found = await pages(world, 1, "SELECT * WHERE registrationId LIKE 'b-%' OR registrationId = 'c'")
  expect(found.map(idsOf)).toEqual([['b-1'], ['b-2'], ['c']])
})

test('a condition that is not understood lists everything, with a warning and a line in the log', async () => {
  await using world = await startServiceWorld()
  await enroll(world, ['a', 'b'])
  const reply = await query(world, "SELECT * WHERE tags.site = 'north'")
  expect(reply.list).toHaveLength(2)
  expect(reply.headers['x-landfall-warning']).toContain('not understood')
  expect(world.logged).toHaveLength(1)
})

test('--fidelity cloud ignores conditions', async () => {
  await using world = await startServiceWorld({ fidelity: 'cloud' })
  await enroll(world, ['a', 'b'])
  expect((await query(world, "SELECT * WHERE registrationId = 'a'")).list).toHaveLength(2)
})

test('groups are listed by their own id', async () => {
  await using world = await startServiceWorld()
  const enrollmentGroups = ['line-1', 'line-2', 'test'].map((enrollmentGroupId) => ({
    enrollmentGroupId,
    attestation: { type: 'symmetricKey' },
  }))
  await world.ask('POST', '/enrollmentGroups', { json: { mode: 'create', enrollmentGroups } })
  const text = "SELECT * FROM enrollmentGroups WHERE enrollmentGroupId LIKE 'line-%'"
  expect(idsOf(await query(world, text, {}, '/enrollmentGroups/query'))).toEqual(['line-1', 'line-2'])
})

function record(id: string, group: string | undefined): Registration {
  const registrationId = parseRegistrationId(id)
  const at = Date.parse('2030-01-01T00:00:00Z')
  const groupId = group === undefined ? undefined : parseGroupId(group)
  return {
    registrationId,
    key: keyOf(registrationId),
    attestation: 'symmetricKey',
    group: groupId && { key: groupKeyOf(groupId), id: groupId },
    status: 'assigned',
    substatus: 'initialAssignment',
    assignedHub: hubNameOf(hubs[0]),
    deviceId: parseDeviceId(id),
    payload: { a: 1 },
    operations: [],
    createdAt: at,
    updatedAt: at,
    etag: makeEtag(realRandom),
  }
}

const register = (store: Store, value: Registration) => store.commit([{ put: 'registration', value, expect: 'any' }])

test('lists only what came in through the group, and goes on when the group is gone', async () => {
  await using world = await startServiceWorld()
  for (const [id, group] of [
    ['a', 'g'],
    ['b', 'other'],
    ['c', 'g'],
    ['d', undefined],
  ] as const) {
    await register(world.store, record(id, group))
  }
  const first = await world.ask('POST', '/registrations/G/query', { headers: { 'x-ms-max-item-count': '1' } })
  const second = await world.ask('POST', '/registrations/g/query', {
    headers: { 'x-ms-continuation': String(first.headers['x-ms-continuation']) },
  })
  expect([idsOf(first), idsOf(second)]).toEqual([['a'], ['c']])
  expect(first.headers['x-ms-item-type']).toBe('DeviceRegistration')
})

test('a record is read with all its members, deleted under its own etag, and is then gone', async () => {
  await using world = await startServiceWorld()
  const stored = record('Dev-1', undefined)
  await register(world.store, stored)
  const { json } = await world.ask('GET', '/registrations/dev-1')
  expect(json).toEqual({
    registrationId: 'Dev-1',
    createdDateTimeUtc: '2030-01-01T00:00:00.000Z',
    assignedHub: hubs[0],
    deviceId: 'Dev-1',
    status: 'assigned',
    substatus: 'initialAssignment',
    lastUpdatedDateTimeUtc: '2030-01-01T00:00:00.000Z',
    etag: stored.etag,
    payload: { a: 1 },
  })
  const remove = (etag: string) => world.ask('DELETE', '/registrations/DEV-1', { headers: { 'if-match': etag } })
  expect((await remove('c3RhbGU=')).status).toBe(412)
  expect(await remove(stored.etag)).toMatchObject({ status: 204, text: '' })
  expect(await world.ask('GET', '/registrations/dev-1')).toMatchObject({ status: 404, json: { errorCode: 404203 } })
  expect((await remove('*')).status).toBe(404)
})

test('the enrollment shows the record of its device, and takes it along when it is deleted', async () => {
  await using world = await startServiceWorld()
  await enroll(world, ['dev-1'])
  await register(world.store, record('dev-1', undefined))
  const { json } = await world.ask('GET', '/enrollments/dev-1')
  expect(json.registrationState).toEqual((await world.ask('GET', '/registrations/dev-1')).json)
  await world.ask('DELETE', '/enrollments/dev-1')
  expect((await world.ask('GET', '/registrations/dev-1')).status).toBe(404)
})

test('deleting a group leaves the records of its devices', async () => {
  await using world = await startServiceWorld()
  const json = { enrollmentGroupId: 'g', attestation: { type: 'symmetricKey' } }
  await world.ask('PUT', '/enrollmentGroups/g', { json })
  await register(world.store, record('dev-1', 'g'))
  await world.ask('DELETE', '/enrollmentGroups/g')
  expect((await world.ask('POST', '/registrations/g/query')).list).toHaveLength(1)
})
