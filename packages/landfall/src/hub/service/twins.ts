/** `/twins/{id}`: tags and desired properties (contract/iot-hub 6). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { HubTwin } from '../device.ts'
import { HubRefusal } from '../refusal.ts'
import { changeTwin, readDevice, readTwin } from '../registry.ts'
import type { TwinHow } from '../twin.ts'
import { parseTwinChange } from '../twin-change.ts'
import { sightingOf, twinView } from '../views.ts'
import { admit, callOf, type HubServiceParts, objectBodyOf, placeOf, quotedEtag, seenOf } from './call.ts'

export function twinRoutes(app: FastifyInstance, parts: HubServiceParts): void {
  const service = admit(parts, 'ServiceConnect')
  app.get('/twins/:id', service, async (request, reply) =>
    show(request, reply, await readTwin(callOf(request).registry, placeOf(request))),
  )
  app.patch('/twins/:id', service, async (request, reply) => change(request, reply, 'patch'))
  app.put('/twins/:id', service, async (request, reply) => change(request, reply, 'replace'))
  app.post('/twins/:id', service, async (request, reply) => {
    refuseUnlessPatch(request)
    return change(request, reply, 'patch')
  })
}

// Java sends a PATCH as a POST: contract/iot-hub 4.3
function refuseUnlessPatch({ headers }: FastifyRequest): void {
  if (String(headers['x-http-method-override']).toUpperCase() === 'PATCH') return
  throw new HubRefusal('MethodNotAllowed', 'POST on a twin needs the header X-HTTP-Method-Override: PATCH.')
}

async function change(request: FastifyRequest, reply: FastifyReply, how: TwinHow): Promise<FastifyReply> {
  const place = placeOf(request)
  const wanted = parseTwinChange(objectBodyOf(request))
  const seen = seenOf(request) ?? 'whatever'
  return show(request, reply, await changeTwin(callOf(request).registry, place, seen, wanted, how))
}

async function show(request: FastifyRequest, reply: FastifyReply, twin: HubTwin): Promise<FastifyReply> {
  const { registry, devices } = callOf(request)
  const device = await readDevice(registry, placeOf(request))
  const sighting = await sightingOf(devices, device)
  return reply.header('etag', quotedEtag(twin.etag)).send(twinView(device, twin, sighting))
}
