/** `/devices` and `/devices/{id}`: device identities (contract/iot-hub 4). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { printable } from '../../ids.ts'
import type { JsonObject } from '../../json.ts'
import type { HubDevice } from '../device.ts'
import { type IdentityWish, parseIdentity } from '../identity-wish.ts'
import { invalid } from '../refusal.ts'
import { createDevice, deleteDevice, type Place, readDevice, updateDevice } from '../registry.ts'
import { identityView, sightingOf } from '../views.ts'
import { admit, callOf, type HubServiceParts, objectBodyOf, placeOf, quotedEtag, seenOf } from './call.ts'

/** Most of a list, and what is given where no `top` is named (contract/iot-hub 4.13). */
const mostDevices = 1000

export function deviceRoutes(app: FastifyInstance, parts: HubServiceParts): void {
  const read = admit(parts, 'RegistryRead')
  const write = admit(parts, 'RegistryWrite')
  app.get('/devices', read, listDevices)
  app.get('/devices/:id', read, async (request, reply) =>
    show(request, reply, await readDevice(callOf(request).registry, placeOf(request))),
  )
  app.put('/devices/:id', write, putDevice)
  app.delete('/devices/:id', write, removeDevice)
}

async function listDevices(request: FastifyRequest): Promise<readonly JsonObject[]> {
  const { hub, registry, devices } = callOf(request)
  const { items } = await registry.store.devices(hub, { limit: topOf(request) })
  return Promise.all(items.map(async (device) => identityView(device, await sightingOf(devices, device))))
}

function topOf({ query }: FastifyRequest): number {
  const { top } = query as { top?: unknown }
  if (top === undefined || top === '') return mostDevices
  const count = typeof top === 'string' && /^\d{1,6}$/.test(top) ? Number(top) : 0
  if (count < 1 || count > mostDevices)
    throw invalid(`top is a number from 1 to ${mostDevices}, not "${printable(String(top), 40)}".`)
  return count
}

/** Without If-Match it creates, with it it updates (contract/iot-hub 4.6, 4.7). */
async function putDevice(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const place = placeOf(request)
  const { registry } = callOf(request)
  const seen = seenOf(request)
  const wish = wishOf(request, place)
  const device = seen ? await updateDevice(registry, place, wish, seen) : await createDevice(registry, place, wish)
  return show(request, reply, device)
}

function wishOf(request: FastifyRequest, { deviceId }: Place): IdentityWish {
  const body = objectBodyOf(request)
  if (body.deviceId !== undefined && body.deviceId !== null && body.deviceId !== deviceId)
    throw invalid(`The body names the device "${printable(String(body.deviceId))}", the path "${deviceId}".`)
  return parseIdentity(body)
}

async function removeDevice(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  await deleteDevice(callOf(request).registry, placeOf(request), seenOf(request) ?? 'whatever')
  return reply.code(204).send()
}

async function show(request: FastifyRequest, reply: FastifyReply, device: HubDevice): Promise<FastifyReply> {
  const sighting = await sightingOf(callOf(request).devices, device)
  return reply.header('etag', quotedEtag(device.etag)).send(identityView(device, sighting))
}
