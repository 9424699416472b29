/**
 * Landfall's own REST API, `/landfall/…` on the HTTPS listener: what the command line and the portal do beyond the
 * service API. Every call needs a SAS token of a shared access policy with the right ServiceConfig.
 */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { ProvisioningError } from '../fault.ts'
import { decodedPath } from '../protocol/decoded-path.ts'
import { readJsonBody } from '../protocol/http-body.ts'
import { authorize } from '../sas/authorize.ts'
import { machineNow } from '../system.ts'
import { allocationPolicyRoutes } from './allocation-policy.ts'
import { attemptRoutes } from './attempts.ts'
import { certificateRoutes } from './certificates.ts'
import { hubRoutes } from './hubs.ts'
import { instanceRoutes } from './instance.ts'
import type { OperatorParts } from './parts.ts'
import { policyRoutes } from './policies.ts'
import { refuse } from './refuse.ts'

export type { Endpoints, OperatorParts } from './parts.ts'

const rooms = [instanceRoutes, certificateRoutes, hubRoutes, policyRoutes, allocationPolicyRoutes, attemptRoutes]

export function operatorApi(parts: OperatorParts): FastifyPluginAsync {
  return async (server) => {
    await server.register(
      async (app) => {
        app.setErrorHandler((error, request, reply) => refuse(error, request, reply, parts))
        app.setNotFoundHandler(({ method, url }) => {
          throw new ProvisioningError('not_found', { method, path: decodedPath(url) })
        })
        app.removeAllContentTypeParsers()
        app.addContentTypeParser('*', { parseAs: 'buffer' }, async ({ headers }: FastifyRequest, body: Buffer) =>
          readJsonBody(body, headers['content-type']),
        )
        app.addHook('onRequest', async ({ headers, url }) => checkAccess(headers.authorization, url, parts))
        for (const routes of rooms) routes(app, parts)
      },
      { prefix: '/landfall' },
    )
  }
}

/** Before the path or the body is looked at, so that strangers learn nothing (contract/service-api 5.8). */
async function checkAccess(authorization: string | undefined, url: string, parts: OperatorParts): Promise<void> {
  const settings = await parts.store.settings()
  const access = authorize(
    { authorization, hosts: parts.hosts, path: decodedPath(url), right: 'ServiceConfig', at: machineNow(parts.clock) },
    settings?.policies ?? [],
  )
  if ('fault' in access) throw new ProvisioningError(access.fault.reason, access.fault.facts)
}
