/** The instance's own settings: one document, changed as a whole under its etag. */
import type { Etag, HubName } from '../ids.ts'
import type { HubRight, ServiceRight, SharedAccessPolicy } from '../sas/policy.ts'
import type { Instant } from '../system.ts'

interface HubSettingBase {
  /** The host name devices dial. */
  readonly name: HubName
  /** 1 to 1000; absent: 1 (contract/management 4.5). */
  readonly allocationWeight?: number
  /** Absent: true. */
  readonly applyAllocationPolicy?: boolean
  readonly location?: string
}

export interface EmbeddedHubSetting extends HubSettingBase {
  readonly kind: 'embedded'
  readonly policies: readonly SharedAccessPolicy<HubRight>[]
  /** False: the hub exists, but provisioning does not assign to it. */
  readonly linked: boolean
}

export interface AzureHubSetting extends HubSettingBase {
  readonly kind: 'azure'
  readonly connectionString: string
  readonly linked: true
}

export type HubSetting = EmbeddedHubSetting | AzureHubSetting

export interface Settings {
  readonly idScope: string
  readonly serviceName: string
  readonly policies: readonly SharedAccessPolicy<ServiceRight>[]
  readonly hubs: readonly HubSetting[]
  readonly allocationPolicy: 'hashed' | 'geoLatency' | 'static'
  readonly createdAt: Instant
  readonly etag: Etag
}
