/** Whoever keeps a connection open to be told of what happens: who may, how many at once, and how they leave. */
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { visitorOf } from '../access/visits.ts'
import { ProvisioningError } from '../fault.ts'
import type { OperatorParts } from './parts.ts'

export interface Watching {
  /** What it has seen, where it was here before. */
  readonly lastEventId: string | undefined
  /** Whether its credential or session still holds. */
  readonly admitted: () => Promise<boolean>
  /** Aborted when the watcher left, or is to leave. */
  readonly ended: AbortSignal
}

/** A reader that takes nothing for so long, not even a heartbeat, is gone or does harm. */
const unreadMs = 60_000
/** For the last piece to leave before the connection is cut. */
const lastBytesMs = 500

/** Answers with server-sent events, each made when the one before has left. */
export function sendEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: Pick<OperatorParts, 'live' | 'timers'>,
  stream: (watching: Watching) => AsyncGenerator<string>,
): FastifyReply {
  const visitor = visitorOf(request)
  const ended = watch(reply, `${visitor.actor.kind} ${visitor.actor.name}`, parts)
  const lastEventId = request.headers['last-event-id']
  const watching = {
    lastEventId: typeof lastEventId === 'string' ? lastEventId : undefined,
    // asking to be let in again would be a use of the session, and an open page would keep it for ever
    admitted: () => visitor.stillMay('ManagementRead'),
    ended,
  }
  return reply
    .header('content-type', 'text/event-stream; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('x-accel-buffering', 'no')
    .send(Readable.from(stream(watching)))
}

function watch(
  { raw: response }: FastifyReply,
  who: string,
  { live, timers }: Pick<OperatorParts, 'live' | 'timers'>,
): AbortSignal {
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
