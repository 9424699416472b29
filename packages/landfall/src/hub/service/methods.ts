/** `POST /twins/{id}/methods`: a direct method, called while the caller waits (contract/iot-hub 8). */
import type { FastifyInstance } from 'fastify'
import { readMethod } from '../method-order.ts'
import { admit, callOf, type HubServiceParts, objectBodyOf, placeOf } from './call.ts'

export function methodRoutes(app: FastifyInstance, parts: HubServiceParts): void {
  app.post('/twins/:id/methods', admit(parts, 'ServiceConnect'), async (request, reply) => {
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort())
    const order = { ...readMethod(objectBodyOf(request)), signal: gone.signal }
    return callOf(request).devices.invokeMethod(placeOf(request), order)
  })
}
