/** `/portal/session`: signing in to the portal, who is signed in, signing out. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { endedCookie, sessionCookie, sessionIdOf } from '../access/cookie.ts'
import type { Permission } from '../access/permission.ts'
import { requireOwnPage } from '../access/same-site.ts'
import { idleMs, type Session } from '../access/sessions.ts'
import { SignInLimits } from '../access/sign-in-limits.ts'
import type { Visitor } from '../access/visitor.ts'
import { visitingOf } from '../access/visits.ts'
import { ProvisioningError } from '../fault.ts'
import { makeTrackingId } from '../ids.ts'
import { serviceRights } from '../sas/policy.ts'
import { machineNow } from '../system.ts'
import type { PortalParts } from './parts.ts'

const all: readonly Permission[] = ['ManagementRead', 'ManagementWrite', 'KeysRead', ...serviceRights]

export function sessionRoutes(app: FastifyInstance, parts: PortalParts): void {
  const { access, clock, log } = parts
  const limits = new SignInLimits()

  app.post('/portal/session', async (request, reply) => {
    const visiting = visitingOf(request)
    requireOwnPage(visiting)
    const at = machineNow(clock)
    const visitor = await limits.attempt(request.ip, at, () => access.recognise(visiting))
    const permissions = all.filter((permission) => visitor.may(permission))
    if (permissions.length === 0)
      throw new ProvisioningError('not_permitted', { actor: visitor.actor.name, permission: 'a role' })
    endPrevious(request)
    const { id, session } = access.sessions.open(visitor.credential, at)
    const trackingId = makeTrackingId(parts.random)
    log.info({ trackingId, actor: visitor.actor, remoteAddress: request.ip }, 'signed in to the portal')
    reply.code(201).header('set-cookie', sessionCookie(id)).header('x-ms-request-id', trackingId)
    return view(session, visitor)
  })

  app.get('/portal/session', async (request) => {
    const { session, visitor } = await access.resume(visitingOf(request))
    return view(session, visitor)
  })

  app.delete('/portal/session', async (request, reply) => {
    const { visitor } = await access.resume(visitingOf(request))
    endPrevious(request)
    log.info({ actor: visitor.actor, remoteAddress: request.ip }, 'signed out of the portal')
    return reply.code(204).header('set-cookie', endedCookie).send()
  })

  function endPrevious({ headers }: FastifyRequest): void {
    const previous = sessionIdOf(headers)
    if (previous !== undefined) access.sessions.end(previous)
  }
}

const view = ({ csrf, until }: Session, { actor, may }: Visitor) => ({
  actor,
  permissions: all.filter((permission) => may(permission)),
  csrf,
  expiresUtc: new Date(until).toISOString(),
  idleSeconds: idleMs / 1000,
})
