/** The instance's own settings: one document, changed as a whole under its etag. */
import type { Etag, HubName } from '../ids.ts'
import type { JsonObject } from '../json.ts'
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

/** What a token lets its bearer do (contract/management 6.4; access/roles.ts). */
export type Role = 'reader' | 'contributor' | 'data-owner'

/** A program, or a person, that comes in by a secret of its own. */
export interface Principal {
  /** The client id of `az login --service-principal`. */
  readonly id: string
  readonly name: string
  readonly roles: readonly Role[]
  /** Base64; the secret itself is shown once and kept nowhere. */
  readonly secretSha256: string
  readonly createdAt: Instant
  readonly expiresAt?: Instant
}

/** What our own bearer tokens are signed with. */
export interface SigningKey {
  readonly kid: string
  /** ES256, private. */
  readonly jwk: Readonly<Record<string, string>>
  readonly createdAt: Instant
}

/** What the management API is told of the service and gives back (contract/management 3.2). */
export interface ResourceSettings {
  readonly location?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly capacity?: number
  readonly identity?: JsonObject
  /** Members of `properties` that clients set; all but `disableLocalAuth` have no effect here. */
  readonly properties?: JsonObject
}

export interface Settings {
  readonly idScope: string
  readonly serviceName: string
  readonly policies: readonly SharedAccessPolicy<ServiceRight>[]
  readonly hubs: readonly HubSetting[]
  readonly allocationPolicy: 'hashed' | 'geoLatency' | 'static'
  readonly createdAt: Instant
  readonly etag: Etag
  /** Absent: nobody. */
  readonly tokens?: readonly Principal[]
  /** The newest first; made when the first token is asked for. */
  readonly signingKeys?: readonly SigningKey[]
  /** Base64; what TPM challenges are made of. A start makes it where there is none. */
  readonly tpmSecret?: string
  /** Absent: as every new service is. */
  readonly resource?: ResourceSettings
}
