/** `GET /landfall/hub-refusals`: devices that a hub of this service did not let in or cut off since the start, each reason of each once. */
import type { FastifyInstance } from 'fastify'
import { hubNameOf } from '../ids.ts'
import { attemptView } from './attempts.ts'
import type { OperatorParts } from './parts.ts'

interface Query {
  readonly hub?: string
  readonly limit?: number
}
const querystring = {
  type: 'object',
  properties: { hub: { type: 'string', maxLength: 260 }, limit: { type: 'integer', minimum: 1, maximum: 1000 } },
}

export function hubRefusalRoutes(app: FastifyInstance, { devices }: OperatorParts): void {
  app.get<{ Querystring: Query }>('/hub-refusals', { schema: { querystring } }, ({ query }) => {
    const { hub, limit = 50 } = query
    const refused = devices.refusedConnects({ limit, ...(hub !== undefined && { hub: hubNameOf(hub) }) })
    return Promise.resolve(refused.map(({ connect, times }) => ({ ...attemptView(connect), times })))
  })
}
