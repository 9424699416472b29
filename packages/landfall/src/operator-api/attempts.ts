/** `/landfall/attempts`: what devices tried and what came of it, step by step. */
import type { FastifyInstance } from 'fastify'
import { ProvisioningError } from '../fault.ts'
import { isRegistrationId, keyOf, printable, type TrackingId } from '../ids.ts'
import type { Attempt } from '../registration/attempt.ts'
import type { OperatorParts } from './parts.ts'

/** As many as the store remembers of one device is more than a person reads. */
const most = 200

interface Query {
  readonly registrationId?: string
  readonly limit?: number
}
const querystring = {
  type: 'object',
  properties: {
    registrationId: { type: 'string', maxLength: 128 },
    limit: { type: 'integer', minimum: 1, maximum: most },
  },
}

export function attemptRoutes(app: FastifyInstance, { store }: OperatorParts): void {
  app.get<{ Params: { trackingId: string } }>('/attempts/:trackingId', async ({ params: { trackingId } }) => {
    const attempt = await store.attempt(trackingId as TrackingId)
    if (!attempt) throw new ProvisioningError('attempt_not_found', { what: `tracking id "${printable(trackingId)}"` })
    return attemptView(attempt)
  })

  app.get<{ Querystring: Query }>('/attempts', { schema: { querystring } }, async (asked) => {
    const { registrationId, limit = 20 } = asked.query
    if (registrationId !== undefined && !isRegistrationId(registrationId))
      throw new ProvisioningError('bad_id', { id: printable(registrationId) })
    const key = registrationId === undefined ? undefined : keyOf(registrationId)
    return (await store.attempts({ key, limit })).map(attemptView)
  })
}

export const attemptView = ({ at, key: _, ...attempt }: Attempt) => ({ ...attempt, at: new Date(at).toISOString() })
