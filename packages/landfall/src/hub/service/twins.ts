/** `/twins/{id}` and `/twins/{id}/modules/{mid}`: tags and desired properties (contract/iot-hub 6). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { JsonObject } from '../../json.ts'
import type { HubTwin } from '../device.ts'
import { moduleTwinView } from '../module-views.ts'
import { readModule } from '../modules.ts'
import { HubRefusal } from '../refusal.ts'
import { changeTwin, readDevice, readTwin, type TwinPlace } from '../registry.ts'
import type { TwinHow } from '../twin.ts'
import { parseTwinChange } from '../twin-change.ts'
import { sightingOf, twinView } from '../views.ts'
import { admit, callOf, type HubServiceParts, objectBodyOf, placeOf, quotedEtag, seenOf } from './call.ts'
import { modulePlaceOf } from './modules.ts'

type PlaceOf = (request: FastifyRequest) => TwinPlace

export function twinRoutes(app: FastifyInstance, parts: HubServiceParts): void {
  routesOf(app, parts, '/twins/:id', placeOf)
  routesOf(app, parts, '/twins/:id/modules/:moduleId', modulePlaceOf)
}

function routesOf(app: FastifyInstance, parts: HubServiceParts, path: string, whose: PlaceOf): void {
  const service = admit(parts, 'ServiceConnect')
  app.get(path, service, async (request, reply) => {
    const place = whose(request)
    return show(request, reply, place, await readTwin(callOf(request).registry, place))
  })
  app.patch(path, service, async (request, reply) => change(request, reply, whose(request), 'patch'))
  app.put(path, service, async (request, reply) => change(request, reply, whose(request), 'replace'))
  app.post(path, service, async (request, reply) => {
    refuseUnlessPatch(request)
    return change(request, reply, whose(request), 'patch')
  })
}

// Java sends a PATCH as a POST: contract/iot-hub 4.3
function refuseUnlessPatch({ headers }: FastifyRequest): void {
  if (String(headers['x-http-method-override']).toUpperCase() === 'PATCH') return
  throw new HubRefusal('MethodNotAllowed', 'POST on a twin needs the header X-HTTP-Method-Override: PATCH.')
}

async function change(request: FastifyRequest, reply: FastifyReply, place: TwinPlace, how: TwinHow) {
  const wanted = parseTwinChange(objectBodyOf(request))
  const seen = seenOf(request) ?? 'whatever'
  return show(request, reply, place, await changeTwin(callOf(request).registry, place, seen, wanted, how))
}

async function show(request: FastifyRequest, reply: FastifyReply, place: TwinPlace, twin: HubTwin) {
  return reply.header('etag', quotedEtag(twin.etag)).send(await viewOf(request, place, twin))
}

async function viewOf(request: FastifyRequest, { moduleId, ...place }: TwinPlace, twin: HubTwin): Promise<JsonObject> {
  const { registry, devices } = callOf(request)
  if (moduleId !== undefined) {
    const module = await readModule(registry, { ...place, moduleId })
    return moduleTwinView(module, twin, await sightingOf(devices, module))
  }
  const device = await readDevice(registry, place)
  return twinView(device, twin, await sightingOf(devices, device))
}
