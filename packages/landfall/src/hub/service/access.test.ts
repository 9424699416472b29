import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HubWorld, startHubWorld } from '../../../test/hub-world.ts'
import { hmacSha256 } from '../../sas/key.ts'
import { makeToken } from '../../sas/token.ts'

let world: HubWorld
beforeAll(async () => {
  world = await startHubWorld({ hosts: ['127.0.0.1', 'localhost'] })
  await world.call('PUT /devices/d1', { body: {} })
})
afterAll(() => world[Symbol.asyncDispose]())

const calls = {
  RegistryRead: ['GET /devices', 'GET /devices/d1', 'GET /statistics/devices', 'GET /devices/d1/modules'],
  RegistryWrite: ['PUT /devices/d2', 'DELETE /devices/d2', 'POST /devices'],
  ServiceConnect: [
    'GET /twins/d1',
    'PATCH /twins/d1',
    'PUT /twins/d1',
    'POST /devices/query',
    'GET /statistics/service',
  ],
} as const

const bodies: Record<string, unknown> = {
  'PUT /devices/d2': {},
  'POST /devices': [{ id: 'd3', importMode: 'createOrUpdate' }],
  'PATCH /twins/d1': {},
  'PUT /twins/d1': {},
  'POST /devices/query': { query: 'SELECT * FROM devices' },
}

const rights: Record<string, readonly (keyof typeof calls)[]> = {
  iothubowner: ['RegistryRead', 'RegistryWrite', 'ServiceConnect'],
  service: ['ServiceConnect'],
  device: [],
  registryRead: ['RegistryRead'],
  registryReadWrite: ['RegistryRead', 'RegistryWrite'],
}

const matrix = Object.entries(rights).flatMap(([policy, has]) =>
  Object.entries(calls).flatMap(([right, lines]) =>
    lines.map((line) => [policy, has.some((one) => one === right) ? 'may' : 'may not', line] as const),
  ),
)

test.each(matrix)('the policy %s %s %s', async (policy, may, line) => {
  const { status, headers, body } = await world.call(line, { policy, body: bodies[line] })
  if (may === 'may') return expect(status).toBeLessThan(300)
  expect([status, headers.get('iothub-errorcode')]).toEqual([401, 'IotHubUnauthorizedAccess'])
  expect(body.Message).toContain(`The policy "${policy}" lacks the right`)
})

test('the secondary key of each policy signs as well as the primary', async () => {
  const [hub] = world.hubs
  for (const { name, secondaryKey } of hub.policies.filter(({ name }) => name !== 'device')) {
    const authorization = makeToken({
      resource: hub.name,
      key: secondaryKey,
      expiry: world.clock.at + 1,
      policyName: name,
    })
    const line = name === 'service' ? 'GET /twins/d1' : 'GET /devices/d1'
    expect((await world.call(line, { authorization })).status).toBe(200)
  }
})

function signed({
  sr,
  order = 'sr,sig,se,skn',
  se = world.clock.at / 1000 + 60,
  hexCase = 'upper',
}: {
  sr: string
  order?: string
  se?: number
  hexCase?: string
}) {
  const [owner] = world.hubs[0].policies
  const sig = encodeURIComponent(
    hmacSha256(Buffer.from(owner?.primaryKey ?? '', 'base64'), `${sr}\n${se}`).toString('base64'),
  )
  const fields: Record<string, string> = {
    sr: `sr=${sr}`,
    sig: `sig=${hexCase === 'lower' ? sig.replace(/%../g, (hex) => hex.toLowerCase()) : sig}`,
    se: `se=${se}`,
    skn: 'skn=iothubowner',
  }
  return `SharedAccessSignature ${order
    .split(',')
    .map((name) => fields[name])
    .join('&')}`
}

const tokens: [string, () => string, number][] = [
  ['fields in the order of Node', () => signed({ sr: '127.0.0.1', order: 'sr,sig,skn,se' }), 200],
  ['fields in the order of the docs', () => signed({ sr: '127.0.0.1', order: 'sig,se,skn,sr' }), 200],
  ['an encoded resource', () => signed({ sr: '127.0.0.1%2Fdevices%2Fd1' }), 200],
  ['a bare resource with a path', () => signed({ sr: '127.0.0.1/devices' }), 200],
  ['a signature with lower-case hex', () => signed({ sr: '127.0.0.1', hexCase: 'lower' }), 200],
  ['an expiry four minutes ago', () => signed({ sr: '127.0.0.1', se: world.clock.at / 1000 - 240 }), 200],
  ['an expiry six minutes ago', () => signed({ sr: '127.0.0.1', se: world.clock.at / 1000 - 360 }), 401],
  ['a resource that is only the beginning of a name', () => signed({ sr: '127.0.0.1/devices/d' }), 401],
  ['the resource of another device', () => signed({ sr: '127.0.0.1/devices/d2' }), 401],
  ['the token of the other hub', () => world.tokenOf(world.hubs[1], 'iothubowner'), 401],
  ['a bearer token', () => 'Bearer abc', 401],
  ['garbage', () => 'SharedAccessSignature x=y', 401],
]

test.each(tokens)('a token with %s', async (_title, authorization, status) => {
  expect((await world.call('GET /devices/d1', { authorization: authorization() })).status).toBe(status)
})

test('without a token there is nothing, and nothing is read of the body', async () => {
  const { status, body } = await world.call('PUT /devices/d9', { authorization: '', body: '{"broken' })
  expect(status).toBe(401)
  expect(body.Message).toMatch(/^ErrorCode:IotHubUnauthorizedAccess,?;/)
})

test.each<[string, number]>([
  ['2021-04-12', 200],
  ['2018-06-30', 200],
  ['2024-03-31', 200],
  ['2019-07-01-preview', 200],
  ['2099-12-31', 200],
  ['latest', 400],
  ['2021-4-12', 400],
  ['', 400],
])('api-version=%s is answered with %i', async (version, status) => {
  expect((await world.call(`GET /devices/d1?api-version=${version}`)).status).toBe(status)
})

test('a request without api-version is refused and told how to name one', async () => {
  const [hub] = world.hubs
  const headers = { authorization: world.tokenOf(hub, 'iothubowner') }
  const answer = await world.fetch(`https://${hub.name}/devices/d1`, { headers })
  expect(answer.status).toBe(400)
  expect(await answer.text()).toContain('api-version is missing')
})
