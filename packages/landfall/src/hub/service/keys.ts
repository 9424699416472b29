/** `POST /devices/keys/regenerate`: new keys for up to a hundred devices and modules, each for itself; `az` asks for it. */
import type { FastifyInstance } from 'fastify'
import { isDeviceId, isModuleId, printable } from '../../ids.ts'
import { isJsonObject, type JsonObject } from '../../json.ts'
import type { DeviceAuthentication } from '../device.ts'
import type { WishedAuthentication } from '../identity-wish.ts'
import { readModule, updateModule } from '../modules.ts'
import { invalid } from '../refusal.ts'
import { readDevice, updateDevice } from '../registry.ts'
import { wishAsItIs } from '../wish-as-it-is.ts'
import { admit, callOf, type HubCall, type HubServiceParts, illegalId, objectBodyOf, trackingIdOf } from './call.ts'
import { hubRefusalOf } from './errors.ts'

const mostItems = 100
/** An empty key asks for a new one (contract/iot-hub 4.8). */
const renewals = {
  primarykey: { primaryKey: '' },
  secondarykey: { secondaryKey: '' },
  both: { primaryKey: '', secondaryKey: '' },
} as const
type Renewal = (typeof renewals)[keyof typeof renewals]

interface Answer {
  readonly rotatedKeys: JsonObject[]
  readonly errors: JsonObject[]
}

export function keyRoutes(app: FastifyInstance, parts: HubServiceParts): void {
  app.post('/devices/keys/regenerate', admit(parts, 'RegistryWrite'), async (request, reply) => {
    const { policyKey, devices } = objectBodyOf(request)
    const renewal = renewalOf(policyKey)
    const answer: Answer = { rotatedKeys: [], errors: [] }
    const trackingId = trackingIdOf(request, parts.random)
    for (const item of itemsOf(devices)) await renewInto(answer, item, { call: callOf(request), renewal, trackingId })
    // as the client reads it: some went wrong
    return reply.code(answer.errors.length === 0 ? 200 : 207).send({ policyKey, ...answer })
  })
}

function renewalOf(policyKey: unknown): Renewal {
  const name = String(policyKey).toLowerCase()
  if (name in renewals) return renewals[name as keyof typeof renewals]
  throw invalid(
    `policyKey is "primaryKey", "secondaryKey" or "both", not ${printable(JSON.stringify(policyKey) ?? 'nothing', 60)}.`,
  )
}

function itemsOf(devices: unknown): readonly JsonObject[] {
  if (Array.isArray(devices) && devices.length >= 1 && devices.length <= mostItems && devices.every(isJsonObject))
    return devices
  throw invalid(`devices is an array of 1 to ${mostItems} objects with an id, and a moduleId where a module is meant.`)
}

interface Order {
  readonly call: HubCall
  readonly renewal: Renewal
  readonly trackingId: string
}

async function renewInto(answer: Answer, item: JsonObject, order: Order): Promise<void> {
  const { id, moduleId } = item
  const named = { id: printable(String(id)), ...(typeof moduleId === 'string' && { moduleId: printable(moduleId) }) }
  try {
    answer.rotatedKeys.push({ ...named, ...(await renew(item, order)) })
  } catch (error) {
    const { code, status, message } = hubRefusalOf(error, order.trackingId)
    if (status >= 500) throw error
    answer.errors.push({ ...named, errorCode: code, errorStatus: message })
  }
}

async function renew({ id, moduleId }: JsonObject, { call, renewal }: Order): Promise<JsonObject> {
  const { hub, at, registry } = call
  if (typeof id !== 'string' || !isDeviceId(id)) throw invalid(illegalId(String(id ?? '')))
  const place = { hub, deviceId: id, at }
  if (moduleId === undefined || moduleId === null) {
    const before = await readDevice(registry, place)
    const wish = { ...wishAsItIs(before), authentication: renewed(before.authentication, id, renewal) }
    return keysOf((await updateDevice(registry, place, wish, { etag: before.etag })).authentication, renewal)
  }
  if (typeof moduleId !== 'string' || !isModuleId(moduleId))
    throw invalid(`"${printable(String(moduleId))}" is not a legal module id.`)
  const before = await readModule(registry, { ...place, moduleId })
  const wish = { managedBy: before.managedBy, authentication: renewed(before.authentication, moduleId, renewal) }
  const after = await updateModule(registry, { ...place, moduleId }, wish, { etag: before.etag })
  return keysOf(after.authentication, renewal)
}

function renewed(authentication: DeviceAuthentication, name: string, renewal: Renewal): WishedAuthentication {
  if (authentication.type === 'sas') return { type: 'sas', ...renewal }
  throw invalid(`"${name}" has no keys: it authenticates by ${authentication.type}.`)
}

/** Only the new ones: `az iot hub module-identity renew-key` takes what is shown for renewed. */
function keysOf(authentication: DeviceAuthentication, renewal: Renewal): JsonObject {
  if (authentication.type !== 'sas') return {}
  const { primaryKey, secondaryKey } = authentication
  return { ...('primaryKey' in renewal && { primaryKey }), ...('secondaryKey' in renewal && { secondaryKey }) }
}
