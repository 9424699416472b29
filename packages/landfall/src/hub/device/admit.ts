/** Who knocks, and may it come in? Refused is thrown, in words, and told to the log by its tracking id. */
import { isDeviceId, printable } from '../../ids.ts'
import type { Store } from '../../store/store.ts'
import { type Clock, machineNow } from '../../system.ts'
import { type AddressedHub, hubOf } from '../addressed.ts'
import type { HubDevice } from '../device.ts'
import { deviceNotFound, HubRefusal } from '../refusal.ts'
import { judgeCertificate } from './judge-certificate.ts'
import { judgeToken, type Proven } from './judge-token.ts'
import type { Admission, Knock } from './session.ts'

export interface DoorParts {
  readonly store: Store
  readonly clock: Clock
  /** Other names this service is reached under; they mean the first embedded hub. */
  readonly hosts: readonly string[]
}

/** Hub, identity, status, credentials, in this order (contract/iot-hub 10.3). */
export async function admit(parts: DoorParts, knock: Knock): Promise<Admission> {
  const hub = await hubOf(parts, knock.host)
  const device = await deviceOf(parts.store, hub, knock)
  refuseDisabled(device)
  const { proof, scope, type, expiresAt } = await prove(parts, knock, hub, device)
  return {
    hub: hub.setting.name,
    deviceId: device.deviceId,
    generationId: device.generationId,
    proof,
    authMethod: JSON.stringify({ scope, type, issuer: 'iothub' }),
    expiresAt,
    modelId: knock.modelId,
  }
}

async function deviceOf(store: Store, { setting: { name } }: AddressedHub, knock: Knock): Promise<HubDevice> {
  const { deviceId, moduleId } = knock
  const device = isDeviceId(deviceId) ? await store.device(name, deviceId) : undefined
  if (!device) throw deviceNotFound(printable(deviceId), name)
  if (moduleId === undefined) return device
  throw new HubRefusal(
    'ModuleNotFound',
    `The device "${device.deviceId}" has no module "${printable(moduleId)}". Modules are not served by this version of the embedded hub.`,
  )
}

function refuseDisabled({ status, statusReason, deviceId, hub }: HubDevice): void {
  if (status === 'enabled') return
  throw disabled(deviceId, hub, statusReason)
}

export function disabled(deviceId: string, hub: string, reason?: string): HubRefusal {
  const why = reason ? ` ("${printable(reason)}")` : ''
  return new HubRefusal(
    'DeviceDisabled',
    `The device "${deviceId}" is disabled on the hub "${hub}"${why}. Enable it there.`,
  )
}

/** A token counts before a certificate, which may be there for something else (contract/semantics 3.12). */
async function prove(parts: DoorParts, knock: Knock, hub: AddressedHub, device: HubDevice): Promise<Proven> {
  const { store, clock } = parts
  if (knock.sasToken) return judgeToken({ text: knock.sasToken, hub, device, at: machineNow(clock) })
  return judgeCertificate({ knock, device, store, at: clock.now() })
}
