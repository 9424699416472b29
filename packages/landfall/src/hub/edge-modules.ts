/** The two modules that every edge device has (contract/iot-hub 5.2). */
import type { ModuleId } from '../ids.ts'
import type { Change } from '../store/store.ts'
import type { HubDevice } from './device.ts'
import type { Making } from './identity.ts'
import type { HubModule } from './module.ts'
import { moduleCreation, newModule } from './module-identity.ts'

const edgeModules = ['$edgeAgent', '$edgeHub'] as readonly string[] as readonly ModuleId[]

export const isEdgeModule = (moduleId: ModuleId) => edgeModules.includes(moduleId)

/** Those that are not there yet. */
export function edgeModulesOf(
  device: Pick<HubDevice, 'hub' | 'deviceId'>,
  there: readonly HubModule[],
  making: Making,
): readonly Change[] {
  return edgeModules
    .filter((moduleId) => !there.some((module) => module.moduleId === moduleId))
    .flatMap((moduleId) => moduleCreation(newModule(device, moduleId, { managedBy: 'IotEdge' }, making), making, 'any'))
}

export function withoutEdgeModules(there: readonly HubModule[]): readonly Change[] {
  return there
    .filter(({ moduleId }) => isEdgeModule(moduleId))
    .map(({ hub, deviceId, moduleId }) => ({ delete: 'module', hub, deviceId, moduleId, expect: 'any' }))
}
