/** `/configurations`, and applying their content to one device (contract/iot-hub 9.2). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isConfigurationId, printable } from '../../ids.ts'
import { isJsonObject, type JsonObject } from '../../json.ts'
import { applyContent } from '../apply-content.ts'
import type { HubConfiguration } from '../configuration.ts'
import {
  type ConfigurationPlace,
  configurationView,
  createConfiguration,
  deleteConfiguration,
  parseConfiguration,
  readConfiguration,
  updateConfiguration,
} from '../configurations.ts'
import { parseTargetCondition } from '../query/condition.ts'
import { parseQuery } from '../query/parse.ts'
import { HubRefusal, invalid } from '../refusal.ts'
import { admit, callOf, type HubServiceParts, objectBodyOf, placeOf, quotedEtag, seenOf } from './call.ts'

export function configurationRoutes(app: FastifyInstance, parts: HubServiceParts): void {
  const read = admit(parts, 'RegistryRead')
  const write = admit(parts, 'RegistryWrite')
  app.get('/configurations', read, async (request): Promise<readonly JsonObject[]> => {
    const { hub, registry } = callOf(request)
    const { top } = request.query as { top?: string }
    const all = await registry.store.configurations(hub)
    return all.slice(0, /^\d+$/.test(top ?? '') ? Number(top) : all.length).map(configurationView)
  })
  app.post('/configurations/testQueries', read, async (request) => testQueries(objectBodyOf(request)))
  app.get('/configurations/:configurationId', read, async (request, reply) =>
    show(reply, await readConfiguration(callOf(request).registry, configurationPlaceOf(request))),
  )
  app.put('/configurations/:configurationId', write, putConfiguration)
  app.delete('/configurations/:configurationId', write, async (request, reply) => {
    const seen = seenOf(request) ?? 'whatever'
    await deleteConfiguration(callOf(request).registry, configurationPlaceOf(request), seen)
    return reply.code(204).send()
  })
  app.post('/devices/:id/applyConfigurationContent', write, async (request, reply) => {
    await applyContent(callOf(request).registry, placeOf(request), objectBodyOf(request))
    return reply.code(204).send()
  })
}

function configurationPlaceOf(request: FastifyRequest): ConfigurationPlace {
  const { hub, at } = callOf(request)
  const { configurationId: id } = request.params as { configurationId: string }
  if (isConfigurationId(id)) return { hub, at, id }
  throw invalid(
    `"${printable(id)}" is not a legal id of a configuration: 1 to 128 characters, as a device id has them.`,
  )
}

async function putConfiguration(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const place = configurationPlaceOf(request)
  const { registry } = callOf(request)
  const body = objectBodyOf(request)
  if ((body.id ?? place.id) !== place.id)
    throw invalid(`The body names the configuration "${printable(String(body.id))}", the path "${place.id}".`)
  const wish = parseConfiguration(body)
  const seen = seenOf(request)
  return show(
    reply,
    seen ? await updateConfiguration(registry, place, wish, seen) : await createConfiguration(registry, place, wish),
  )
}

const show = (reply: FastifyReply, configuration: HubConfiguration) =>
  reply.header('etag', quotedEtag(configuration.etag)).send(configurationView(configuration))

/** What is wrong with each, as a sentence. */
function testQueries({ targetCondition, customMetricQueries }: JsonObject): JsonObject {
  const queries = Object.entries(isJsonObject(customMetricQueries) ? customMetricQueries : {})
  return {
    targetConditionError: faultOf(() => parseTargetCondition(String(targetCondition ?? ''))),
    customMetricQueryErrors: Object.fromEntries(
      queries.flatMap(([name, text]) => {
        const fault = faultOf(() => parseQuery(String(text)))
        return fault === null ? [] : [[name, fault]]
      }),
    ),
  }
}

function faultOf(parse: () => unknown): string | null {
  try {
    parse()
    return null
  } catch (error) {
    if (error instanceof HubRefusal) return error.message
    throw error
  }
}
