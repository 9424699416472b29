/** `POST /devices`: up to a hundred changes of devices and modules, each for itself (contract/iot-hub 5.3, 5.4). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isDeviceId, isModuleId, printable } from '../../ids.ts'
import { isJsonObject, type JsonObject } from '../../json.ts'
import { keepingKeys, parseIdentity } from '../identity-wish.ts'
import { parseModule } from '../module-identity.ts'
import { createModule, deleteModule, type ModulePlaced, updateModule } from '../modules.ts'
import { invalid } from '../refusal.ts'
import {
  changeTwin,
  createDevice,
  deleteDevice,
  type Place,
  type Registry,
  type Seen,
  updateDevice,
} from '../registry.ts'
import { parseTwinChange } from '../twin-change.ts'
import {
  admit,
  bodyOf,
  callOf,
  type HubCall,
  type HubServiceParts,
  illegalId,
  illegalModuleId,
  trackingIdOf,
} from './call.ts'
import { hubRefusalOf } from './errors.ts'

const mostItems = 100

interface Item {
  readonly place: Place | ModulePlaced
  readonly json: JsonObject
}

type Mode = (item: Item, registry: Registry) => Promise<unknown>

// compared without letter case: the Node client sends `create`, but `Update`
const modes: ReadonlyMap<string, Mode> = new Map<string, Mode>([
  ['create', create],
  ['update', (item, registry) => update(item, registry, 'whatever')],
  ['updateifmatchetag', (item, registry) => update(item, registry, seenOf(item))],
  ['createorupdate', (item, registry) => createOrUpdate(item, registry, 'whatever')],
  ['createorupdateifmatchetag', (item, registry) => createOrUpdate(item, registry, seenOf(item))],
  ['delete', (item, registry) => remove(item, registry, 'whatever')],
  ['deleteifmatchetag', (item, registry) => remove(item, registry, seenOf(item))],
  ['updatetwin', (item, registry) => updateTwin(item, registry, 'whatever')],
  ['updatetwinifmatchetag', (item, registry) => updateTwin(item, registry, seenOf(item, 'twinETag'))],
])

interface ItemError {
  readonly deviceId: string
  readonly moduleId?: string
  readonly errorCode: string
  readonly errorStatus: string
  readonly operation?: string
}

export function bulkRoutes(app: FastifyInstance, parts: HubServiceParts): void {
  app.post('/devices', admit(parts, 'RegistryWrite'), async (request, reply: FastifyReply) => {
    const errors = await runItems(readItems(request), callOf(request), trackingIdOf(request, parts.random))
    // the Python client reads this body on 200 and 400 only
    return reply.code(errors.length === 0 ? 200 : 400).send({ isSuccessful: errors.length === 0, errors, warnings: [] })
  })
}

function readItems(request: FastifyRequest): readonly JsonObject[] {
  const items = bodyOf(request)
  if (Array.isArray(items) && items.length >= 1 && items.length <= mostItems && items.every(isJsonObject)) return items
  throw invalid(`The body of a bulk operation is an array of 1 to ${mostItems} devices, each a JSON object.`)
}

/** Items of one device one after the other, the others at once: they share durable writes. */
async function runItems(
  items: readonly JsonObject[],
  call: HubCall,
  trackingId: string,
): Promise<readonly ItemError[]> {
  const errors = new Array<ItemError | undefined>(items.length)
  const numbered = items.map((json, position) => ({ json, position }))
  const byDevice = Map.groupBy(numbered, ({ json }) => json.id)
  const lines = [...byDevice.values()].map(async (line) => {
    for (const { json, position } of line) errors[position] = await runItem(json, call, trackingId)
  })
  await Promise.all(lines)
  return errors.filter((error) => error !== undefined)
}

async function runItem(json: JsonObject, call: HubCall, trackingId: string): Promise<ItemError | undefined> {
  try {
    const mode = modeOf(json)
    await mode({ json, place: placeOf(json, call) }, call.registry)
  } catch (error) {
    const { code: errorCode, status, message: errorStatus } = hubRefusalOf(error, trackingId)
    // a full disk or an unforeseen failure is the whole request's, and belongs into the log
    if (status >= 500) throw error
    const operation = typeof json.importMode === 'string' ? printable(json.importMode, 40) : undefined
    return { ...namesOf(json), errorCode, errorStatus, operation }
  }
}

function namesOf({ id, moduleId }: JsonObject) {
  const deviceId = printable(String(id ?? ''))
  return typeof moduleId === 'string' ? { deviceId, moduleId: printable(moduleId) } : { deviceId }
}

function modeOf({ importMode }: JsonObject): Mode {
  const mode = modes.get(String(importMode).toLowerCase())
  if (mode) return mode
  throw invalid(
    `importMode is create, update, updateIfMatchETag, createOrUpdate, createOrUpdateIfMatchETag, delete, deleteIfMatchETag, updateTwin or updateTwinIfMatchETag, not "${printable(String(importMode), 40)}".`,
  )
}

function placeOf({ id, moduleId }: JsonObject, { hub, at }: HubCall): Place | ModulePlaced {
  if (typeof id !== 'string' || !isDeviceId(id)) throw invalid(illegalId(String(id ?? '')))
  if (moduleId === undefined || moduleId === null || moduleId === '') return { hub, deviceId: id, at }
  if (typeof moduleId === 'string' && isModuleId(moduleId)) return { hub, deviceId: id, moduleId, at }
  throw invalid(illegalModuleId(String(moduleId)))
}

function seenOf({ json }: Item, name: 'eTag' | 'twinETag' = 'eTag'): Seen {
  const etag = json[name] ?? json.eTag ?? json.etag
  if (typeof etag !== 'string' || etag === '') throw invalid(`An importMode with IfMatchETag needs a member ${name}.`)
  return etag === '*' ? 'whatever' : { etag: etag.replace(/^"(.*)"$/, '$1') }
}

function create({ json, place }: Item, registry: Registry): Promise<unknown> {
  const twin = parseTwinChange(json)
  if ('moduleId' in place) return createModule(registry, place, parseModule(json), twin)
  return createDevice(registry, place, parseIdentity(json), twin)
}

async function update({ json, place }: Item, registry: Registry, seen: Seen): Promise<void> {
  const twin = parseTwinChange(json)
  // in bulk the Node client sends empty keys whenever its caller gave none: disabling devices renews no key
  if ('moduleId' in place) await updateModule(registry, place, keepingKeys(parseModule(json)), seen)
  else await updateDevice(registry, place, keepingKeys(parseIdentity(json)), seen)
  if (twin.tags !== undefined || twin.desired !== undefined) await updateTwin({ json, place }, registry, 'whatever')
}

async function createOrUpdate(item: Item, registry: Registry, seen: Seen): Promise<void> {
  const { place } = item
  const { store } = registry
  const there = await ('moduleId' in place ? store.module(place) : store.device(place.hub, place.deviceId))
  await (there ? update(item, registry, seen) : create(item, registry))
}

function remove({ place }: Item, registry: Registry, seen: Seen): Promise<void> {
  return 'moduleId' in place ? deleteModule(registry, place, seen) : deleteDevice(registry, place, seen)
}

function updateTwin({ json, place }: Item, registry: Registry, seen: Seen) {
  return changeTwin(registry, place, seen, parseTwinChange(json), 'patch')
}
