/** Every route of the service, found by asking the router itself, against everybody who may come to it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Permission } from '../../src/access/permission.ts'
import { permissionsOf, roleNames } from '../../src/access/roles.ts'
import { type ServiceRight, serviceRights } from '../../src/sas/policy.ts'
import { makeToken } from '../../src/sas/token.ts'
import type { World } from '../world.ts'
import { type Ask, askOf, type Told } from './ask.ts'
import { isEndless, lineOf, needed, open, startWithRoutes } from './routes.ts'

/** These do what they are for whatever is in the body, so nobody who may is sent there. */
const withEffect = new Set(['POST /landfall/tokens/revoke-all', 'POST /landfall/quick-start'])

let routes: readonly string[]
let world: World
let ask: Ask
const visitors = new Map<string, { readonly authorization: string; readonly may: ReadonlySet<Permission> }>()

beforeAll(async () => {
  const started = await startWithRoutes()
  world = started.world
  routes = started.routes
  ask = askOf(world)
  const owner = { authorization: await world.token() }
  for (const role of roleNames) {
    const { body } = await ask('POST /landfall/tokens/issue', { headers: owner, body: { roles: [role] } })
    visitors.set(`the role ${role}`, { authorization: `Bearer ${body.token}`, may: permissionsOf([role]) })
  }
  for (const right of serviceRights) {
    const policyName = `only-${right}`
    const { body } = await ask(`PUT /landfall/policies/${policyName}`, { headers: owner, body: { rights: [right] } })
    const expiry = Date.now() + 3_600_000
    const authorization = makeToken({ resource: '127.0.0.1', key: body.primaryKey, policyName, expiry })
    visitors.set(`a policy with ${right}`, { authorization, may: ofRight(right) })
  }
})
afterAll(() => world[Symbol.asyncDispose]())

/** One right for all of the management plane (contract/management 3.14); who enrolls may read too (contract/service-api 5.6). */
const more: Partial<Record<ServiceRight, readonly Permission[]>> = {
  ServiceConfig: ['ManagementRead', 'ManagementWrite', 'KeysRead'],
  EnrollmentWrite: ['EnrollmentRead', 'RegistrationStatusRead', 'RegistrationStatusWrite'],
  RegistrationStatusWrite: ['RegistrationStatusRead'],
}
const ofRight = (right: ServiceRight): ReadonlySet<Permission> => new Set([right, ...(more[right] ?? [])])

const asked = (route: string, headers: Readonly<Record<string, string>> = {}): Promise<Told> =>
  ask(lineOf(route), {
    headers,
    ...(route.startsWith('GET ') ? {} : { body: {} }),
    headOnly: isEndless(route),
  })

const isDevices = (route: string) => /^\w+ \/:idScope\//.test(route)
/** Hubs have policies of their own, and take nothing else (contract/iot-hub 2). */
const isHub = (route: string) =>
  /^\w+ \/(devices|twins|digitaltwins|messages|configurations|jobs|statistics)\b/.test(route)

test('every route is known here, with what it asks for', () => {
  const guarded = routes.filter((route) => !open.includes(route) && !isDevices(route) && !isHub(route))
  expect(routes).toEqual(expect.arrayContaining(Object.keys(needed)))
  expect(guarded.length).toBeGreaterThan(80)
})

test('what is not known here serves nobody: another method of a known path', async () => {
  const others = routes.filter(
    (route) => !(route in needed) && !open.includes(route) && !isDevices(route) && !isHub(route),
  )
  const owner = { authorization: await world.token() }
  for (const route of others.filter((one) => !/^(HEAD \/(portal|$)|QUERY|TRACE)/.test(one))) {
    const { status } = await asked(route, owner)
    expect([route, [403, 404, 405].includes(status)]).toEqual([route, true])
  }
})

const strangers: readonly Readonly<Record<string, string>>[] = [
  {},
  { authorization: 'Basic b3duZXI6b3duZXI=' },
  { cookie: `__Host-landfall=${'A'.repeat(43)}` },
]

test('strangers get 401 from every route, before anything is looked at', async () => {
  for (const route of Object.keys(needed))
    for (const headers of strangers) {
      const { status, text } = await asked(route, headers)
      expect([route, status]).toEqual([route, 401])
      expect(text).not.toMatch(/nobody|provisioningserviceowner/)
    }
})

test('strangers learn nothing from the routes of a hub, whatever the method', async () => {
  for (const route of routes.filter((one) => isHub(one) && !/^(QUERY|TRACE)/.test(one)))
    for (const headers of strangers) {
      const { status } = await asked(route, headers)
      expect([route, [401, 404, 405, 501].includes(status)]).toEqual([route, true])
    }
})

test('each role and each right opens what it says, and nothing else', async () => {
  for (const [who, { authorization, may }] of visitors) {
    for (const [route, permissions] of Object.entries(needed)) {
      const allowed = permissions.every((permission) => may.has(permission))
      if (allowed && withEffect.has(route)) continue
      const { status } = await asked(route, { authorization })
      // a shared access policy without the right is 401 (contract/service-api 5.6)
      const refused = status === 403 || (status === 401 && !authorization.startsWith('Bearer'))
      expect([who, route, status, refused]).toEqual([who, route, status, !allowed])
      expect([who, route, status < 500]).toEqual([who, route, true])
    }
  }
})

test('to be shown keys with a GET needs more than to read', async () => {
  const { authorization = '' } = visitors.get('the role reader') ?? {}
  const hub = (await ask('GET /landfall/hubs', { headers: { authorization } })).body[0].name
  for (const path of ['policies/provisioningserviceowner', `hubs/${hub}`])
    for (const keys of ['true', '1', 'TRUE', 'true&keys=true', 'false&keys=true', 'true%20']) {
      const { status, text } = await ask(`GET /landfall/${path}?keys=${keys}`, { headers: { authorization } })
      expect([path, keys, status === 200 && /SharedAccessKey=|primaryKey/.test(text)]).toEqual([path, keys, false])
    }
})

test('the routes of a hub take no credential of the service', async () => {
  const credentials = [await world.token(), ...[...visitors.values()].map(({ authorization }) => authorization)]
  for (const authorization of credentials) {
    const { status } = await ask('GET /devices?api-version=2021-04-12', { headers: { authorization } })
    expect(status).toBe(401)
  }
})
