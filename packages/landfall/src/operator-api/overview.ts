/** `GET /landfall/overview`: what the first page of the portal shows. */
import type { FastifyInstance } from 'fastify'
import { readSettings } from '../instance/change-settings.ts'
import { expiringCertificates } from '../instance/expiring.ts'
import type { OperatorParts } from './parts.ts'

/** As many as a person looks at; `/landfall/certificates/expiring` has the rest. */
const soon = { days: 30, limit: 20 } as const

export function overviewRoutes(app: FastifyInstance, parts: OperatorParts): void {
  const { store, live } = parts
  app.get('/overview', async () => {
    const [{ hubs }, counts, certificates, expiring] = await Promise.all([
      readSettings(parts),
      store.counts(),
      store.caCertificates(),
      expiringCertificates(soon, parts),
    ])
    return {
      counts: { ...counts, certificates: certificates.length, hubs: hubs.length },
      perMinute: live.perMinute(),
      refusals: live.refusals(),
      hubRefusals: live.hubRefusals(),
      expiring: expiring.items,
      storage: store.health(),
      sinceUtc: new Date(live.since).toISOString(),
    }
  })
}
