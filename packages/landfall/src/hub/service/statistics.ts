/** `/statistics`: how many devices a hub has (contract/iot-hub 5.5). */
import type { FastifyInstance } from 'fastify'
import { admit, callOf, type HubServiceParts } from './call.ts'

export function statisticsRoutes(app: FastifyInstance, parts: HubServiceParts): void {
  app.get('/statistics/devices', admit(parts, 'RegistryRead'), async (request) => {
    const { hub, registry } = callOf(request)
    const { total, enabled } = await registry.store.deviceCounts(hub)
    return { totalDeviceCount: total, enabledDeviceCount: enabled, disabledDeviceCount: total - enabled }
  })
  app.get('/statistics/service', admit(parts, 'ServiceConnect'), async (request) => ({
    connectedDeviceCount: parts.devices.connectedCount(callOf(request).hub),
  }))
}
