/** How a module and its twin are shown over the service API (contract/iot-hub 5.1, 6.2). */
import type { JsonObject } from '../json.ts'
import type { HubTwin } from './device.ts'
import type { HubModule } from './module.ts'
import { authenticationView, connectionOf, localTime, sectionsView, thumbprintView, unseen } from './views.ts'

export function moduleView(module: HubModule, sighting = unseen): JsonObject {
  return {
    moduleId: module.moduleId,
    managedBy: module.managedBy ?? null,
    deviceId: module.deviceId,
    generationId: module.generationId,
    etag: module.etag,
    ...connectionOf(sighting),
    connectionStateUpdatedTime: localTime(sighting.changedAt),
    lastActivityTime: localTime(sighting.lastActivityAt),
    authentication: authenticationView(module.authentication),
  }
}

/** A module has no status of its own: it may what its device may. */
export function moduleTwinView(module: HubModule, twin: HubTwin, sighting = unseen): JsonObject {
  return {
    deviceId: module.deviceId,
    moduleId: module.moduleId,
    etag: twin.etag,
    deviceEtag: module.etag,
    status: 'enabled',
    statusUpdateTime: `${localTime(undefined)}Z`,
    ...connectionOf(sighting),
    lastActivityTime: `${localTime(sighting.lastActivityAt)}Z`,
    authenticationType: module.authentication.type,
    x509Thumbprint: thumbprintView(module.authentication),
    modelId: sighting.modelId ?? '',
    version: twin.version,
    ...sectionsView(twin),
  }
}
