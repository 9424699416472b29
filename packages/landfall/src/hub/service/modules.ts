/** `/devices/{id}/modules` and `/devices/{id}/modules/{mid}`: module identities (contract/iot-hub 5.1). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isModuleId, printable } from '../../ids.ts'
import type { JsonObject } from '../../json.ts'
import type { HubModule } from '../module.ts'
import { type ModuleWish, parseModule } from '../module-identity.ts'
import { moduleView } from '../module-views.ts'
import { createModule, deleteModule, listModules, type ModulePlaced, readModule, updateModule } from '../modules.ts'
import { invalid } from '../refusal.ts'
import { sightingOf } from '../views.ts'
import {
  admitOrOwner,
  callOf,
  type HubServiceParts,
  illegalModuleId,
  objectBodyOf,
  placeOf,
  quotedEtag,
  seenOf,
} from './call.ts'

export function moduleRoutes(app: FastifyInstance, parts: HubServiceParts): void {
  const read = admitOrOwner(parts, 'RegistryRead')
  const write = admitOrOwner(parts, 'RegistryWrite')
  app.get('/devices/:id/modules', read, async (request): Promise<readonly JsonObject[]> => {
    const { registry, devices } = callOf(request)
    const modules = await listModules(registry, placeOf(request))
    return Promise.all(modules.map(async (module) => moduleView(module, await sightingOf(devices, module))))
  })
  app.get('/devices/:id/modules/:moduleId', read, async (request, reply) =>
    show(request, reply, await readModule(callOf(request).registry, modulePlaceOf(request))),
  )
  app.put('/devices/:id/modules/:moduleId', write, putModule)
  app.delete('/devices/:id/modules/:moduleId', write, async (request, reply) => {
    await deleteModule(callOf(request).registry, modulePlaceOf(request), seenOf(request) ?? 'whatever')
    return reply.code(204).send()
  })
}

/** The module that the path names. */
export function modulePlaceOf(request: FastifyRequest): ModulePlaced {
  const { moduleId } = request.params as { moduleId: string }
  if (isModuleId(moduleId)) return { ...placeOf(request), moduleId }
  throw invalid(illegalModuleId(moduleId))
}

/** Without If-Match it creates, with it it updates, as of devices (contract/iot-hub 4.6, 4.7). */
async function putModule(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const place = modulePlaceOf(request)
  const { registry } = callOf(request)
  const seen = seenOf(request)
  const wish = wishOf(request, place)
  const made = seen ? await updateModule(registry, place, wish, seen) : await createModule(registry, place, wish)
  return show(request, reply, made)
}

function wishOf(request: FastifyRequest, place: ModulePlaced): ModuleWish {
  const body = objectBodyOf(request)
  for (const name of ['deviceId', 'moduleId'] as const) {
    const named = body[name] ?? place[name]
    if (named !== place[name])
      throw invalid(`The body names the ${name} "${printable(String(named))}", the path "${place[name]}".`)
  }
  return parseModule(body)
}

async function show(request: FastifyRequest, reply: FastifyReply, module: HubModule): Promise<FastifyReply> {
  const sighting = await sightingOf(callOf(request).devices, module)
  return reply.header('etag', quotedEtag(module.etag)).send(moduleView(module, sighting))
}
