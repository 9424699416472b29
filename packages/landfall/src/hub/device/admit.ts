/** Who knocks, and may it come in? Refused is thrown, in words, and told to the log by its tracking id. */
import { isDeviceId, isModuleId, printable } from '../../ids.ts'
import type { Store } from '../../store/store.ts'
import { type Clock, machineNow } from '../../system.ts'
import { type AddressedHub, hubOf } from '../addressed.ts'
import type { HubDevice } from '../device.ts'
import type { HubModule } from '../module.ts'
import { deviceNotFound, HubRefusal, moduleNotFound } from '../refusal.ts'
import { judgeCertificate } from './judge-certificate.ts'
import { judgeToken, type Proven } from './judge-token.ts'
import type { Identity } from './named.ts'
import type { Admission, Knock } from './session.ts'

export interface DoorParts {
  readonly store: Store
  readonly clock: Clock
  /** Other names this service is reached under; they mean the first embedded hub. */
  readonly hosts: readonly string[]
}

/** Hub, identity, status, credentials, in this order (contract/iot-hub 10.3). Why it is disabled, only its own device is told. */
export async function admit(parts: DoorParts, knock: Knock): Promise<Admission> {
  const hub = await hubOf(parts, knock.host)
  const device = await deviceOf(parts.store, hub, knock)
  const door = { ...parts, knock, hub }
  if (device.status === 'disabled') throw await refuseDisabled(door, device)
  const module = await moduleOf(parts.store, device, knock)
  const { scope, type, ...proven } = await prove(door, device, module)
  return {
    hub: hub.setting.name,
    deviceId: device.deviceId,
    ...(module && { moduleId: module.moduleId }),
    generationId: (module ?? device).generationId,
    ...proven,
    authMethod: JSON.stringify({ scope, type, issuer: 'iothub' }),
    modelId: knock.modelId,
  }
}

async function deviceOf(store: Store, { setting: { name } }: AddressedHub, { deviceId }: Knock): Promise<HubDevice> {
  const device = isDeviceId(deviceId) ? await store.device(name, deviceId) : undefined
  if (!device) throw deviceNotFound(printable(deviceId), name)
  return device
}

async function moduleOf(store: Store, { hub, deviceId }: HubDevice, { moduleId }: Knock) {
  if (moduleId === undefined) return
  const module = isModuleId(moduleId) ? await store.module({ hub, deviceId, moduleId }) : undefined
  if (!module) throw moduleNotFound(deviceId, printable(moduleId))
  return module
}

async function refuseDisabled(door: Door, device: HubDevice): Promise<HubRefusal> {
  const { deviceId, hub, statusReason } = device
  const isItself = await proveAs(door, device).then(
    () => true,
    () => false,
  )
  return disabled(deviceId, hub, isItself ? statusReason : undefined)
}

export function disabled(deviceId: string, hub: string, reason?: string): HubRefusal {
  const why = reason ? ` ("${printable(reason)}")` : ''
  return new HubRefusal(
    'DeviceDisabled',
    `The device "${deviceId}" is disabled on the hub "${hub}"${why}. Enable it there.`,
  )
}

interface Door extends DoorParts {
  readonly knock: Knock
  readonly hub: AddressedHub
}

type ProvenAs = Proven & Pick<Admission, 'provenAs'>

async function prove(door: Door, device: HubDevice, module: HubModule | undefined): Promise<ProvenAs> {
  if (!module) return proveAs(door, device)
  try {
    return await proveAs(door, module)
  } catch (refusal) {
    // azure-iot-sdk-java's tests connect each module with the key of its device; $edgeHub may have its certificate too
    const { sasToken } = door.knock
    if (!(refusal instanceof HubRefusal) || (!sasToken && module.moduleId !== '$edgeHub')) throw refusal
    // contract/iot-hub 5.2
    const lent = sasToken ? { ...module, authentication: device.authentication } : device
    const proven = await proveAs(door, lent).catch(() => Promise.reject(refusal))
    return { ...proven, provenAs: 'device' }
  }
}

/** A token counts before a certificate, which may be there for something else (contract/semantics 3.12). */
async function proveAs({ store, clock, knock, hub }: Door, identity: Identity): Promise<Proven> {
  if (knock.sasToken) return judgeToken({ text: knock.sasToken, hub, identity, at: machineNow(clock) })
  return judgeCertificate({ knock, identity, store, at: clock.now() })
}
