/** Who is asking: noted before the body is read, and taken along to what the request changes. */
import type { FastifyRequest } from 'fastify'
import { audited, type OnAudit } from '../audit/audited.ts'
import type { Deed } from '../audit/deed.ts'
import { decodedPath, pathForLog } from '../protocol/decoded-path.ts'
import type { Store } from '../store/store.ts'
import type { Clock } from '../system.ts'
import type { Access, Visiting } from './access.ts'
import type { Permission } from './permission.ts'
import { requirePermission, type Visitor } from './visitor.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route asks of its visitor; absent: ManagementRead to GET, ManagementWrite for the rest. */
    readonly permission?: Permission
  }
}

const visitors = new WeakMap<object, Visitor>()

/** Before the body is looked at, so that strangers learn nothing (contract/service-api 5.8). */
export async function admitVisitor(request: FastifyRequest, access: Access, permission?: Permission): Promise<Visitor> {
  const { method, routeOptions } = request
  const usual = method === 'GET' || method === 'HEAD' ? 'ManagementRead' : 'ManagementWrite'
  const wanted = permission ?? routeOptions.config.permission ?? usual
  const visitor = await access.admit(visitingOf(request), wanted)
  visitors.set(request, visitor)
  return visitor
}

export function visitingOf({ headers, method, url, ip }: FastifyRequest): Visiting {
  return { headers, method, path: pathOf(url), remoteAddress: ip }
}

/** Undefined: nobody was let in, or not yet. */
export const knownVisitor = (request: object): Visitor | undefined => visitors.get(request)

export function visitorOf(request: object): Visitor {
  const visitor = knownVisitor(request)
  if (!visitor) throw new Error('a request was handled that nobody admitted')
  return visitor
}

export const demand = (request: object, permission: Permission): void =>
  requirePermission(visitorOf(request), permission)

export interface Auditable {
  readonly store: Store
  readonly clock: Clock
  readonly onAudit?: OnAudit
}

/** The parts as one request gets them: whatever it changes is its visitor's. */
export function forRequest<Parts extends Auditable>(
  request: Pick<FastifyRequest, 'method' | 'url'>,
  parts: Parts,
): Parts {
  return { ...parts, store: audited(parts.store, deedOf(request, parts), parts.onAudit) }
}

export function deedOf(request: Pick<FastifyRequest, 'method' | 'url'>, { clock }: Pick<Auditable, 'clock'>): Deed {
  const { actor, remoteAddress } = visitorOf(request)
  return { actor, at: clock.now(), remoteAddress, request: `${request.method} ${pathForLog(request.url)}` }
}

/** As a token's resource names it: decoded, without a slash at the end. */
const pathOf = (url: string): string => decodedPath(url.replace(/[?#].*$/s, '').replace(/\/+$/, '')) || '/'
