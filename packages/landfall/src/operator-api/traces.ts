/** `GET /landfall/traces/:trackingId`: what stands behind a tracking id, whoever was told it. */
import type { FastifyInstance } from 'fastify'
import { ProvisioningError } from '../fault.ts'
import { printable, type TrackingId } from '../ids.ts'
import { attemptView } from './attempts.ts'
import type { OperatorParts } from './parts.ts'

export function traceRoutes(app: FastifyInstance, { store, devices, refusals }: OperatorParts): void {
  app.get<{ Params: { trackingId: string } }>('/traces/:trackingId', async ({ params: { trackingId } }) => {
    const attempt = (await store.attempt(trackingId as TrackingId)) ?? devices.refusedConnect(trackingId)
    if (attempt) return { kind: 'attempt', attempt: attemptView(attempt) }
    const refusal = refusals.find(trackingId)
    if (!refusal) throw new ProvisioningError('trace_not_found', { trackingId: printable(trackingId) })
    return { kind: 'refusal', ...refusal, at: new Date(refusal.at).toISOString() }
  })
}
