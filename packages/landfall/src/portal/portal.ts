/** The portal: its pages and its sessions. What the pages show and change, they ask the public APIs for. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { endedCookie } from '../access/cookie.ts'
import { errorBodyOf } from '../fault.ts'
import { makeTrackingId } from '../ids.ts'
import { pathForLog } from '../protocol/decoded-path.ts'
import { refusalOf } from '../protocol/http.ts'
import { securityHeaders } from './headers.ts'
import { pageRoutes } from './pages.ts'
import type { PortalParts } from './parts.ts'
import { sessionRoutes } from './session.ts'

export function portal(parts: PortalParts): FastifyPluginAsync {
  return async (server) => {
    await server.register(async (app) => {
      app.setErrorHandler((error, request, reply) => refuse(error, request, reply, parts))
      // nothing here has a body; one that comes is passed over, whatever it is
      app.removeAllContentTypeParsers()
      app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: 1024 }, async () => undefined)
      app.addHook('onRequest', async (_request, reply) => {
        reply.headers(securityHeaders).header('cache-control', 'no-store')
      })
      sessionRoutes(app, parts)
      pageRoutes(app, parts.files)
    })
  }
}

function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply, parts: PortalParts): FastifyReply {
  const { clock, random, log, noteRefusal } = parts
  const refusal = refusalOf(error)
  const told = { trackingId: makeTrackingId(random), at: clock.now() }
  const { reason, code, status, facts } = refusal
  const logged = { trackingId: told.trackingId, reason, code, remoteAddress: request.ip }
  if (status < 500) log.info({ ...logged, path: pathForLog(request.url) }, refusal.message)
  else log.error({ ...logged, err: refusal.cause }, refusal.message)
  noteRefusal(request, refusal, told)
  if (facts.retryAfterSeconds !== undefined) reply.header('retry-after', String(facts.retryAfterSeconds))
  // a browser that keeps the cookie of an ended session sends it for ever
  if (status === 401 && request.method !== 'POST' && request.headers.cookie !== undefined)
    reply.header('set-cookie', endedCookie)
  return reply
    .code(status)
    .header('x-ms-request-id', told.trackingId)
    .type('application/json; charset=utf-8')
    .send(errorBodyOf(refusal, told))
}
