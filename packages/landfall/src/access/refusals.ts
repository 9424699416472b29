/**
 * The newest refusals of back ends and people, by tracking id: what an error in the portal links to. In memory only,
 * within a bound; devices' refusals are attempts, and those are stored.
 */
import type { FastifyRequest } from 'fastify'
import type { Actor } from '../audit/deed.ts'
import type { ProvisioningError, Reason } from '../fault.ts'
import { printable } from '../ids.ts'
import { pathForLog } from '../protocol/decoded-path.ts'
import type { Instant } from '../system.ts'
import { knownVisitor } from './visits.ts'

export interface NotedRefusal {
  readonly trackingId: string
  readonly at: Instant
  readonly method: string
  /** Without the query, in which a stranger may have put anything. */
  readonly path: string
  /** Absent: nobody was let in. */
  readonly actor?: Actor
  readonly status: number
  readonly errorCode: number
  readonly reason: Reason
  readonly message: string
}

/** Every renderer of refusals calls it, with what it rendered. */
export type NoteRefusal = (
  request: Pick<FastifyRequest, 'method' | 'url'>,
  refusal: ProvisioningError,
  told: { readonly trackingId: string; readonly at: Instant },
) => void

export interface Refusals {
  readonly note: NoteRefusal
  find(trackingId: string): NotedRefusal | undefined
}

/** At 500 bytes or so each, 5 MB. */
const mostKept = 10_000

export function makeRefusals(most = mostKept): Refusals {
  const kept: NotedRefusal[] = []
  const byTrackingId = new Map<string, NotedRefusal>()
  let count = 0

  return {
    note(request, refusal, told) {
      const place = count++ % most
      const oldest = kept[place]
      if (oldest) byTrackingId.delete(oldest.trackingId)
      const noted = notedOf(request, refusal, told)
      kept[place] = noted
      byTrackingId.set(noted.trackingId, noted)
    },
    find: (trackingId) => byTrackingId.get(trackingId),
  }
}

function notedOf(...[request, refusal, { trackingId, at }]: Parameters<NoteRefusal>): NotedRefusal {
  const actor = knownVisitor(request)?.actor
  return {
    trackingId,
    at,
    method: request.method,
    path: pathForLog(request.url),
    ...(actor && { actor }),
    status: refusal.status,
    errorCode: refusal.code,
    reason: refusal.reason,
    message: printable(refusal.message, 1000),
  }
}
