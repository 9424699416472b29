/** For tests: every route of a whole service, as its router has them, and what each asks of who comes. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance, RouteOptions } from 'fastify'
import type { Permission } from '../../src/access/permission.ts'
import { startWorld, type World, type WorldOrder } from '../world.ts'

/** `GET /landfall/policies/:name`, one for each method. */
export async function startWithRoutes(order?: WorldOrder): Promise<{ world: World; routes: readonly string[] }> {
  const routes: string[] = []
  const listen = (message: unknown) => {
    const { fastify } = message as { readonly fastify: FastifyInstance }
    fastify.addHook('onRoute', ({ method, url }: RouteOptions) => {
      for (const one of [method].flat()) routes.push(`${one} ${url}`)
    })
  }
  subscribe('fastify.initialization', listen)
  const world = await startWorld(order)
  unsubscribe('fastify.initialization', listen)
  return { world, routes }
}

/** What anybody may ask, and what asks for credentials of its own. */
export const open: readonly string[] = [
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
export const needed: Readonly<Record<string, readonly Permission[]>> = {
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
  [`HEAD ${group}`]: ['ManagementRead'],
  [`POST ${devices}/checkNameAvailability`]: ['ManagementRead'],
  [`GET ${devices}/IotHubs`]: ['ManagementRead'],
  [`GET ${group}/providers/Microsoft.Devices/IotHubs`]: ['ManagementRead'],
  [`GET ${group}/providers/Microsoft.Devices/IotHubs/:hub`]: ['ManagementRead'],
  [`POST ${group}/providers/Microsoft.Devices/IotHubs/:hub/listkeys`]: ['KeysRead'],
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
  'GET /landfall/hub-refusals': ['ManagementRead'],
  'GET /landfall/hubs': ['ManagementRead'],
  'GET /landfall/hubs/:name': ['ManagementRead'],
  'PUT /landfall/hubs/:name': ['ManagementWrite'],
  'PATCH /landfall/hubs/:name': ['ManagementWrite'],
  'DELETE /landfall/hubs/:name': ['ManagementWrite'],
  'DELETE /landfall/hubs/:name/devices/:deviceId': ['ManagementWrite'],
  'GET /landfall/hubs/:name/policies': ['ManagementRead'],
  'POST /landfall/hubs/:name/policies/:policy/rotate': ['ManagementWrite', 'KeysRead'],
  'GET /landfall/hubs/:name/telemetry': ['ManagementRead'],
  'GET /landfall/hubs/:name/devices/:deviceId/twin': ['ManagementRead'],
  'POST /landfall/hubs/:name/devices/:deviceId/methods': ['ManagementWrite'],
  'POST /landfall/hubs/:name/devices/:deviceId/messages': ['ManagementWrite'],
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

/** With parameters that name nothing that is there. */
export function lineOf(route: string): string {
  const path = route.replace(/:\w+/g, 'nobody')
  return /^\w+ \/(enrollment|registration|subscription|tenant|provider)/.test(path)
    ? `${path}?api-version=2021-10-01`
    : path
}

/** Answers that go on until somebody leaves. */
export const isEndless = (route: string): boolean => /^GET .*\/(events|telemetry)$/.test(route)
