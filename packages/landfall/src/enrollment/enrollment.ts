/** What an enrollment is (contract/semantics 2, contract/service-api 7). */
import type { CaName, DeviceId, Etag, GroupId, GroupKey, HubName, RegistrationId, RegistrationKey } from '../ids.ts'
import type { Json, JsonObject } from '../json.ts'
import type { Instant } from '../system.ts'
import type { CertificateInfo } from '../x509/certificate.ts'

export type AllocationPolicy = 'hashed' | 'geoLatency' | 'static' | 'custom'
export type ProvisioningStatus = 'enabled' | 'disabled'

/** A certificate as an enrollment keeps it: the whole thing, and what answers show of it. */
export interface EnrolledCertificate {
  /** Base64 of the DER, without line breaks. */
  readonly der: string
  readonly info: CertificateInfo
}

export interface SymmetricKeyAttestation {
  readonly type: 'symmetricKey'
  /** Base64 of 16 to 64 bytes (contract/semantics 6.1). */
  readonly primaryKey: string
  readonly secondaryKey: string
}

export interface TpmAttestation {
  readonly type: 'tpm'
  /** Base64 of TPM2B_PUBLIC or TPMT_PUBLIC, as it was given. */
  readonly endorsementKey: string
  readonly storageRootKey?: string
}

/** A device's own certificate: individual enrollments only. At least one slot is filled. */
export interface ClientCertificatesAttestation {
  readonly type: 'x509'
  readonly kind: 'clientCertificates'
  readonly primary?: EnrolledCertificate
  readonly secondary?: EnrolledCertificate
}

/** The signing certificate of the devices of a group: groups only. At least one slot is filled. */
export interface SigningCertificatesAttestation {
  readonly type: 'x509'
  readonly kind: 'signingCertificates'
  readonly primary?: EnrolledCertificate
  readonly secondary?: EnrolledCertificate
}

/** Uploaded CA certificates by name: groups and individuals. At least one slot is filled. */
export interface CaReferencesAttestation {
  readonly type: 'x509'
  readonly kind: 'caReferences'
  readonly primary?: CaName
  readonly secondary?: CaName
}

export type X509Attestation = ClientCertificatesAttestation | SigningCertificatesAttestation | CaReferencesAttestation
export type Attestation = SymmetricKeyAttestation | TpmAttestation | X509Attestation

export interface ReprovisionPolicy {
  readonly updateHubAssignment: boolean
  readonly migrateDeviceData: boolean
}

export interface InitialTwin {
  readonly tags?: JsonObject
  readonly desired?: JsonObject
}

interface EnrollmentBase {
  readonly etag: Etag
  readonly attestation: Attestation
  readonly provisioningStatus: ProvisioningStatus
  /** Absent: as if both were true, but for devices of api-version 2018-04-01 and older (contract/semantics 11.3). */
  readonly reprovisionPolicy?: ReprovisionPolicy
  /** Absent: the instance's. */
  readonly allocationPolicy?: AllocationPolicy
  /** Candidates; absent or empty: all linked hubs. */
  readonly iotHubs?: readonly HubName[]
  /** The older field (contract/semantics 8.7), echoed if it was sent. */
  readonly iotHubHostName?: HubName
  readonly initialTwin?: InitialTwin
  readonly capabilities?: { readonly iotEdge: boolean }
  readonly customAllocationDefinition?: { readonly webhookUrl: string; readonly apiVersion: string }
  readonly createdAt: Instant
  readonly updatedAt: Instant
  /** Members of newer api-versions, kept and returned as they came (contract/service-api 7.12). */
  readonly extra?: { readonly [member: string]: Json | undefined }
}

export interface IndividualEnrollment extends EnrollmentBase {
  readonly kind: 'individual'
  readonly registrationId: RegistrationId
  readonly key: RegistrationKey
  /** The device id wanted on the hub; absent: the registration id. */
  readonly deviceId?: DeviceId
  readonly optionalDeviceInformation?: JsonObject
}

export interface EnrollmentGroup extends EnrollmentBase {
  readonly kind: 'group'
  readonly groupId: GroupId
  readonly key: GroupKey
}

export type Enrollment = IndividualEnrollment | EnrollmentGroup

/** The id in the words of whoever made it. */
export const idOf = (enrollment: Enrollment): string =>
  enrollment.kind === 'individual' ? enrollment.registrationId : enrollment.groupId
