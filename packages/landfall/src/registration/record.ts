/** What lasts of a registration: the registration record (contract/semantics 12), and operations under way. */
import type {
  DeviceId,
  Etag,
  GroupId,
  GroupKey,
  HubName,
  OperationId,
  RegistrationId,
  RegistrationKey,
} from '../ids.ts'
import type { JsonObject } from '../json.ts'
import type { Instant } from '../system.ts'

export type RegistrationStatus = 'assigning' | 'assigned' | 'failed' | 'disabled'
export type Substatus =
  | 'initialAssignment'
  | 'deviceDataMigrated'
  | 'deviceDataReset'
  | 'reprovisionedToInitialAssignment'
export type AttestationType = 'symmetricKey' | 'tpm' | 'x509'

/** Where a device was last let in; kept through later failures, so that a move knows the old hub (contract/semantics 11.10). */
export interface Assignment {
  readonly hub: HubName
  readonly deviceId: DeviceId
  readonly substatus: Substatus
  readonly at: Instant
}

/** contract/device-api-amqp-tpm 10.5.4: what its polls are judged by, and its hub key is wrapped for. */
export interface RecordedTpm {
  /** Hex. */
  readonly endorsementKeySha256: string
  /** Base64 of TPM2B_PUBLIC. */
  readonly storageRootKey: string
}

export interface Registration {
  /** As first written. */
  readonly registrationId: RegistrationId
  readonly key: RegistrationKey
  readonly attestation: AttestationType
  /** The enrollment group it came in by; absent: an individual enrollment. */
  readonly group?: { readonly key: GroupKey; readonly id: GroupId }
  /** Of a device that came in by its TPM. */
  readonly tpm?: RecordedTpm
  readonly status: RegistrationStatus
  readonly substatus?: Substatus
  readonly assignedHub?: HubName
  readonly deviceId?: DeviceId
  readonly errorCode?: number
  readonly errorMessage?: string
  /** What custom allocation returned. */
  readonly payload?: JsonObject
  /** The last good assignment; equals the one shown while status is assigned. */
  readonly lastAssignment?: Assignment
  /** Newest last; readable for 24 hours (contract/semantics 12.11). */
  readonly operations: readonly { readonly id: OperationId; readonly at: Instant }[]
  readonly createdAt: Instant
  readonly updatedAt: Instant
  readonly etag: Etag
}

/** Work on a remote hub: on disk before it is begun, resumed after a crash; doing it twice is harmless. */
export interface Operation {
  readonly id: OperationId
  readonly key: RegistrationKey
  readonly startedAt: Instant
  /** What is needed to carry on, made and read by `registration/operation.ts` only. Never a private key. */
  readonly work: JsonObject
}
