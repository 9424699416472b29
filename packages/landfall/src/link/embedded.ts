/** Assigning a device to an embedded hub: changes for the same durable write as the registration record. */
import { isDeepStrictEqual } from 'node:util'
import type { HubDevice, HubTwin } from '../hub/device.ts'
import { edgeModulesOf, withoutEdgeModules } from '../hub/edge-modules.ts'
import { authenticationOf, newDevice, updatedDevice } from '../hub/identity.ts'
import type { IdentityWish } from '../hub/identity-wish.ts'
import { newTwin, replaceTwin, withoutReserved } from '../hub/twin.ts'
import type { DeviceId, HubName } from '../ids.ts'
import type { AssignmentOrder, HubLink, MovingTwin } from '../registration/hub.ts'
import type { Change, Store } from '../store/store.ts'
import type { Random } from '../system.ts'

export interface EmbeddedHub {
  readonly name: HubName
  readonly store: Store
  readonly random: Random
}

export function embeddedHub(hub: EmbeddedHub): HubLink {
  const { name, store } = hub
  return {
    name,
    remote: false,
    async assign(order) {
      const device = await store.device(name, order.deviceId)
      if (!device) return { changes: creation(order, hub), existed: false }
      const twin = order.resetTwin ? await store.twin(name, order.deviceId) : undefined
      const changes = [...(await update(device, order, hub)), ...(twin ? reset(twin, order, hub) : [])]
      return { changes, existed: true }
    },
    async readTwin(deviceId) {
      const twin = await store.twin(name, deviceId)
      return twin && { tags: twin.tags, desired: twin.desired, reported: twin.reported }
    },
    async readPrimaryKey(deviceId) {
      const authentication = (await store.device(name, deviceId))?.authentication
      return authentication?.type === 'sas' ? authentication.primaryKey : undefined
    },
    async remove(deviceId) {
      const device = await store.device(name, deviceId)
      return { changes: device ? [{ delete: 'device', hub: name, deviceId, expect: { etag: device.etag } }] : [] }
    },
  }
}

function creation(order: AssignmentOrder, hub: EmbeddedHub): readonly Change[] {
  const { deviceId, authentication, iotEdge = false, at } = order
  const wish = { status: 'enabled', authentication, iotEdge } as const
  const device = newDevice({ hub: hub.name, deviceId, wish }, { at, random: hub.random })
  return [
    { put: 'device', value: device, expect: 'absent' },
    { put: 'twin', value: freshTwin(deviceId, order, hub), expect: 'absent' },
    ...(iotEdge ? edgeModulesOf(device, [], { at, random: hub.random }) : []),
  ]
}

/** Status and scopes are the operator's and stay (contract/semantics 10.5); an unchanged identity is not written. */
async function update(
  device: HubDevice,
  { authentication, iotEdge = device.iotEdge, at }: AssignmentOrder,
  hub: EmbeddedHub,
): Promise<readonly Change[]> {
  const wanted = authenticationOf(authentication, device.authentication, hub.random)
  if (device.iotEdge === iotEdge && isDeepStrictEqual(device.authentication, wanted)) return []
  const making = { at, random: hub.random }
  const value = updatedDevice(device, wishOf(device, iotEdge, wanted), making)
  const change: Change = { put: 'device', value, expect: { etag: device.etag } }
  if (device.iotEdge === iotEdge) return [change]
  const there = await hub.store.modules(hub.name, device.deviceId)
  return [change, ...(iotEdge ? edgeModulesOf(device, there, making) : withoutEdgeModules(there))]
}

function wishOf(device: HubDevice, iotEdge: boolean, authentication: HubDevice['authentication']): IdentityWish {
  const { status, statusReason, deviceScope, parentScopes } = device
  // a device that becomes an edge device gets a scope of its own, one that ceases to be loses it (contract/iot-hub 4.14)
  return {
    status,
    statusReason,
    authentication,
    iotEdge,
    parentScopes,
    ...(iotEdge === device.iotEdge && { deviceScope }),
  }
}

/** As after a factory reset, or as it was on the hub that the device comes from; versions go on growing. */
function reset(twin: HubTwin, order: AssignmentOrder, hub: EmbeddedHub): readonly Change[] {
  const { tags, desired, reported } = sectionsOf(order)
  const replaced = replaceTwin(twin, { tags, desired }, { at: order.at, random: hub.random })
  const fresh = newTwin({ hub: hub.name, deviceId: twin.deviceId, reported, at: order.at, random: hub.random })
  const value = {
    ...replaced,
    reported: fresh.reported,
    reportedMetadata: fresh.reportedMetadata,
    reportedVersion: twin.reportedVersion + 1,
  }
  return [{ put: 'twin', value, expect: { version: twin.version }, patch: value.desired }]
}

function freshTwin(deviceId: DeviceId, order: AssignmentOrder, { name, random }: EmbeddedHub): HubTwin {
  return newTwin({ hub: name, deviceId, ...sectionsOf(order), at: order.at, random })
}

// contract/semantics 10.7, 10.8
function sectionsOf({ twin }: AssignmentOrder): MovingTwin {
  if (twin.kind === 'moved') return twin.twin
  const { initialTwin } = twin
  return { tags: withoutReserved(initialTwin?.tags), desired: withoutReserved(initialTwin?.desired), reported: {} }
}
