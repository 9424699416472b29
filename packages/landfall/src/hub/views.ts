/** How a device and its twin are shown over the service API (contract/iot-hub 4.5, 6.2). */
import type { JsonObject } from '../json.ts'
import type { Instant } from '../system.ts'
import type { DeviceBackEnd, Presence } from './device/back-end.ts'
import type { IdentityName } from './device/named.ts'
import type { DeviceAuthentication, HubDevice, HubTwin } from './device.ts'

const never = '0001-01-01T00:00:00'

/** The times of an identity carry no zone, those of a twin do. */
export const localTime = (at: Instant | undefined) =>
  at === undefined ? never : new Date(at).toISOString().slice(0, -1)

/** What is known of a device beside what is stored of it. */
export interface Sighting extends Presence {
  readonly cloudMessages: number
}

export const unseen: Sighting = { isConnected: false, cloudMessages: 0 }

export const connectionOf = ({ isConnected, cloudMessages }: Sighting) => ({
  connectionState: isConnected ? 'Connected' : 'Disconnected',
  cloudToDeviceMessageCount: cloudMessages,
})

export function identityView(device: HubDevice, sighting = unseen): JsonObject {
  return {
    deviceId: device.deviceId,
    generationId: device.generationId,
    etag: device.etag,
    status: device.status,
    statusReason: device.statusReason ?? null,
    ...connectionOf(sighting),
    connectionStateUpdatedTime: localTime(sighting.changedAt),
    statusUpdatedTime: localTime(device.statusUpdatedAt),
    lastActivityTime: localTime(sighting.lastActivityAt),
    authentication: authenticationView(device.authentication),
    capabilities: { iotEdge: device.iotEdge },
    deviceScope: device.deviceScope,
    parentScopes: device.parentScopes ?? [],
  }
}

export function authenticationView(authentication: DeviceAuthentication): JsonObject {
  const { primaryKey = null, secondaryKey = null } = authentication.type === 'sas' ? authentication : {}
  return {
    symmetricKey: { primaryKey, secondaryKey },
    x509Thumbprint: thumbprintView(authentication),
    type: authentication.type,
  }
}

export function thumbprintView(authentication: DeviceAuthentication): JsonObject {
  const { primaryThumbprint = null, secondaryThumbprint = null } =
    authentication.type === 'selfSigned' ? authentication : {}
  return { primaryThumbprint, secondaryThumbprint }
}

export function twinView(device: HubDevice, twin: HubTwin, sighting = unseen): JsonObject {
  return {
    deviceId: device.deviceId,
    etag: twin.etag,
    deviceEtag: device.etag,
    status: device.status,
    statusReason: device.statusReason,
    statusUpdateTime: `${localTime(device.statusUpdatedAt)}Z`,
    ...connectionOf(sighting),
    lastActivityTime: `${localTime(sighting.lastActivityAt)}Z`,
    authenticationType: device.authentication.type,
    x509Thumbprint: thumbprintView(device.authentication),
    modelId: sighting.modelId ?? '',
    version: twin.version,
    ...sectionsView(twin),
    capabilities: { iotEdge: device.iotEdge },
    deviceScope: device.deviceScope,
    parentScopes: device.parentScopes,
  }
}

export function sectionsView(twin: HubTwin): JsonObject {
  return {
    // the cloud shows none rather than empty ones: `az iot hub device-twin` is tested for it
    ...(Object.keys(twin.tags).length > 0 && { tags: twin.tags }),
    properties: {
      desired: { ...twin.desired, $metadata: twin.desiredMetadata, $version: twin.desiredVersion },
      reported: { ...twin.reported, $metadata: twin.reportedMetadata, $version: twin.reportedVersion },
    },
  }
}

/** Of a device, or of one of its modules. */
export async function sightingOf(devices: DeviceBackEnd, { hub, deviceId, moduleId }: IdentityName): Promise<Sighting> {
  const of = { hub, deviceId, moduleId }
  const [presence, cloudMessages] = await Promise.all([devices.presenceOf(of), devices.cloudMessageCount(of)])
  return { ...presence, cloudMessages }
}
