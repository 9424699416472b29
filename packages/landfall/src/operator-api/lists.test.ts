import { expect, test } from 'vitest'
import { host, startOperator } from '../../test/operator-api/world.ts'
import { hubNameOf, keyOf, type RegistrationId } from '../ids.ts'
import {
  attempt,
  device,
  group,
  hubName,
  individual,
  member,
  registration,
  start,
  twin,
} from '../store/contract/samples.ts'
import type { Change } from '../store/store.ts'

type Operator = Awaited<ReturnType<typeof startOperator>>

const ids = (body: { items: readonly { id?: string; registrationId?: string }[] }) =>
  body.items.map(({ id, registrationId }) => id ?? registrationId)

/** Every page, by its cursors. */
async function allPages(operator: Operator, path: string): Promise<readonly (readonly unknown[])[]> {
  const pages: unknown[][] = []
  let after = ''
  for (;;) {
    const { status, body } = await operator.ask('GET', `${path}${after}`)
    expect(status).toBe(200)
    pages.push(ids(body))
    if (body.next === undefined) return pages
    after = `&after=${body.next}`
  }
}

const lists = ['/enrollments/groups', '/enrollments/individual', '/registrations']

test.each(lists)('%s is empty where there is nothing', async (path) => {
  await using operator = await startOperator()
  const empty = { status: 200, body: { items: [], total: 0, totalIsExact: true } }
  for (const query of ['', '?search=x&order=desc', '?status=disabled&hub=some.hub'])
    expect(await operator.ask('GET', `${path}${query}`)).toEqual(empty)
})

test('a row of an enrollment shows what it is, without keys and certificates', async () => {
  await using operator = await startOperator()
  const values = {
    group: group('Plant-7', { iotHubs: [hubName('hub.example')], allocationPolicy: 'static' }),
    individual: individual('Pump-12', { deviceId: 'pump 12' as never, provisioningStatus: 'disabled' }),
  }
  await operator.store.commit([
    { put: 'group', value: values.group, expect: 'absent' },
    { put: 'individual', value: values.individual, expect: 'absent' },
  ])
  const stamps = {
    createdDateTimeUtc: '2030-01-01T00:00:00.000Z',
    lastUpdatedDateTimeUtc: '2030-01-01T00:00:00.000Z',
    etag: values.group.etag,
  }
  expect((await operator.ask('GET', '/enrollments/groups')).body).toEqual({
    items: [
      {
        id: 'Plant-7',
        attestation: 'symmetricKey',
        status: 'enabled',
        allocationPolicy: 'static',
        iotHubs: ['hub.example'],
        registrations: 0,
        registrationsAreExact: true,
        ...stamps,
      },
    ],
    total: 1,
    totalIsExact: true,
  })
  expect((await operator.ask('GET', '/enrollments/individual')).body.items).toEqual([
    {
      id: 'Pump-12',
      registrationId: 'Pump-12',
      deviceId: 'pump 12',
      attestation: 'symmetricKey',
      status: 'disabled',
      iotHubs: [],
      ...stamps,
    },
  ])
})

test('a row of a group counts its devices, up to a bound; that of an individual enrollment has its hub', async () => {
  await using operator = await startOperator()
  const put = (...values: readonly Change[]) => operator.store.commit(values)
  const members = Array.from({ length: 1001 }, (_, number): Change => {
    return { put: 'registration', value: member(`pump-${number}`, 'Many'), expect: 'absent' }
  })
  await put(...['Few', 'Many'].map((id): Change => ({ put: 'group', value: group(id), expect: 'absent' })))
  await put({ put: 'registration', value: member('valve', 'few'), expect: 'absent' }, ...members)
  await put(
    { put: 'individual', value: individual('Here'), expect: 'absent' },
    { put: 'individual', value: individual('Nowhere'), expect: 'absent' },
    { put: 'registration', value: registration('here'), expect: 'absent' },
  )
  expect((await operator.ask('GET', '/enrollments/groups')).body.items).toMatchObject([
    { id: 'Few', registrations: 1, registrationsAreExact: true },
    { id: 'Many', registrations: 1000, registrationsAreExact: false },
  ])
  const { items } = (await operator.ask('GET', '/enrollments/individual')).body
  expect(items).toMatchObject([{ id: 'Here', assignedHub: 'localhost' }, { id: 'Nowhere' }])
  expect(items[1]).not.toHaveProperty('assignedHub')
})

test('enrollments are searched, narrowed and put in order, page after page', async () => {
  await using operator = await startOperator()
  await operator.store.commit(
    ['d', 'B', 'a', 'c', 'x-ray'].map((id, age): Change => {
      const provisioningStatus = id === 'c' ? 'disabled' : 'enabled'
      const value = group(id, { createdAt: start + age, updatedAt: start - age, provisioningStatus })
      return { put: 'group', value, expect: 'absent' }
    }),
  )
  const pages = (query: string) => allPages(operator, `/enrollments/groups?${query}`)
  expect(await pages('limit=2')).toEqual([['a', 'B'], ['c', 'd'], ['x-ray']])
  expect(await pages('sort=id&order=desc&limit=3')).toEqual([
    ['x-ray', 'd', 'c'],
    ['B', 'a'],
  ])
  expect(await pages('sort=created&limit=2')).toEqual([['d', 'B'], ['a', 'c'], ['x-ray']])
  expect(await pages('sort=updated&limit=4')).toEqual([['x-ray', 'c', 'a', 'B'], ['d']])
  expect(await pages('sort=created&order=desc&status=enabled&limit=3')).toEqual([['x-ray', 'a', 'B'], ['d']])
  expect(await pages('search=-RA')).toEqual([['x-ray']])
  expect(await pages('search=&attestation=x509')).toEqual([[]])
})

test('a row of a registration is its record and its group', async () => {
  await using operator = await startOperator()
  const values = [member('Pump-1', 'Plant'), registration('valve-1', { status: 'failed', assignedHub: undefined })]
  await operator.store.commit(values.map((value) => ({ put: 'registration', value, expect: 'absent' })))
  const { body } = await operator.ask('GET', '/registrations')
  expect(body).toMatchObject({
    items: [
      { registrationId: 'Pump-1', status: 'assigned', assignedHub: 'localhost', enrollmentGroupId: 'Plant' },
      { registrationId: 'valve-1', status: 'failed' },
    ],
    total: 2,
  })
  expect(body.items[1]).not.toHaveProperty('enrollmentGroupId')
  expect(ids((await operator.ask('GET', '/registrations?group=PLANT')).body)).toEqual(['Pump-1'])
  expect(ids((await operator.ask('GET', '/registrations?status=failed&search=VALVE')).body)).toEqual(['valve-1'])
  expect(ids((await operator.ask('GET', '/registrations?hub=LOCALHOST&order=desc')).body)).toEqual(['Pump-1'])
})

test('of one device all is told: record, enrollment, attempts with their trail, identity without keys, twin', async () => {
  await using operator = await startOperator()
  const hub = hubNameOf(host)
  const sas = { type: 'sas', primaryKey: 'cHJpbWFyeQ==', secondaryKey: 'c2Vjb25kYXJ5' } as const
  const value = member('Pump-1', 'Plant', {
    assignedHub: hub,
    lastAssignment: { hub, deviceId: 'Pump-1' as never, substatus: 'initialAssignment', at: start },
  })
  await operator.store.commit([
    { put: 'registration', value, expect: 'absent' },
    { put: 'device', value: device('Pump-1', { hub, authentication: sas }), expect: 'absent' },
    { put: 'twin', value: twin('Pump-1', { hub }), expect: 'absent' },
  ])
  operator.store.note(attempt('t-1', { key: keyOf('pump-1' as RegistrationId), registrationId: 'Pump-1' }))
  const { body } = await operator.ask('GET', '/registrations/pump-1')
  expect(body).toMatchObject({
    registration: { registrationId: 'Pump-1', enrollmentGroupId: 'Plant' },
    enrollment: { kind: 'group', id: 'Plant' },
    attempts: [{ trackingId: 't-1', at: '2030-01-01T00:00:00.000Z', trail: [{ step: 'request' }] }],
    device: { deviceId: 'Pump-1', authentication: { type: 'sas' } },
    twin: { tags: { site: 'north' }, properties: { desired: { interval: 30 } } },
  })
  for (const secret of [sas.primaryKey, sas.secondaryKey]) expect(JSON.stringify(body)).not.toContain(secret)
})

test('a device that was never let in has attempts only; one that nobody heard of is not found', async () => {
  await using operator = await startOperator()
  operator.store.note(attempt('t-1', { key: keyOf('stranger' as RegistrationId), registrationId: 'stranger' }))
  const { body } = await operator.ask('GET', '/registrations/stranger')
  expect(body).toMatchObject({ attempts: [{ trackingId: 't-1' }] })
  expect(body).not.toHaveProperty('registration')
  expect(await operator.ask('GET', '/registrations/nobody')).toMatchObject({ status: 404, body: { errorCode: 404203 } })
  expect(await operator.ask('GET', '/registrations/not%20legal')).toMatchObject({ status: 400 })
})

test('who may read registrations only is shown no enrollments, and no attempts or twins with a device', async () => {
  await using operator = await startOperator()
  const hub = hubNameOf(host)
  const lastAssignment = { hub, deviceId: 'a' as never, substatus: 'initialAssignment', at: start } as const
  await operator.store.commit([
    { put: 'registration', value: registration('a', { lastAssignment }), expect: 'absent' },
    { put: 'device', value: device('a', { hub }), expect: 'absent' },
    { put: 'twin', value: twin('a', { hub }), expect: 'absent' },
  ])
  operator.store.note(attempt('t-1', { key: keyOf('a' as RegistrationId) }))
  const ask = (path: string) => operator.ask('GET', path, undefined, 'watcher')
  for (const path of ['/enrollments/groups', '/enrollments/individual', '/overview', '/events', '/traces/t-1'])
    expect((await ask(path)).status).toBe(401)
  expect((await ask('/registrations')).body.total).toBe(1)
  const { body } = await ask('/registrations/a')
  expect(Object.keys(body)).toEqual(['registration', 'attempts'])
  expect(body.attempts).toEqual([])
})

test.each(lists)('%s refuses parameters that make no sense, and a cursor that is not its own', async (path) => {
  await using operator = await startOperator()
  await operator.store.commit(
    ['a', 'b'].flatMap((id): Change[] => [
      { put: 'group', value: group(id), expect: 'absent' },
      { put: 'individual', value: individual(id), expect: 'absent' },
      { put: 'registration', value: registration(id), expect: 'absent' },
    ]),
  )
  const cursor = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url')
  const { next } = (await operator.ask('GET', `${path}?limit=1`)).body
  for (const query of [
    'limit=0',
    'limit=-1',
    'limit=1e9',
    'limit=x',
    'limit=1&limit=2',
    'order=sideways',
    'status=lost',
    `search=${'x'.repeat(129)}`,
    `hub=${'x'.repeat(254)}`,
    'search=a&search=b',
    'search[a]=b&order[]=asc&order=constructor',
    'after=',
    'after=nonsense',
    `after=${'A'.repeat(513)}`,
    `after=${cursor(null)}`,
    `after=${cursor({ of: 'groups', sort: 'created', order: 'asc', key: 'a' })}`,
    `after=${cursor({ of: 'devices', sort: 'key', order: 'asc', key: 'a' })}`,
    `after=${cursor({ of: path.split('/').at(-1), sort: 'key', order: 'asc', key: { a: 1 } })}`,
    `order=desc&after=${next}`,
  ]) {
    const { status, body } = await operator.ask('GET', `${path}?${query}`)
    expect([query, status, body.message?.length > 0]).toEqual([query, 400, true])
  }
  for (const search of ["' OR '1'='1", '%', '_', '\u0000', '\u212a', '__proto__', '*"']) {
    const found = await operator.ask('GET', `${path}?search=${encodeURIComponent(search)}`)
    expect(found).toMatchObject({ status: 200, body: { items: [], total: 0 } })
  }
  expect((await operator.ask('GET', `${path}?__proto__[x]=1&constructor=2&unknown=3`)).body.total).toBe(2)
})

test('a hundred thousand are listed from both ends, searched, narrowed and counted', { timeout: 90_000 }, async () => {
  await using operator = await startOperator()
  const names = Array.from({ length: 100_000 }, (_, index) => `pump-${String(index).padStart(6, '0')}`)
  for (let from = 0; from < names.length; from += 10_000) {
    const changes = names.slice(from, from + 10_000).flatMap((id, index): Change[] => [
      { put: 'individual', value: individual(id, { createdAt: start + from + index }), expect: 'any' },
      { put: 'registration', value: member(id, index % 10 === 0 ? 'plant' : 'mill'), expect: 'any' },
    ])
    await operator.store.commit(changes)
  }
  const total = names.length
  const with99 = names.filter((name) => name.includes('99')).length
  for (const list of ['enrollments/individual', 'registrations']) {
    const ask = async (query: string) => {
      const { body } = await operator.ask('GET', `/${list}?${query}`)
      return { ...body, items: ids(body) }
    }
    expect(await ask('limit=1')).toMatchObject({ items: ['pump-000000'], total, totalIsExact: true })
    expect(await ask('limit=1&order=desc')).toMatchObject({ items: ['pump-099999'], total, totalIsExact: true })
    expect(await ask('search=54321')).toMatchObject({ items: ['pump-054321'], total: 1, totalIsExact: true })
    expect(await ask('search=99&limit=200')).toMatchObject({ total: with99, totalIsExact: true })
  }
  const byAge = async (query: string) =>
    (await operator.ask('GET', `/enrollments/individual?sort=created&order=desc&status=enabled&${query}`)).body
  const newest = await byAge('limit=200')
  expect(newest).toMatchObject({ total, totalIsExact: true })
  expect(ids(await byAge(`limit=1&after=${newest.next}`))).toEqual(['pump-099799'])
  expect((await operator.ask('GET', '/registrations?group=plant&limit=1')).body).toMatchObject({ total: 10_000 })
})
