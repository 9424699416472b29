/** What becomes of a device identity that is wished for (contract/iot-hub 4). */
import { type DeviceId, type HubName, makeEtag } from '../ids.ts'
import { generateKey } from '../sas/key.ts'
import type { Instant, Random } from '../system.ts'
import type { DeviceAuthentication, HubDevice } from './device.ts'
import { hubKeyBytes } from './hubs.ts'
import type { IdentityWish, WishedAuthentication } from './identity-wish.ts'
import { invalid } from './refusal.ts'

export interface Making {
  readonly at: Instant
  readonly random: Random
}

export interface NewIdentity {
  readonly hub: HubName
  readonly deviceId: DeviceId
  readonly wish: IdentityWish
}

export function newDevice({ hub, deviceId, wish }: NewIdentity, making: Making): HubDevice {
  const generationId = ticksOf(making)
  if (wish.iotEdge && wish.deviceScope)
    throw invalid('The scope of an edge device is assigned by the hub. Name its parent in parentScopes.')
  return {
    hub,
    deviceId,
    generationId,
    etag: makeEtag(making.random),
    status: wish.status,
    statusReason: wish.statusReason,
    authentication: authenticationOf(wish.authentication, undefined, making.random),
    iotEdge: wish.iotEdge,
    ...scopesOf(deviceId, generationId, wish),
    createdAt: making.at,
  }
}

/** An update is a replacement (contract/iot-hub 4.8), but for keys that are not named and the edge scope. */
export function updatedDevice(before: HubDevice, wish: IdentityWish, making: Making): HubDevice {
  const { hub, deviceId, generationId, createdAt } = before
  const own = edgeScope(deviceId, generationId)
  if (wish.iotEdge && wish.deviceScope && wish.deviceScope !== own)
    throw invalid(`The scope of the edge device "${deviceId}" cannot be changed. Send it as it was read.`)
  return {
    hub,
    deviceId,
    generationId,
    etag: makeEtag(making.random),
    status: wish.status,
    statusReason: wish.statusReason,
    statusUpdatedAt: wish.status === before.status ? before.statusUpdatedAt : making.at,
    authentication: authenticationOf(wish.authentication, before.authentication, making.random),
    iotEdge: wish.iotEdge,
    ...scopesOf(deviceId, generationId, wish),
    createdAt,
  }
}

export function authenticationOf(
  wish: WishedAuthentication | undefined,
  stored: DeviceAuthentication | undefined,
  random: Random,
): DeviceAuthentication {
  const wanted = wish ?? stored ?? { type: 'sas' }
  if (wanted.type !== 'sas') return wanted
  const kept = stored?.type === 'sas' ? stored : undefined
  return {
    type: 'sas',
    primaryKey: (wanted.primaryKey ?? kept?.primaryKey) || generateKey(random, hubKeyBytes),
    secondaryKey: (wanted.secondaryKey ?? kept?.secondaryKey) || generateKey(random, hubKeyBytes),
  }
}

/** An edge device has a scope of its own, a leaf has its parent's (contract/iot-hub 4.14). */
function scopesOf(deviceId: DeviceId, generationId: string, { iotEdge, deviceScope, parentScopes }: IdentityWish) {
  const own = edgeScope(deviceId, generationId)
  if (iotEdge) return { deviceScope: own, parentScopes }
  const parent = deviceScope === own ? undefined : (deviceScope ?? parentScopes?.[0])
  return parent ? { deviceScope: parent, parentScopes: [parent] } : {}
}

/** The scope that the hub assigns to an edge device, from its generation. */
const edgeScope = (deviceId: DeviceId, generationId: string) => `ms-azure-iot-edge://${deviceId}-${generationId}`

/** 100 ns since the year 1, as the cloud's; the last four digits by chance, for two creations in one millisecond. */
export function ticksOf({ at, random }: Making): string {
  const [high = 0, low = 0] = random.bytes(2)
  return String(BigInt(at) * 10_000n + 621_355_968_000_000_000n + BigInt(((high << 8) | low) % 10_000))
}
