/** A module identity of a device, and its twin (contract/iot-hub 5.1). */
import type { DeviceId, Etag, HubName, ModuleId } from '../ids.ts'
import type { Instant } from '../system.ts'
import type { DeviceAuthentication, HubTwin } from './device.ts'

export interface HubModule {
  readonly hub: HubName
  readonly deviceId: DeviceId
  readonly moduleId: ModuleId
  /** New at each creation. */
  readonly generationId: string
  readonly etag: Etag
  /** Who looks after it: "IotEdge", or whatever its maker wrote. */
  readonly managedBy?: string
  readonly authentication: DeviceAuthentication
  readonly createdAt: Instant
}

export interface HubModuleTwin extends HubTwin {
  readonly moduleId: ModuleId
}

/** Where a module stands in its hub. */
export type ModulePlace = Pick<HubModule, 'hub' | 'deviceId' | 'moduleId'>
