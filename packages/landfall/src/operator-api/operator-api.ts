/**
 * Landfall's own REST API, `/landfall/…` on the HTTPS listener: what the command line and the portal do beyond the
 * service API. Every call needs somebody who may read or change the management plane (access/).
 */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { admitVisitor } from '../access/visits.ts'
import { ProvisioningError } from '../fault.ts'
import { decodedPath } from '../protocol/decoded-path.ts'
import { readJsonBody } from '../protocol/http-body.ts'
import { allocationPolicyRoutes } from './allocation-policy.ts'
import { attemptRoutes } from './attempts.ts'
import { auditRoutes } from './audit.ts'
import { certificateRoutes } from './certificates.ts'
import { diagnoseRoutes } from './diagnose.ts'
import { enrollmentListRoutes } from './enrollment-lists.ts'
import { eventRoutes } from './events.ts'
import { hubDeviceRoutes } from './hub-devices.ts'
import { hubPolicyRoutes } from './hub-policies.ts'
import { hubPreviewRoutes } from './hub-preview.ts'
import { hubRefusalRoutes } from './hub-refusals.ts'
import { hubRoutes } from './hubs.ts'
import { instanceRoutes } from './instance.ts'
import { overviewRoutes } from './overview.ts'
import type { OperatorParts } from './parts.ts'
import { policyRoutes } from './policies.ts'
import { quickStartRoutes } from './quick-start.ts'
import { refuse } from './refuse.ts'
import { registrationRoutes } from './registrations.ts'
import { tokenRoutes } from './tokens.ts'
import { traceRoutes } from './traces.ts'

export type { Endpoints, OperatorParts } from './parts.ts'

const rooms = [
  instanceRoutes,
  certificateRoutes,
  hubRoutes,
  hubPreviewRoutes,
  hubDeviceRoutes,
  hubPolicyRoutes,
  hubRefusalRoutes,
  diagnoseRoutes,
  policyRoutes,
  allocationPolicyRoutes,
  attemptRoutes,
  auditRoutes,
  overviewRoutes,
  eventRoutes,
  enrollmentListRoutes,
  registrationRoutes,
  traceRoutes,
  quickStartRoutes,
  tokenRoutes,
]

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
        app.addHook('onRequest', async (request) => void (await admitVisitor(request, parts.access)))
        for (const routes of rooms) routes(app, parts)
      },
      { prefix: '/landfall' },
    )
  }
}
