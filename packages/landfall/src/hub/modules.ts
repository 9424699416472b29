/** Changes of the modules of a device, each one durable write under the version that was read (contract/iot-hub 5.1). */
import type { Etag, ModuleId } from '../ids.ts'
import type { Change, Expect } from '../store/store.ts'
import type { HubModule } from './module.ts'
import { type ModuleWish, moduleCreation, newModule, updatedModule } from './module-identity.ts'
import { HubRefusal, moduleNotFound } from './refusal.ts'
import { changedMeanwhile, isConflict, type Place, type Registry, readDevice, type Seen } from './registry.ts'
import type { TwinChange } from './twin.ts'

export interface ModulePlaced extends Place {
  readonly moduleId: ModuleId
}

/** contract/iot-hub 5.1 */
export const mostModules = 50
/** Whoever named no version is tried again this often when others write at the same time. */
const tries = 10

export async function readModule(registry: Registry, place: ModulePlaced): Promise<HubModule> {
  const { hub, deviceId, moduleId } = place
  const module = await registry.store.module({ hub, deviceId, moduleId })
  if (module) return module
  await readDevice(registry, place)
  throw moduleNotFound(deviceId, moduleId)
}

export async function listModules(registry: Registry, place: Place): Promise<readonly HubModule[]> {
  const { hub, deviceId } = await readDevice(registry, place)
  return registry.store.modules(hub, deviceId)
}

/** The device is held fast: it is there when the module is. Who adds several at once may pass the bound by as many. */
export function createModule(
  registry: Registry,
  place: ModulePlaced,
  wish: ModuleWish,
  twin: TwinChange = {},
): Promise<HubModule> {
  return again(place, 'whatever', async () => {
    const device = await readDevice(registry, place)
    const there = await registry.store.modules(place.hub, place.deviceId)
    if (there.some(({ moduleId }) => moduleId === place.moduleId)) throw alreadyExists(place)
    if (there.length >= mostModules) throw tooMany(place)
    const making = { at: place.at, random: registry.random }
    const module = newModule(place, place.moduleId, wish, making)
    await registry.store.commit([
      { put: 'device', value: device, expect: { etag: device.etag } },
      ...moduleCreation(module, making, 'absent', twin),
    ])
    return module
  })
}

export function updateModule(
  registry: Registry,
  place: ModulePlaced,
  wish: ModuleWish,
  seen: Seen,
): Promise<HubModule> {
  return again(place, seen, async () => {
    const before = await readModule(registry, place)
    if (seen !== 'whatever' && seen.etag !== before.etag) throw changedMeanwhile({ deviceId: place.moduleId })
    const value = updatedModule(before, wish, { at: place.at, random: registry.random })
    await registry.store.commit([{ put: 'module', value, expect: { etag: before.etag } }])
    return value
  })
}

export async function deleteModule(registry: Registry, place: ModulePlaced, seen: Seen): Promise<void> {
  await readModule(registry, place)
  const { hub, deviceId, moduleId } = place
  const expect: Expect = seen === 'whatever' ? 'present' : { etag: seen.etag as Etag }
  const change: Change = { delete: 'module', hub, deviceId, moduleId, expect }
  await again(place, seen, () => registry.store.commit([change]))
}

async function again<Value>(place: ModulePlaced, seen: Seen, write: () => Promise<Value>): Promise<Value> {
  for (let round = 1; ; round++) {
    try {
      return await write()
    } catch (error) {
      if (!isConflict(error)) throw error
      if (error.kind === 'module' && error.found === undefined) throw moduleNotFound(place.deviceId, place.moduleId)
      if (seen !== 'whatever' || round === tries) throw changedMeanwhile({ deviceId: place.moduleId })
    }
  }
}

const alreadyExists = ({ deviceId, moduleId }: ModulePlaced) =>
  new HubRefusal(
    'ModuleAlreadyExistsOnDevice',
    `The device "${deviceId}" has a module "${moduleId}" already. To change it, send If-Match.`,
  )

const tooMany = ({ deviceId }: Place) =>
  new HubRefusal(
    'TooManyModulesOnDevice',
    `The device "${deviceId}" has ${mostModules} modules, and a device can have no more. Delete one it does not need.`,
  )
