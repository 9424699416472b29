/** A device identity and its twin, as the embedded hub keeps them (contract/iot-hub 4, 6). */
import type { DeviceId, Etag, HubName } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import type { Instant } from '../system.ts'

export type DeviceAuthentication =
  | { readonly type: 'sas'; readonly primaryKey: string; readonly secondaryKey: string }
  /** Upper-case hex: SHA-256 (64) or SHA-1 (40 digits). */
  | { readonly type: 'selfSigned'; readonly primaryThumbprint?: string; readonly secondaryThumbprint?: string }
  | { readonly type: 'certificateAuthority' }
  | { readonly type: 'none' }

export interface HubDevice {
  readonly hub: HubName
  readonly deviceId: DeviceId
  /** New at each creation. */
  readonly generationId: string
  readonly etag: Etag
  readonly status: 'enabled' | 'disabled'
  readonly statusReason?: string
  readonly statusUpdatedAt?: Instant
  readonly authentication: DeviceAuthentication
  readonly iotEdge: boolean
  readonly deviceScope?: string
  readonly parentScopes?: readonly string[]
  readonly createdAt: Instant
}

/** `desired` and `reported` without `$version` and `$metadata`; versions stand beside them. */
export interface HubTwin {
  readonly hub: HubName
  readonly deviceId: DeviceId
  /** Of tags and desired (contract/iot-hub 6.5). */
  readonly etag: Etag
  /** Grows with every change of the twin. */
  readonly version: number
  readonly tags: JsonObject
  readonly desired: JsonObject
  readonly desiredVersion: number
  readonly desiredMetadata: JsonObject
  readonly reported: JsonObject
  readonly reportedVersion: number
  readonly reportedMetadata: JsonObject
}
