/** `GET /landfall/events`: what happens, as it happens, for pages that stay open. */
import type { FastifyInstance } from 'fastify'
import { eventStream } from './event-stream.ts'
import type { OperatorParts } from './parts.ts'
import { sendEvents } from './watch.ts'

export function eventRoutes(app: FastifyInstance, parts: OperatorParts): void {
  app.get('/events', async (request, reply) =>
    sendEvents(request, reply, parts, (watching) => eventStream(parts, watching)),
  )
}
