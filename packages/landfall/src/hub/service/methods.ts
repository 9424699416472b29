/**
 * `POST /twins/{id}/methods`, and of a module `/twins/{id}/modules/{mid}/methods`: a direct method, called while the caller
 * waits (contract/iot-hub 8).
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { IdentityName } from '../device/named.ts'
import { readMethod } from '../method-order.ts'
import { admit, callOf, type HubServiceParts, objectBodyOf, placeOf } from './call.ts'
import { modulePlaceOf } from './modules.ts'

export function methodRoutes(app: FastifyInstance, parts: HubServiceParts): void {
  routeOf(app, parts, '/twins/:id/methods', placeOf)
  routeOf(app, parts, '/twins/:id/modules/:moduleId/methods', modulePlaceOf)
}

type Whom = (request: FastifyRequest) => IdentityName

function routeOf(app: FastifyInstance, parts: HubServiceParts, path: string, whom: Whom): void {
  app.post(path, admit(parts, 'ServiceConnect'), async (request, reply) => {
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort())
    const order = { ...readMethod(objectBodyOf(request)), signal: gone.signal }
    return callOf(request).devices.invokeMethod(whom(request), order)
  })
}
