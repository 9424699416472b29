/** The published provisioning client of Node registers a device, in a process of its own. */
import type { World } from '../world.ts'
import type { DeviceOrder, DeviceOutcome } from './device-client.ts'
import { runClient } from './run.ts'

export const registerBySdk = (world: World, order: Omit<DeviceOrder, 'host' | 'idScope'>): Promise<DeviceOutcome> =>
  runClient<DeviceOutcome>(world, 'device-client.ts', {
    host: world.host,
    idScope: world.connection.idScope,
    ...order,
  })
