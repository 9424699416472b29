/** What the engine needs of a hub; `link/` fulfils it for the embedded hub, a real IoT Hub and others. */
import type { InitialTwin } from '../enrollment/enrollment.ts'
import type { DeviceAuthentication } from '../hub/device.ts'
import type { DeviceId, HubName } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import type { Settings } from '../store/settings.ts'
import type { Change } from '../store/store.ts'
import type { Instant } from '../system.ts'

/** The facts of a linked hub that allocation looks at. */
export interface LinkedHub {
  readonly name: HubName
  /** 1 to 1000. */
  readonly weight: number
  readonly applyAllocationPolicy: boolean
  readonly location?: string
}

/** A twin on its way from one hub to another, without `$` members. */
export interface MovingTwin {
  readonly tags: JsonObject
  readonly desired: JsonObject
  readonly reported: JsonObject
}

/**
 * What the hub is to know a device by. Of `sas`, a key that is empty is made there; without keys, those that are there
 * stay, or are made.
 */
export type WantedAuthentication =
  | DeviceAuthentication
  | { readonly type: 'sas'; readonly primaryKey?: undefined; readonly secondaryKey?: undefined }

export interface AssignmentOrder {
  readonly deviceId: DeviceId
  readonly authentication: WantedAuthentication
  /** Absent: leave what is there, false for a new device. */
  readonly iotEdge?: boolean
  /** What the twin of a device that is *new* on this hub begins with. An existing twin is kept, unless `resetTwin`. */
  readonly twin:
    | { readonly kind: 'initial'; readonly initialTwin?: InitialTwin }
    | { readonly kind: 'moved'; readonly twin: MovingTwin }
  readonly resetTwin: boolean
  readonly at: Instant
}

/**
 * An embedded hub does its part in the same durable write as the record: it gives back changes. A remote hub has
 * already done it when the promise resolves, and gives back none. Throws ProvisioningError `hub_refused` or
 * `hub_unreachable`.
 */
export interface HubLink {
  readonly name: HubName
  readonly remote: boolean
  /** Writes or updates the identity, credentials and twin; `existed` tells whether the identity was there. */
  assign(order: AssignmentOrder): Promise<{ readonly changes: readonly Change[]; readonly existed: boolean }>
  /** The twin to migrate; undefined where the device is not there. */
  readTwin(deviceId: DeviceId): Promise<MovingTwin | undefined>
  /** Of a device that signs with it; undefined where there is no such device. Base64. */
  readPrimaryKey(deviceId: DeviceId): Promise<string | undefined>
  /** Removing what is not there is success. */
  remove(deviceId: DeviceId): Promise<{ readonly changes: readonly Change[] }>
}

export interface Hubs {
  /** In the order of linking. `settings` spares reading them where they are at hand. */
  linked(settings?: Settings): Promise<readonly LinkedHub[]>
  open(name: HubName, settings?: Settings): Promise<HubLink | undefined>
}
