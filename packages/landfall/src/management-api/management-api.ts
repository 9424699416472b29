/**
 * The public management API: the service as a resource, its keys, its certificates, and what `az` asks for around it
 * (contract/management 2). All its paths are on this page. Clients write them in any letter case.
 */
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { ManagementPermission } from '../access/permission.ts'
import { admitVisitor, forRequest, visitorOf } from '../access/visits.ts'
import { ProvisioningError } from '../fault.ts'
import { makeTrackingId, printable } from '../ids.ts'
import { decodedPath } from '../protocol/decoded-path.ts'
import { readJsonBody } from '../protocol/http-body.ts'
import { warningHeader, warningText } from '../protocol/warning-header.ts'
import { azRoutes } from './az.ts'
import { type Answer, type Call, type ManagementParts, type Resource, type Room, readQuery } from './call.ts'
import { checkName, listOperations, listPrivateEndpoints, listPrivateLinks, listSkus } from './catalogues.ts'
import * as certificates from './certificates.ts'
import { refuse } from './errors.ts'
import { checkHubName, getHub, listHubKeys, listHubs, showHubKey } from './hubs.ts'
import { listKeys, showKey } from './keys.ts'
import { baseOf } from './names.ts'
import { getOperation, Operations } from './operations.ts'
import { deleteService, getService, listServices, patchService, putService } from './service.ts'
import {
  findResourceGroup,
  getResourceGroup,
  getSubscription,
  listResourceGroups,
  listSubscriptions,
  listTenants,
} from './surroundings.ts'

export type { EventHub, ManagementParts } from './call.ts'

type Method = 'GET' | 'HEAD' | 'PUT' | 'PATCH' | 'POST' | 'DELETE'
type Route = readonly [Method, path: string, ManagementPermission, Resource]

const subscription = '/subscriptions/:subscription'
const devices = `${subscription}/providers/Microsoft.Devices`
const group = `${subscription}/resourceGroups/:resourceGroup`
const services = `${group}/providers/Microsoft.Devices/provisioningServices`
const service = `${services}/:service`
const certificate = `${service}/certificates/:certificate`
const hubs = `${group}/providers/Microsoft.Devices/IotHubs`

const routes: readonly Route[] = [
  ['GET', '/providers/Microsoft.Devices/operations', 'ManagementRead', listOperations],
  ['POST', `${devices}/checkProvisioningServiceNameAvailability`, 'ManagementRead', checkName],
  ['GET', `${devices}/provisioningServices`, 'ManagementRead', listServices],
  ['GET', services, 'ManagementRead', listServices],
  ['GET', service, 'ManagementRead', getService],
  ['PUT', service, 'ManagementWrite', putService],
  ['PATCH', service, 'ManagementWrite', patchService],
  ['DELETE', service, 'ManagementWrite', deleteService],
  ['GET', `${service}/skus`, 'ManagementRead', listSkus],
  ['POST', `${service}/listkeys`, 'KeysRead', listKeys],
  ['POST', `${service}/keys/:policy/listkeys`, 'KeysRead', showKey],
  ['GET', `${service}/operationresults/:operation`, 'ManagementRead', getOperation],
  [
    'GET',
    `${devices}/locations/:location/provisioningserviceoperationresults/:operation`,
    'ManagementRead',
    getOperation,
  ],
  ['GET', `${service}/certificates`, 'ManagementRead', certificates.listCertificates],
  ['GET', certificate, 'ManagementRead', certificates.getCertificate],
  ['PUT', certificate, 'ManagementWrite', certificates.putCertificate],
  ['DELETE', certificate, 'ManagementWrite', certificates.deleteCertificate],
  ['POST', `${certificate}/generateVerificationCode`, 'ManagementWrite', certificates.generateCode],
  ['POST', `${certificate}/verify`, 'ManagementWrite', certificates.verifyCertificate],
  ['GET', `${service}/privateLinkResources`, 'ManagementRead', listPrivateLinks],
  ['GET', `${service}/privateEndpointConnections`, 'ManagementRead', listPrivateEndpoints],
  ['GET', '/subscriptions', 'ManagementRead', listSubscriptions],
  ['GET', subscription, 'ManagementRead', getSubscription],
  ['GET', '/tenants', 'ManagementRead', listTenants],
  ['GET', `${subscription}/resourceGroups`, 'ManagementRead', listResourceGroups],
  ['GET', group, 'ManagementRead', getResourceGroup],
  ['HEAD', group, 'ManagementRead', findResourceGroup],
  ['GET', `${devices}/IotHubs`, 'ManagementRead', listHubs],
  ['GET', hubs, 'ManagementRead', listHubs],
  ['POST', `${devices}/checkNameAvailability`, 'ManagementRead', checkHubName],
  ['GET', `${hubs}/:hub`, 'ManagementRead', getHub],
  ['POST', `${hubs}/:hub/listkeys`, 'KeysRead', listHubKeys],
  ['POST', `${hubs}/:hub/IotHubKeys/:policy/listkeys`, 'KeysRead', showHubKey],
]

/** Wants a router that ignores letter case and trailing slashes. */
export function managementApi(parts: ManagementParts): FastifyPluginAsync {
  const room: Room = { ...parts, operations: new Operations(parts) }
  return async (app) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer' }, async ({ headers }: FastifyRequest, bytes: Buffer) =>
      readJsonBody(bytes, headers['content-type']),
    )
    app.setErrorHandler((error, request, reply) => refuse(error, request, reply, room))
    for (const route of routes) serve(app, route, room)
    for (const path of new Set(routes.map(([, path]) => path))) refuseOtherMethods(app, path)
    await app.register(azRoutes(room))
    await app.register(unknownPaths(room), { prefix: '/subscriptions' })
  }
}

/** Admitted before anything is looked at, so that strangers learn nothing. */
function serve(app: FastifyInstance, [method, url, permission, resource]: Route, room: Room): void {
  app.route<{ Params: Call['params'] }>({
    method,
    url,
    exposeHeadRoute: false,
    onRequest: async (request) => void (await admitVisitor(request, room.access, permission)),
    handler: async (request, reply) => {
      const answer = await resource(callOf(request, room), forRequest(request, room))
      return send(reply, answer, room)
    },
  })
}

function callOf(request: FastifyRequest<{ Params: Call['params'] }>, room: Room): Call {
  const query = readQuery(request)
  return {
    params: request.params,
    query,
    body: request.body,
    ifMatch: request.headers['if-match'],
    apiVersion: apiVersionOf(query.get('api-version')),
    base: baseOf(request, room),
    visitor: visitorOf(request),
  }
}

/** Any date; nothing but the certificate's answer depends on it (contract/management 1.2). */
function apiVersionOf(version: string | undefined): string {
  if (version && /^\d{4}-\d{2}-\d{2}(-[a-z0-9]+)?$/i.test(version)) return version
  throw new ProvisioningError('api_version', {
    message: version
      ? `The api-version "${printable(version, 40)}" is no date such as 2022-12-12.`
      : 'The query parameter api-version is missing. Send for instance ?api-version=2022-12-12.',
  })
}

function send(reply: FastifyReply, { status, body, headers = {}, warnings = [] }: Answer, room: Room): FastifyReply {
  reply.headers({ 'x-ms-request-id': makeTrackingId(room.random), ...headers })
  if (warnings.length > 0 && room.fidelity === 'landfall') reply.header(warningHeader, warningText(warnings))
  if (body === undefined) return reply.code(status ?? 204).send()
  return reply.code(status ?? 200).send(body)
}

function refuseOtherMethods(app: FastifyInstance, url: string): void {
  const allowed = routes.filter(([, path]) => path === url).map(([method]) => method)
  app.route({
    method: app.supportedMethods.filter((method) => !allowed.some((known) => known === method)),
    url,
    onRequest: async ({ method, url: asked }, reply) => {
      reply.header('allow', allowed.join(', '))
      throw new ProvisioningError('method_not_allowed', { method, path: printable(decodedPath(asked)) })
    },
    handler: async () => undefined,
  })
}

/** What is below a subscription and not served, such as other providers: in the words of this API. */
const unknownPaths =
  (room: Room): FastifyPluginAsync =>
  async (app) => {
    app.addHook('onRequest', async (request) => void (await admitVisitor(request, room.access)))
    app.setNotFoundHandler(({ method, url }) => {
      throw new ProvisioningError('not_found', { method, path: printable(decodedPath(url)) })
    })
  }
