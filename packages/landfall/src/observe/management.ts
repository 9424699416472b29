/** The management listener: plain HTTP on loopback, for health, metrics and the root certificate; no secrets. */
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import type { Store } from '../store/store.ts'
import type { Metrics } from './metrics.ts'

interface Parts {
  readonly store: Store
  readonly metrics: Metrics
  /** PEM of what clients must trust. */
  readonly rootPem: string
  /** Turns false when the service is closing. */
  readonly serving: () => boolean
  readonly schemaController: FastifyServerOptions['schemaController']
}

export function managementListener(parts: Parts): FastifyInstance {
  const app = Fastify({ logger: false, schemaController: parts.schemaController })
  healthRoutes(app, parts)
  app.get('/metrics', async (_request, reply) => {
    reply.type(parts.metrics.registry.contentType)
    return parts.metrics.registry.metrics()
  })
  app.get('/root.pem', async (_request, reply) => {
    reply.type('application/x-pem-file')
    return parts.rootPem
  })
  app.setNotFoundHandler(async (request, reply) => {
    reply.code(404)
    return {
      message: `There is no ${request.method} ${request.url.slice(0, 200)} here. Try /healthz, /readyz, /metrics or /root.pem.`,
    }
  })
  return app
}

/** Alive, and ready to be sent work; on HTTPS as well, for probes that reach nothing else. */
export function healthRoutes(app: FastifyInstance, { store, serving }: Pick<Parts, 'store' | 'serving'>): void {
  app.get('/healthz', async () => ({ status: 'alive' }))
  app.get('/readyz', async (_request, reply) => {
    const { writable, why } = store.health()
    if (writable && serving()) return { status: 'ready' }
    reply.code(503)
    return { status: 'not ready', why: serving() ? `the disk refuses writes: ${why}` : 'the service is closing' }
  })
}
