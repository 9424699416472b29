/** What a device and a module of one have in common: both come in, are called, and have a twin (contract/iot-hub 5.1). */
import type { DeviceId, HubName, ModuleId } from '../../ids.ts'
import type { DeviceAuthentication } from '../device.ts'

export interface IdentityName {
  readonly hub: HubName
  readonly deviceId: DeviceId
  /** Absent: it is the device itself. */
  readonly moduleId?: ModuleId
}

/** As it stands in the registry. */
export interface Identity extends IdentityName {
  readonly generationId: string
  readonly authentication: DeviceAuthentication
}

/** For sentences: `The ${named(identity)} …`. */
export const named = ({ deviceId, moduleId }: Pick<IdentityName, 'deviceId' | 'moduleId'>) =>
  moduleId === undefined ? `device "${deviceId}"` : `module "${moduleId}" of the device "${deviceId}"`

/** Neither a hub's name nor an id holds a slash. */
export const keyOf = ({ hub, deviceId, moduleId }: IdentityName) =>
  moduleId === undefined ? `${hub}/${deviceId}` : `${hub}/${deviceId}/${moduleId}`

/** As MQTT has it for client id, certificates for common name. */
export const clientIdOf = ({ deviceId, moduleId }: Pick<IdentityName, 'deviceId' | 'moduleId'>) =>
  moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`
