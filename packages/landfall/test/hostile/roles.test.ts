/** Every route of the service, found by asking the router itself, against everybody who may come to it. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Permission } from '../../src/access/permission.ts'
import { permissionsOf, roleNames } from '../../src/access/roles.ts'
import { type ServiceRight, serviceRights } from '../../src/sas/policy.ts'
import { makeToken } from '../../src/sas/token.ts'
import { startWorld, type World } from '../world.ts'
import { type Ask, askOf, type Told } from './ask.ts'

/** What anybody may ask, and what asks for credentials of its own. */
const open: readonly string[] = [
  'GET /healthz',
  'GET /readyz',
  'GET /$iothub/websocket',
  'GET /mqtt',
  'GET /metadata/endpoints',
  'GET /adfs/.well-known/openid-configuration',
  'GET /adfs/adfs/v2.0/.well-known/openid-configuration',
  'POST /adfs/oauth2/token',
  'GET /',
  'GET /portal',
  'GET /portal/*',
  'GET /portal/session',
  'POST /portal/session',
  'DELETE /portal/session',
]

const service =
  '/subscriptions/:subscription/resourceGroups/:resourceGroup/providers/Microsoft.Devices/provisioningServices/:service'
const devices = '/subscriptions/:subscription/providers/Microsoft.Devices'
const group = '/subscriptions/:subscription/resourceGroups/:resourceGroup'

/** All that a route asks for. A new one has to be entered here. */
const needed: Readonly<Record<string, readonly Permission[]>> = {
  'GET /enrollments/:id': ['EnrollmentRead'],
  'PUT /enrollments/:id': ['EnrollmentWrite'],
  'DELETE /enrollments/:id': ['EnrollmentWrite'],
  'POST /enrollments/query': ['EnrollmentRead'],
  'POST /enrollments': ['EnrollmentWrite'],
  'POST /enrollments/:id/attestationmechanism': ['EnrollmentWrite'],
  'GET /enrollmentGroups/:id': ['EnrollmentRead'],
  'PUT /enrollmentGroups/:id': ['EnrollmentWrite'],
  'DELETE /enrollmentGroups/:id': ['EnrollmentWrite'],
  'POST /enrollmentGroups/query': ['EnrollmentRead'],
  'POST /enrollmentGroups': ['EnrollmentWrite'],
  'POST /enrollmentGroups/:id/attestationmechanism': ['EnrollmentWrite'],
  'GET /registrations/:id': ['RegistrationStatusRead'],
  'DELETE /registrations/:id': ['RegistrationStatusWrite'],
  'POST /registrations/:id/query': ['RegistrationStatusRead'],

  'GET /providers/Microsoft.Devices/operations': ['ManagementRead'],
  [`POST ${devices}/checkProvisioningServiceNameAvailability`]: ['ManagementRead'],
  [`GET ${devices}/provisioningServices`]: ['ManagementRead'],
  [`GET ${group}/providers/Microsoft.Devices/provisioningServices`]: ['ManagementRead'],
  [`GET ${service}`]: ['ManagementRead'],
  [`PUT ${service}`]: ['ManagementWrite'],
  [`PATCH ${service}`]: ['ManagementWrite'],
  [`DELETE ${service}`]: ['ManagementWrite'],
  [`GET ${service}/skus`]: ['ManagementRead'],
  [`POST ${service}/listkeys`]: ['KeysRead'],
  [`POST ${service}/keys/:policy/listkeys`]: ['KeysRead'],
  [`GET ${service}/operationresults/:operation`]: ['ManagementRead'],
  [`GET ${devices}/locations/:location/provisioningserviceoperationresults/:operation`]: ['ManagementRead'],
  [`GET ${service}/certificates`]: ['ManagementRead'],
  [`GET ${service}/certificates/:certificate`]: ['ManagementRead'],
  [`PUT ${service}/certificates/:certificate`]: ['ManagementWrite'],
  [`DELETE ${service}/certificates/:certificate`]: ['ManagementWrite'],
  [`POST ${service}/certificates/:certificate/generateVerificationCode`]: ['ManagementWrite'],
  [`POST ${service}/certificates/:certificate/verify`]: ['ManagementWrite'],
  [`GET ${service}/privateLinkResources`]: ['ManagementRead'],
  [`GET ${service}/privateEndpointConnections`]: ['ManagementRead'],
  'GET /subscriptions': ['ManagementRead'],
  'GET /subscriptions/:subscription': ['ManagementRead'],
  'GET /tenants': ['ManagementRead'],
  'GET /subscriptions/:subscription/resourceGroups': ['ManagementRead'],
  [`GET ${group}`]: ['ManagementRead'],
  [`GET ${devices}/IotHubs`]: ['ManagementRead'],
  [`GET ${group}/providers/Microsoft.Devices/IotHubs`]: ['ManagementRead'],
  [`POST ${group}/providers/Microsoft.Devices/IotHubs/:hub/IotHubKeys/:policy/listkeys`]: ['KeysRead'],

  'GET /landfall/instance': ['ManagementRead'],
  'GET /landfall/overview': ['ManagementRead'],
  'GET /landfall/events': ['ManagementRead'],
  'GET /landfall/certificates': ['ManagementRead'],
  'POST /landfall/certificates/read': ['ManagementRead'],
  'GET /landfall/certificates/expiring': ['ManagementRead'],
  'GET /landfall/certificates/:name': ['ManagementRead'],
  'PUT /landfall/certificates/:name': ['ManagementWrite'],
  'POST /landfall/certificates/:name/code': ['ManagementWrite'],
  'POST /landfall/certificates/:name/verify': ['ManagementWrite'],
  'DELETE /landfall/certificates/:name': ['ManagementWrite'],
  'GET /landfall/hubs': ['ManagementRead'],
  'GET /landfall/hubs/:name': ['ManagementRead'],
  'PUT /landfall/hubs/:name': ['ManagementWrite'],
  'PATCH /landfall/hubs/:name': ['ManagementWrite'],
  'DELETE /landfall/hubs/:name': ['ManagementWrite'],
  'DELETE /landfall/hubs/:name/devices/:deviceId': ['ManagementWrite'],
  'POST /landfall/hubs/preview': ['ManagementRead'],
  'POST /landfall/diagnose': ['ManagementRead', 'EnrollmentRead'],
  'GET /landfall/policies': ['ManagementRead'],
  'GET /landfall/policies/:name': ['ManagementRead'],
  'PUT /landfall/policies/:name': ['ManagementWrite', 'KeysRead'],
  'PATCH /landfall/policies/:name': ['ManagementWrite'],
  'POST /landfall/policies/:name/rotate': ['ManagementWrite', 'KeysRead'],
  'DELETE /landfall/policies/:name': ['ManagementWrite'],
  'GET /landfall/allocation-policy': ['ManagementRead'],
  'PUT /landfall/allocation-policy': ['ManagementWrite'],
  'GET /landfall/attempts': ['ManagementRead'],
  'GET /landfall/attempts/:trackingId': ['ManagementRead'],
  'GET /landfall/traces/:trackingId': ['ManagementRead'],
  'GET /landfall/audit': ['ManagementRead'],
  'GET /landfall/enrollments/groups': ['EnrollmentRead'],
  'GET /landfall/enrollments/individual': ['EnrollmentRead'],
  'GET /landfall/registrations': ['RegistrationStatusRead'],
  'GET /landfall/registrations/:id': ['RegistrationStatusRead'],
  'POST /landfall/quick-start': ['ManagementWrite', 'EnrollmentWrite'],
  'DELETE /landfall/quick-start/:name': ['ManagementWrite', 'EnrollmentWrite'],
  'GET /landfall/tokens': ['ManagementRead'],
  'POST /landfall/tokens': ['ManagementWrite', 'KeysRead'],
  'DELETE /landfall/tokens/:name': ['ManagementWrite'],
  'POST /landfall/tokens/issue': ['KeysRead'],
  'POST /landfall/tokens/revoke-all': ['ManagementWrite', 'KeysRead'],
}

/** These do what they are for whatever is in the body, so nobody who may is sent there. */
const withEffect = new Set(['POST /landfall/tokens/revoke-all', 'POST /landfall/quick-start'])

const routes: string[] = []
let world: World
let ask: Ask
const visitors = new Map<string, { readonly authorization: string; readonly may: ReadonlySet<Permission> }>()

function listen(message: unknown): void {
  const { fastify } = message as { readonly fastify: FastifyInstance }
  fastify.addHook('onRoute', ({ method, url }: RouteOptions) => {
    for (const one of [method].flat()) routes.push(`${one} ${url}`)
  })
}

beforeAll(async () => {
  subscribe('fastify.initialization', listen)
  world = await startWorld()
  unsubscribe('fastify.initialization', listen)
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

/** With parameters that name nothing that is there. */
function lineOf(route: string): string {
  const path = route.replace(/:\w+/g, 'nobody')
  return /^\w+ \/(enrollment|registration|subscription|tenant|provider)/.test(path)
    ? `${path}?api-version=2021-10-01`
    : path
}

const asked = (route: string, headers: Readonly<Record<string, string>> = {}): Promise<Told> =>
  ask(lineOf(route), {
    headers,
    ...(route.startsWith('GET ') ? {} : { body: {} }),
    headOnly: route.endsWith('/events'),
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
