/** `GET /landfall/events`: what happens, as it happens, for pages that stay open. */
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { visitorOf } from '../access/visits.ts'
import { ProvisioningError } from '../fault.ts'
import { eventStream } from './event-stream.ts'
import type { OperatorParts } from './parts.ts'

/** A reader that takes nothing for so long, not even a heartbeat, is gone or does harm. */
const unreadMs = 60_000
/** For the last piece to leave before the connection is cut. */
const lastBytesMs = 500

export function eventRoutes(app: FastifyInstance, parts: OperatorParts): void {
  app.get('/events', async (request, reply) => {
    const { actor } = visitorOf(request)
    const ended = watch(reply, `${actor.kind} ${actor.name}`, parts)
    const lastEventId = request.headers['last-event-id']
    const stream = eventStream(parts, {
      lastEventId: typeof lastEventId === 'string' ? lastEventId : undefined,
      // asking to be let in again would be a use of the session, and an open page would keep it for ever
      admitted: () => visitorOf(request).stillMay('ManagementRead'),
      ended,
    })
    return reply
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no')
      .send(Readable.from(stream))
  })
}

/** Aborted when the watcher left, or is to leave. */
function watch({ raw: response }: FastifyReply, who: string, { live, timers }: OperatorParts): AbortSignal {
  const ended = new AbortController()
  const gone = new AbortController()
  const leave = live.join(() => {
    ended.abort()
    // one that does not read never lets the stream come to its end
    void timers.sleep(lastBytesMs, gone.signal).then(() => response.destroy())
  }, who)
  if (!leave) throw new ProvisioningError('too_many_watchers', { limit: live.watching })
  const left = () => {
    leave()
    ended.abort()
    gone.abort()
  }
  if (response.closed) left()
  response.once('close', left)
  response.setTimeout(unreadMs, () => response.destroy())
  return ended.signal
}
