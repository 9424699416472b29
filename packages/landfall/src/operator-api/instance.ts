/** `GET /landfall/instance`: what this service is called, where it is reached, how much it holds. */
import type { FastifyInstance } from 'fastify'
import { readSettings } from '../instance/change-settings.ts'
import { namesOf } from '../instance/names.ts'
import type { OperatorParts } from './parts.ts'

export function instanceRoutes(app: FastifyInstance, parts: OperatorParts): void {
  app.get('/instance', async () => {
    const [settings, counts] = await Promise.all([readSettings(parts), parts.store.counts()])
    return {
      serviceName: settings.serviceName,
      idScope: settings.idScope,
      allocationPolicy: settings.allocationPolicy,
      createdDateTimeUtc: new Date(settings.createdAt).toISOString(),
      hostnames: namesOf(parts.hosts, settings),
      ...parts.endpoints(),
      hubs: settings.hubs.map(({ name, linked }) => ({ name, linked })),
      counts,
      storage: parts.store.health(),
    }
  })
}
