import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HubWorld, startHubWorld } from '../../../test/hub-world.ts'

let world: HubWorld
const total = 2500

beforeAll(async () => {
  world = await startHubWorld()
  const items = Array.from({ length: total }, (_, number) => ({
    id: `d${String(number).padStart(4, '0')}`,
    importMode: 'create',
    tags: { odd: number % 2 === 1, number },
  }))
  for (let first = 0; first < total; first += 100) {
    await world.call('POST /devices', { body: items.slice(first, first + 100) })
  }
})
afterAll(() => world[Symbol.asyncDispose]())

const ask = (query: string, headers: Record<string, string> = {}) =>
  world.call('POST /devices/query', { policy: 'service', headers, body: { query } })

async function askAll(query: string, size: number) {
  const pages: string[][] = []
  let continuation: string | undefined
  do {
    const { headers, body } = await ask(query, {
      'x-ms-max-item-count': String(size),
      ...(continuation === undefined ? {} : { 'x-ms-continuation': continuation }),
    })
    pages.push(body.map(({ deviceId }: { deviceId: string }) => deviceId))
    continuation = headers.get('x-ms-continuation') ?? undefined
  } while (continuation !== undefined)
  return pages
}

test('paging over 2500 twins gives each once, in the order of their ids, and the last page says so', async () => {
  const pages = await askAll('SELECT * FROM devices', 1000)
  expect(pages.map((page) => page.length)).toEqual([1000, 1000, 500])
  const ids = pages.flat()
  expect(new Set(ids).size).toBe(total)
  expect(ids).toEqual(ids.toSorted())
})

test('a page that ends with the last device is the last one', async () => {
  expect((await askAll('SELECT * FROM devices', 500)).map((page) => page.length)).toEqual([500, 500, 500, 500, 500])
})

test('a page holds 100 twins where nobody says how many, and never more than 1000', async () => {
  expect((await ask('SELECT * FROM devices')).body).toHaveLength(100)
  expect((await ask('SELECT * FROM devices', { 'x-ms-max-item-count': '5000' })).body).toHaveLength(1000)
})

test('a condition gives every fitting twin once', async () => {
  const ids = (await askAll('SELECT * FROM devices WHERE tags.odd = true', 400)).flat()
  expect(ids).toHaveLength(total / 2)
  expect(new Set(ids).size).toBe(total / 2)
  expect((await askAll('SELECT * FROM devices WHERE tags.number > 2497', 10)).flat()).toEqual(['d2498', 'd2499'])
})

test('a small page of a rare condition is found within one request', async () => {
  const { headers, body } = await ask('SELECT deviceId FROM devices WHERE tags.number IN [5, 1900, 1950]', {
    'x-ms-max-item-count': '2',
  })
  expect(body).toEqual([{ deviceId: 'd0005' }, { deviceId: 'd1900' }])
  expect(headers.has('x-ms-continuation')).toBe(true)
})

test('all members of a twin are there, and the type is Twin', async () => {
  const { status, headers, body } = await ask("SELECT * FROM devices WHERE deviceId = 'd0007'")
  expect(status).toBe(200)
  expect(headers.get('x-ms-item-type')).toBe('Twin')
  expect(headers.has('x-ms-continuation')).toBe(false)
  expect(body).toEqual([(await world.call('GET /twins/d0007')).body])
})

test('chosen members are there, and the type is Raw', async () => {
  const { headers, body } = await ask(
    "select deviceId, tags.odd from devices where deviceId in ['d0003','nobody','d0002']",
  )
  expect(headers.get('x-ms-item-type')).toBe('Raw')
  expect(body).toEqual([
    { deviceId: 'd0002', odd: false },
    { deviceId: 'd0003', odd: true },
  ])
})

test('named devices are paged like others', async () => {
  const query = "SELECT deviceId FROM devices WHERE deviceId IN ['d0005','d0001','d0003','d0001']"
  expect(await askAll(query, 2)).toEqual([['d0001', 'd0003'], ['d0005']])
})

test('COUNT() counts the hub, or what fits', async () => {
  expect((await ask('SELECT COUNT() AS n FROM devices')).body).toEqual([{ n: total }])
  expect((await ask('SELECT COUNT() AS n FROM devices WHERE tags.odd = true')).body).toEqual([{ n: total / 2 }])
})

test('groups are counted, and paged', async () => {
  const { headers, body } = await ask(
    'SELECT tags.odd AS odd, COUNT() AS n, MAX(tags.number) AS last FROM devices GROUP BY tags.odd',
  )
  expect(headers.get('x-ms-item-type')).toBe('Raw')
  expect(body).toEqual([
    { odd: false, n: 1250, last: 2498 },
    { odd: true, n: 1250, last: 2499 },
  ])
  const counts = 'SELECT tags.number, COUNT() AS n FROM devices WHERE tags.number < 5 GROUP BY tags.number'
  const first = await ask(counts, { 'x-ms-max-item-count': '3' })
  const continuation = first.headers.get('x-ms-continuation') ?? ''
  const second = await ask(counts, { 'x-ms-max-item-count': '3', 'x-ms-continuation': continuation })
  expect([...first.body, ...second.body].map(({ number }) => number)).toEqual([0, 1, 2, 3, 4])
  expect(second.headers.has('x-ms-continuation')).toBe(false)
})

test('TOP ends the answer, across pages', async () => {
  expect((await askAll('SELECT TOP 5 * FROM devices', 2)).map((page) => page.length)).toEqual([2, 2, 1])
  expect((await askAll('SELECT TOP 4 deviceId FROM devices WHERE tags.odd = true', 2)).flat()).toEqual([
    'd0001',
    'd0003',
    'd0005',
    'd0007',
  ])
})

test('modules are asked for by their device, by what they are, and page by page', async () => {
  for (const id of ['b', 'a', 'c']) await world.call(`PUT /devices/d0001/modules/${id}`, { body: {} })
  await world.call('PUT /devices/d0002/modules/a', { body: {} })
  await world.call('PATCH /twins/d0001/modules/b', { body: { properties: { desired: { level: 7 } } } })
  const { headers, body } = await ask("select * from devices.modules where devices.deviceId = 'd0001'")
  expect(headers.get('x-ms-item-type')).toBe('Twin')
  expect(body.map(({ moduleId }: { moduleId: string }) => moduleId)).toEqual(['a', 'b', 'c'])
  expect(body[1]).toEqual((await world.call('GET /twins/d0001/modules/b')).body)
  const level = await ask('SELECT deviceId, moduleId FROM devices.modules WHERE properties.desired.level = 7')
  expect(level.body).toEqual([{ deviceId: 'd0001', moduleId: 'b' }])
  expect(await askAll('SELECT * FROM devices.modules', 3)).toEqual([['d0001', 'd0001', 'd0001'], ['d0002']])
  const paged = "SELECT moduleId AS deviceId FROM devices.modules WHERE deviceId IN ['d0002', 'd0001']"
  expect(await askAll(paged, 2)).toEqual([
    ['a', 'b'],
    ['c', 'a'],
  ])
})

test('another hub has no devices', async () => {
  const answer = await world.call('POST /devices/query', {
    hub: world.hubs[1],
    body: { query: 'SELECT * FROM devices' },
  })
  expect(answer.body).toEqual([])
})

test('a query that is not understood is refused with 400, and the token is named', async () => {
  const { status, headers, body } = await ask('SELECT * FROM devices ORDER BY status')
  expect([status, headers.get('iothub-errorcode')]).toEqual([400, 'ArgumentInvalid'])
  expect(body.Message).toContain('at position 22: "ORDER"')
})

test.each<[string, Record<string, string>]>([
  ['a page size of zero', { 'x-ms-max-item-count': '0' }],
  ['a page size that is no number', { 'x-ms-max-item-count': 'all' }],
  ['a continuation that nobody gave', { 'x-ms-continuation': '%%%' }],
])('refuses %s', async (_title, headers) => {
  expect((await ask('SELECT * FROM devices', headers)).status).toBe(400)
})

test('refuses a body without a query', async () => {
  expect((await world.call('POST /devices/query', { body: {} })).status).toBe(400)
})
