/**
 * `applyConfigurationContent`: sets a device's, or its modules', desired properties at once (contract/iot-hub 9.2).
 * An edge device has afterwards exactly the modules that the content names, beside those that somebody else manages.
 */
import type { ModuleId } from '../ids.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import type { Change } from '../store/store.ts'
import { appliedTo, type DesiredSettings, readContent, readModuleId } from './configuration-content.ts'
import type { HubDevice, HubTwin } from './device.ts'
import { isEdgeModule } from './edge-modules.ts'
import type { Making } from './identity.ts'
import type { HubModule } from './module.ts'
import { newModule } from './module-identity.ts'
import { mostModules } from './modules.ts'
import { HubRefusal, invalid } from './refusal.ts'
import { changedMeanwhile, isConflict, type Place, type Registry, readDevice, readTwin } from './registry.ts'
import { desiredNews, newTwin, replaceTwin } from './twin.ts'
import { refuseTooLarge } from './twin-change.ts'

/** Whoever else writes to the device at the same time makes us look again this often. */
const tries = 10

export async function applyContent(registry: Registry, place: Place, content: JsonObject): Promise<void> {
  for (let round = 1; ; round++) {
    const changes = await changesOf(registry, place, content)
    try {
      return await registry.store.commit(changes)
    } catch (error) {
      if (!isConflict(error)) throw error
      if (round === tries) throw changedMeanwhile(place)
    }
  }
}

async function changesOf(registry: Registry, place: Place, content: JsonObject): Promise<readonly Change[]> {
  const wanted = readContent(content)
  const device = await readDevice(registry, place)
  if (wanted.modules.size > 0 && !device.iotEdge)
    throw invalid(`"${device.deviceId}" is no edge device, so modulesContent cannot be applied to it.`)
  return [
    { put: 'device', value: device, expect: { etag: device.etag } },
    ...(wanted.device.length > 0 ? [await deviceChange(registry, place, wanted.device)] : []),
    ...(wanted.modules.size > 0 ? await moduleChanges(registry, { place, device, wanted: wanted.modules }) : []),
  ]
}

async function deviceChange(registry: Registry, place: Place, settings: DesiredSettings): Promise<Change> {
  const before = await readTwin(registry, place)
  const { after, patch } = applied(before, settings, { at: place.at, random: registry.random })
  return { put: 'twin', value: after, expect: { version: before.version }, patch }
}

function applied(before: HubTwin, settings: DesiredSettings, making: Making) {
  const desired = appliedTo(before.desired, settings)
  const after = replaceTwin(before, { desired }, making)
  refuseTooLarge(after)
  return { after, patch: desiredNews(before, { desired }, 'replace') }
}

interface ModulesOrder {
  readonly place: Place
  readonly device: HubDevice
  readonly wanted: ReadonlyMap<ModuleId, DesiredSettings>
}

async function moduleChanges(registry: Registry, { place, device, wanted }: ModulesOrder): Promise<readonly Change[]> {
  const there = await registry.store.modules(place.hub, place.deviceId)
  const named = new Set([...wanted.keys(), ...deployed(wanted.get('$edgeAgent' as ModuleId) ?? [])])
  const gone = there.filter((module) => isOurs(module) && !named.has(module.moduleId))
  if (there.length - gone.length + [...named].filter((id) => !isThere(there, id)).length > mostModules)
    throw new HubRefusal(
      'TooManyModulesOnDevice',
      `A device can have ${mostModules} modules, and this content names more.`,
    )
  const set = [...named].map((moduleId) =>
    setModule(registry, { place, device, there, moduleId, settings: wanted.get(moduleId) ?? [] }),
  )
  return [...gone.map(removal), ...(await Promise.all(set)).flat()]
}

/** The modules that `$edgeAgent` is told to run. */
function deployed(settings: DesiredSettings): readonly ModuleId[] {
  const desired = appliedTo({}, settings)
  return Object.keys(isJsonObject(desired.modules) ? desired.modules : {}).map(readModuleId)
}

const isOurs = ({ managedBy, moduleId }: HubModule) => managedBy === 'IotEdge' && !isEdgeModule(moduleId)
const isThere = (there: readonly HubModule[], id: ModuleId) => there.some(({ moduleId }) => moduleId === id)
const removal = ({ hub, deviceId, moduleId, etag }: HubModule): Change => ({
  delete: 'module',
  hub,
  deviceId,
  moduleId,
  expect: { etag },
})

interface ModuleOrder extends Omit<ModulesOrder, 'wanted'> {
  readonly there: readonly HubModule[]
  readonly moduleId: ModuleId
  readonly settings: DesiredSettings
}

async function setModule(registry: Registry, order: ModuleOrder): Promise<readonly Change[]> {
  const { place, device, there, moduleId, settings } = order
  const making = { at: place.at, random: registry.random }
  if (isThere(there, moduleId)) {
    const before = await readTwin(registry, { ...place, moduleId })
    const { after, patch } = applied(before, settings, making)
    return settings.length === 0
      ? []
      : [{ put: 'moduleTwin', value: { ...after, moduleId }, expect: { version: before.version }, patch }]
  }
  const module = newModule(device, moduleId, { managedBy: 'IotEdge' }, making)
  const twin = newTwin({ ...place, random: registry.random, desired: appliedTo({}, settings) })
  refuseTooLarge(twin)
  return [
    { put: 'module', value: module, expect: 'absent' },
    { put: 'moduleTwin', value: { ...twin, moduleId }, expect: 'any' },
  ]
}
