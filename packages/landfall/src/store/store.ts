/**
 * The storage contract. Questions are named by what the domain wants to know; writing is a list of changes that
 * happens whole or not at all, and is on disk when `commit` resolves. No rule lives here. Every engine passes the
 * suite in `contract.ts`.
 */
import type { AuditEntry, AuditKind, AuditRecord } from '../audit/entry.ts'
import type { CaCertificate } from '../enrollment/ca-certificate.ts'
import type { EnrollmentGroup, IndividualEnrollment } from '../enrollment/enrollment.ts'
import type { HubConfiguration } from '../hub/configuration.ts'
import type { CloudMessage, Feedback, StoredCloudMessage, StoredFeedback } from '../hub/device/message.ts'
import type { IdentityName } from '../hub/device/named.ts'
import type { HubDevice, HubTwin } from '../hub/device.ts'
import type { HubJob, HubJobDevice, JobCounts } from '../hub/jobs/job.ts'
import type { HubModule, HubModuleTwin, ModulePlace } from '../hub/module.ts'
import type { StoredEvent, TelemetryEvent, TelemetrySpan } from '../hub/telemetry/event.ts'
import type {
  CaKey,
  ConfigurationId,
  DeviceId,
  Etag,
  GroupKey,
  HubName,
  JobId,
  ModuleId,
  OperationId,
  RegistrationKey,
  TrackingId,
} from '../ids.ts'
import type { JsonObject } from '../json.ts'
import type { Attempt } from '../registration/attempt.ts'
import type { Operation, Registration } from '../registration/record.ts'
import type { Instant } from '../system.ts'
import type { Settings } from './settings.ts'

/** What must stand there for the change to happen: nothing, this version, or anything at all (`present`: but something). */
export type Expect = 'absent' | 'present' | 'any' | { readonly etag: Etag }
/** A twin's etag stays when its device reports, its version does not (contract/iot-hub 6.5). */
export type TwinExpect = Expect | { readonly version: number }

/**
 * One change. Etags come with the value; the store compares and keeps them, it never makes them. `put twin` expects
 * against the twin's `etag`, `put device` against the device's. Deleting a device deletes its twin and its modules, a
 * module its twin, a job what became of its devices; deleting a group leaves its registrations (contract/semantics
 * 12.9). What is appended to the audit log stays until the bound forgets it: no change edits or deletes it.
 */
export type Change =
  | { readonly put: 'individual'; readonly value: IndividualEnrollment; readonly expect: Expect }
  | { readonly delete: 'individual'; readonly key: RegistrationKey; readonly expect: Expect }
  | { readonly put: 'group'; readonly value: EnrollmentGroup; readonly expect: Expect }
  | { readonly delete: 'group'; readonly key: GroupKey; readonly expect: Expect }
  | { readonly put: 'caCertificate'; readonly value: CaCertificate; readonly expect: Expect }
  | { readonly delete: 'caCertificate'; readonly key: CaKey; readonly expect: Expect }
  | { readonly put: 'registration'; readonly value: Registration; readonly expect: Expect }
  | { readonly delete: 'registration'; readonly key: RegistrationKey; readonly expect: Expect }
  | { readonly put: 'operation'; readonly value: Operation }
  | { readonly delete: 'operation'; readonly id: OperationId }
  | { readonly put: 'device'; readonly value: HubDevice; readonly expect: Expect }
  | { readonly delete: 'device'; readonly hub: HubName; readonly deviceId: DeviceId; readonly expect: Expect }
  | ({ readonly put: 'twin'; readonly value: HubTwin; readonly expect: TwinExpect } & TwinNews)
  | { readonly delete: 'hub'; readonly hub: HubName }
  | { readonly put: 'settings'; readonly value: Settings; readonly expect: Expect }
  | { readonly append: 'audit'; readonly entry: AuditEntry }
  | BackEndChange
  | HubChange

/** What of a twin was changed, for whoever watches; not stored. */
export interface TwinNews {
  /** Of desired. */
  readonly patch?: JsonObject
  readonly tagged?: JsonObject
  /** Of reported, by its device. */
  readonly told?: JsonObject
  /** The sections were replaced whole. */
  readonly isReplaced?: boolean
}

export type TwinPut = Extract<Change, { put: 'twin' | 'moduleTwin' }>

/** What back ends keep on a hub beside devices. */
export type BackEndChange =
  | { readonly put: 'module'; readonly value: HubModule; readonly expect: Expect }
  | ({ readonly delete: 'module'; readonly expect: Expect } & ModulePlace)
  | ({ readonly put: 'moduleTwin'; readonly value: HubModuleTwin; readonly expect: TwinExpect } & TwinNews)
  | { readonly put: 'configuration'; readonly value: HubConfiguration; readonly expect: Expect }
  | { readonly delete: 'configuration'; readonly hub: HubName; readonly id: ConfigurationId; readonly expect: Expect }
  | { readonly put: 'job'; readonly value: HubJob; readonly expect: Expect }
  | { readonly delete: 'job'; readonly hub: HubName; readonly jobId: JobId; readonly expect: Expect }
  /** In place of what stood there of these devices. */
  | { readonly note: 'jobDevices'; readonly values: readonly HubJobDevice[] }

/**
 * What devices and back ends send each other. Numbers and offsets are given when it is written. Telemetry goes when the
 * bound forgets it, whatever becomes of its device; cloud-to-device messages and feedback go with the device or module.
 */
export type HubChange =
  | {
      readonly append: 'telemetry'
      readonly hub: HubName
      readonly partition: number
      readonly at: Instant
      readonly events: readonly TelemetryEvent[]
    }
  /** Where it is for nobody who is there, it is gone as it would be with a device that is deleted after. */
  | { readonly append: 'cloudMessage'; readonly value: CloudMessage }
  | { readonly append: 'feedback'; readonly value: Feedback }
  /** Those that are there go. */
  | { readonly settle: 'cloudMessages'; readonly ids: readonly string[] }
  | { readonly settle: 'feedback'; readonly numbers: readonly number[] }
  /** Given back: stays where it is in the queue. */
  | { readonly abandon: 'cloudMessage'; readonly id: string; readonly deliveryCount: number }
  | { readonly note: 'presence'; readonly values: readonly StoredPresence[] }
  /** In place of what stood there; none: forgotten. */
  | { readonly note: 'subscriptions'; readonly value: StoredSubscriptions }

/** When a device was last heard of; absent devices are passed over. */
export interface StoredPresence {
  readonly hub: HubName
  readonly deviceId: DeviceId
  readonly changedAt?: Instant
  readonly lastActivityAt?: Instant
  readonly modelId?: string
}

/** What a device, or a module of one, subscribed to and goes on with when it is back. */
export interface StoredSubscriptions {
  readonly hub: HubName
  readonly deviceId: DeviceId
  readonly moduleId?: ModuleId
  /** By what they are of, in the transport's words: the granted quality of service. */
  readonly granted: Readonly<Record<string, 0 | 1>>
}

export type Kind =
  | 'individual'
  | 'group'
  | 'caCertificate'
  | 'registration'
  | 'device'
  | 'twin'
  | 'module'
  | 'moduleTwin'
  | 'configuration'
  | 'job'
  | 'settings'

/** An expectation did not hold; nothing of the list was written. */
export class Conflict extends Error {
  readonly kind: Kind
  readonly key: string
  /** What stands there now; undefined: nothing. */
  readonly found: Etag | undefined

  constructor(kind: Kind, key: string, found: Etag | undefined) {
    super(`${kind} ${key} is not as expected`)
    this.name = 'Conflict'
    this.kind = kind
    this.key = key
    this.found = found
  }
}

/** The disk is full, read-only or broken: nothing was written. The store goes on answering questions, and recovers. */
export class StorageUnavailable extends Error {
  constructor(why: string, options?: { cause?: unknown }) {
    super(why, options)
    this.name = 'StorageUnavailable'
  }
}

/** A condition on a list (contract/service-api 8); text compares without letter case. */
export type Condition =
  | { readonly and: readonly Condition[] }
  | { readonly or: readonly Condition[] }
  | { readonly field: ConditionField; readonly equals: string }
  | { readonly field: ConditionField; readonly startsWith: string }

/** `id`: registration, group or device id. `hub`: for enrollments any of iotHubs, for registrations the assigned one. */
export type ConditionField = 'id' | 'status' | 'attestationType' | 'hub'

/** A page of a list in ascending order of the key, beginning after `after`. */
export interface PageRequest<Key extends string = string> {
  readonly after?: Key
  /** At most this many. */
  readonly limit: number
  /** The page ends with the item that reaches this length, as JSON; absent: however long it is. */
  readonly length?: number
  readonly where?: Condition
}

export interface Page<Item, Key extends string = string> {
  readonly items: readonly Item[]
  /** The key to go on after; absent on the last page, and never there with an empty page (contract/service-api 8.7). */
  readonly next?: Key
}

/** How people look through a list: in an order of their choice, narrowed, and told how long it is. */
export interface BrowseRequest<Key extends string = string, Sort extends BrowseSort = BrowseSort> {
  /** Ties are in order of the key. */
  readonly sort: Sort
  readonly order: 'asc' | 'desc'
  readonly after?: BrowsePlace<Key>
  readonly limit: number
  /** What is absent narrows nothing; text compares without letter case. */
  readonly narrow: Narrowing
}

export type BrowseSort = 'key' | 'created' | 'updated'

export interface Narrowing extends Partial<Readonly<Record<Exclude<ConditionField, 'id'>, string>>> {
  /** Some part of the id. */
  readonly idContains?: string
}

/** Where a page ended. The item itself may be gone: what orders it is all here. */
export interface BrowsePlace<Key extends string = string> {
  readonly key: Key
  /** When it was created, or updated, where that is the order. */
  readonly at?: Instant
}

export interface Browsed<Item, Key extends string = string> {
  readonly items: readonly Item[]
  /** Absent on the last page, and never there with an empty page. */
  readonly next?: BrowsePlace<Key>
  /** Of the whole list as it is narrowed. */
  readonly total: number
  /** False: there are at least so many; counting the rest would cost too much. */
  readonly totalIsExact: boolean
}

/** A stored certificate that may stand above a device's: of a group, an uploaded CA certificate, or both. */
export interface IssuerCertificate {
  /** Base64 DER. */
  readonly der: string
  /** 64 upper-case hex digits. */
  readonly sha256Thumbprint: string
  /** Groups that name it, directly or by a CA reference; ascending. */
  readonly groups: readonly GroupKey[]
  /** Uploaded under these names. */
  readonly cas: readonly { readonly key: CaKey; readonly isVerified: boolean }[]
}

/** Where to look for certificates that enrollments hold themselves; a page goes on after the last item of the one before. */
export interface ExpiryQuestion {
  readonly kind: 'individual' | 'group'
  readonly slot: 'primary' | 'secondary'
  /** ISO 8601 to the second, `Z`, as a certificate's own info has it. */
  readonly until: string
  readonly after?: Pick<ExpiringSlot, 'notAfterUtc' | 'key'>
  readonly limit: number
}

export interface ExpiringSlot {
  readonly key: string
  /** Registration or group id. */
  readonly id: string
  readonly subjectName: string
  readonly notAfterUtc: string
}

/** Names compare without letter case; all conditions have to hold. */
export interface AuditQuestion {
  /** Only entries with a lower number: the next page. */
  readonly before?: number
  readonly limit: number
  readonly kind?: AuditKind
  readonly id?: string
  /** The actor's name. */
  readonly actor?: string
  readonly since?: Instant
  readonly until?: Instant
}

export interface ModulesQuestion {
  readonly hub: HubName
  readonly after?: Pick<HubModule, 'deviceId' | 'moduleId'>
  readonly limit: number
}

export interface JobDevicesQuestion {
  readonly hub: HubName
  /** Absent: of all jobs. */
  readonly jobId?: JobId
  readonly after?: Pick<HubJobDevice, 'jobId' | 'deviceId'>
  readonly limit: number
}

export interface TelemetryQuestion {
  readonly hub: HubName
  readonly partition: number
  /** The number after which to go on. */
  readonly after: number
  readonly limit: number
  readonly bytes: number
}

export type TelemetryPlace = { readonly offset: number } | { readonly enqueuedAt: Instant }

export interface Store {
  settings(): Promise<Settings | undefined>

  individual(key: RegistrationKey): Promise<IndividualEnrollment | undefined>
  individuals(page: PageRequest<RegistrationKey>): Promise<Page<IndividualEnrollment, RegistrationKey>>
  group(key: GroupKey): Promise<EnrollmentGroup | undefined>
  groups(page: PageRequest<GroupKey>): Promise<Page<EnrollmentGroup, GroupKey>>
  browseIndividuals(request: BrowseRequest<RegistrationKey>): Promise<Browsed<IndividualEnrollment, RegistrationKey>>
  browseGroups(request: BrowseRequest<GroupKey>): Promise<Browsed<EnrollmentGroup, GroupKey>>
  /** Every symmetric-key group, ascending by key: the only question whose cost grows with them (contract/semantics 3.8). */
  symmetricKeyGroups(): Promise<readonly EnrollmentGroup[]>

  caCertificate(key: CaKey): Promise<CaCertificate | undefined>
  caCertificates(): Promise<readonly CaCertificate[]>
  /** Groups that name this CA by reference. */
  groupsReferencing(key: CaKey): Promise<readonly GroupKey[]>

  /**
   * Stored certificates with one of these SHA-256 thumbprints (upper-case hex), or whose subject has one of these
   * name hashes (SHA-256 of the normalised name, lower-case hex: x509/names.ts). Costs the length of the question.
   */
  issuerCertificates(question: {
    readonly thumbprints: readonly string[]
    readonly subjectHashes: readonly string[]
  }): Promise<readonly IssuerCertificate[]>

  /** Soonest first, those that have expired among them; a secondary that is the primary is left out. */
  expiringSlots(question: ExpiryQuestion): Promise<readonly ExpiringSlot[]>

  registration(key: RegistrationKey): Promise<Registration | undefined>
  registrations(
    page: PageRequest<RegistrationKey> & { readonly group?: GroupKey },
  ): Promise<Page<Registration, RegistrationKey>>
  /** By id only: a device that registers pays for no other order. */
  browseRegistrations(
    request: BrowseRequest<RegistrationKey, 'key'> & { readonly group?: GroupKey },
  ): Promise<Browsed<Registration, RegistrationKey>>
  /** Those that are there, ascending by key. */
  registrationsOf(keys: readonly RegistrationKey[]): Promise<readonly Registration[]>
  /** By group, how many; `most`: there are at least so many, and no more are looked at. */
  registrationCounts(groups: readonly GroupKey[], most: number): Promise<ReadonlyMap<GroupKey, number>>
  operation(id: OperationId): Promise<Operation | undefined>
  pendingOperations(): Promise<readonly Operation[]>

  device(hub: HubName, deviceId: DeviceId): Promise<HubDevice | undefined>
  /** Ascending without letter case; ids that differ in nothing else, one after the other. */
  devices(hub: HubName, page: PageRequest<DeviceId>): Promise<Page<HubDevice, DeviceId>>
  deviceCounts(hub: HubName): Promise<{ readonly total: number; readonly enabled: number }>
  twin(hub: HubName, deviceId: DeviceId): Promise<HubTwin | undefined>

  module(place: ModulePlace): Promise<HubModule | undefined>
  /** Of one device, ascending. */
  modules(hub: HubName, deviceId: DeviceId): Promise<readonly HubModule[]>
  /** Of the whole hub, by device and module id; a page goes on after the last item of the one before. */
  modulesOfHub(question: ModulesQuestion): Promise<readonly HubModule[]>
  moduleTwin(place: ModulePlace): Promise<HubModuleTwin | undefined>

  configuration(hub: HubName, id: ConfigurationId): Promise<HubConfiguration | undefined>
  /** Ascending by id. */
  configurations(hub: HubName): Promise<readonly HubConfiguration[]>

  job(hub: HubName, jobId: JobId): Promise<HubJob | undefined>
  /** Ascending by id; a page goes on after that one. */
  jobs(question: { readonly hub: HubName; readonly after?: JobId; readonly limit: number }): Promise<readonly HubJob[]>
  /** Queued or running, of all hubs. */
  openJobs(): Promise<readonly HubJob[]>
  jobDevice(hub: HubName, jobId: JobId, deviceId: DeviceId): Promise<HubJobDevice | undefined>
  /** By job and device id. */
  jobDevices(question: JobDevicesQuestion): Promise<readonly HubJobDevice[]>
  jobCounts(hub: HubName, jobId: JobId): Promise<JobCounts>

  presence(hub: HubName, deviceId: DeviceId): Promise<StoredPresence | undefined>
  subscriptions(of: Omit<StoredSubscriptions, 'granted'>): Promise<StoredSubscriptions | undefined>

  /** Oldest first, ending with the one that reaches `bytes`. */
  telemetry(question: TelemetryQuestion): Promise<readonly StoredEvent[]>
  telemetrySpan(hub: HubName, partition: number): Promise<TelemetrySpan>
  /** The number of the last event at or before that place; one less than the oldest where all are behind it. */
  telemetryPlace(hub: HubName, partition: number, place: TelemetryPlace): Promise<number>

  /** Of one device or module, oldest first. */
  cloudMessages(question: IdentityName & { readonly limit: number }): Promise<readonly StoredCloudMessage[]>
  cloudMessageCount(of: IdentityName): Promise<number>
  /** Of all hubs, those that expired at or before `at`, soonest first. */
  expiredCloudMessages(at: Instant, limit: number): Promise<readonly StoredCloudMessage[]>
  /** Of one hub, oldest first. */
  feedback(hub: HubName, limit: number): Promise<readonly StoredFeedback[]>

  attempt(trackingId: TrackingId): Promise<Attempt | undefined>
  /** Newest first. */
  attempts(question: { readonly key?: RegistrationKey; readonly limit: number }): Promise<readonly Attempt[]>

  /** Newest first. */
  audit(question: AuditQuestion): Promise<readonly AuditRecord[]>
  /** 32 bytes of chance, made with the store and never shown: the audit's fingerprints of secrets are made with it. */
  auditKey(): Promise<Uint8Array>

  /** Counts for metrics and pages. */
  counts(): Promise<{ readonly individuals: number; readonly groups: number; readonly registrations: number }>

  /**
   * All or none, with every expectation met; resolved means: on disk. Lists that wait at the same time share one
   * durable write. Rejects with Conflict or StorageUnavailable.
   */
  commit(changes: readonly Change[]): Promise<void>

  /** Remembers attempts soon, in batches, within a bound; makes nobody wait and never fails the caller. */
  note(attempt: Attempt): void

  /** Whether the last write succeeded; `why` where not. */
  health(): { readonly writable: boolean; readonly why?: string }

  /** What waits is written first. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** How much of what only grows an engine keeps, and for how long; the oldest goes first. */
export interface ForgetBound {
  readonly attempts: number
  readonly attemptAgeMs: number
  readonly auditEntries: number
  readonly auditAgeMs: number
  /** Of all hubs together. */
  readonly telemetryBytes: number
  readonly telemetryAgeMs: number
  /** Feedback that nobody fetched. */
  readonly feedbacks: number
}
