/**
 * The bodies of the service API as they go over the wire. Members that this version does not know are kept: an object
 * that was read, changed and written back loses nothing.
 */

/** A certificate's summary, as answers show it. */
export interface CertificateInfo {
  readonly subjectName: string
  readonly sha1Thumbprint: string
  readonly sha256Thumbprint: string
  readonly issuerName: string
  readonly notBeforeUtc: string
  readonly notAfterUtc: string
  readonly serialNumber: string
  readonly version: number
}

/** Requests carry `certificate` (PEM, or base64 of DER); answers carry only `info`. Sending `info` back keeps what is stored. */
export interface CertificateSlot {
  readonly certificate?: string
  readonly info?: CertificateInfo
}

/** At least one of the two is there. */
export interface CertificatePair {
  readonly primary?: CertificateSlot
  readonly secondary?: CertificateSlot
}

/** Exactly one of the three: a device's own certificate, the signing certificate of a group, or uploaded CA certificates by name. */
export interface X509Attestation {
  readonly clientCertificates?: CertificatePair
  readonly signingCertificates?: CertificatePair
  readonly caReferences?: { readonly primary?: string; readonly secondary?: string }
}

/** Keys are shown in the answer to a write and by `attestationMechanism`, never by `get` or `query`. */
export interface SymmetricKeys {
  readonly primaryKey?: string
  readonly secondaryKey?: string
}

/** What an enrollment demands of a device. {@link attestation} makes them. */
export interface Attestation {
  readonly type: 'x509' | 'symmetricKey' | 'tpm' | 'none'
  readonly x509?: X509Attestation
  readonly symmetricKey?: SymmetricKeys
  readonly tpm?: { readonly endorsementKey: string; readonly storageRootKey?: string }
}

export type ProvisioningStatus = 'enabled' | 'disabled'
export type AllocationPolicy = 'hashed' | 'geoLatency' | 'static' | 'custom'

/** What a device's twin begins with when it is created on its hub. */
export interface InitialTwin {
  readonly tags?: Readonly<Record<string, unknown>>
  readonly properties?: { readonly desired?: Readonly<Record<string, unknown>> }
}

/** What happens when a device that was assigned before registers again. */
export interface ReprovisionPolicy {
  readonly updateHubAssignment: boolean
  readonly migrateDeviceData: boolean
}

/** What both kinds of enrollment have. */
export interface Enrollment {
  readonly attestation: Attestation
  /** Absent: enabled. */
  readonly provisioningStatus?: ProvisioningStatus
  readonly reprovisionPolicy?: ReprovisionPolicy
  /** Absent: that of the service. Needed where `iotHubs` is given. */
  readonly allocationPolicy?: AllocationPolicy
  /** Host names of linked hubs; absent: all of them. */
  readonly iotHubs?: readonly string[]
  /** The older form of a static allocation to one hub. */
  readonly iotHubHostName?: string
  readonly customAllocationDefinition?: { readonly webhookUrl: string; readonly apiVersion: string }
  readonly initialTwin?: InitialTwin
  readonly capabilities?: { readonly iotEdge: boolean }
  /** Set by the service. An object that has one is written with `If-Match`: it replaces this version and no other. */
  readonly etag?: string
  /** Set by the service. */
  readonly createdDateTimeUtc?: string
  /** Set by the service. */
  readonly lastUpdatedDateTimeUtc?: string
}

/** An enrollment for many devices: all whose certificate, or whose derived key, comes from one origin. */
export interface EnrollmentGroup extends Enrollment {
  readonly enrollmentGroupId: string
}

/** An enrollment for one device. */
export interface IndividualEnrollment extends Enrollment {
  readonly registrationId: string
  /** The device id wanted on the hub; absent: the registration id. */
  readonly deviceId?: string
  readonly optionalDeviceInformation?: Readonly<Record<string, unknown>>
  /** Set by the service, in the answer to `get` only. */
  readonly registrationState?: Registration
}

/** A registration record: what became of a device that registered. */
export interface Registration {
  readonly registrationId: string
  readonly status: 'unassigned' | 'assigning' | 'assigned' | 'failed' | 'disabled'
  readonly substatus?:
    | 'initialAssignment'
    | 'deviceDataMigrated'
    | 'deviceDataReset'
    | 'reprovisionedToInitialAssignment'
  readonly assignedHub?: string
  readonly deviceId?: string
  readonly errorCode?: number
  readonly errorMessage?: string
  readonly payload?: unknown
  readonly createdDateTimeUtc?: string
  readonly lastUpdatedDateTimeUtc?: string
  readonly etag?: string
}

export type BulkMode = 'create' | 'update' | 'updateIfMatchETag' | 'delete'

/** One item of a bulk operation that was refused; the others were done. */
export interface BulkError {
  readonly registrationId?: string
  readonly enrollmentGroupId?: string
  readonly errorCode: number
  readonly errorStatus: string
}

export interface BulkResult {
  readonly isSuccessful: boolean
  readonly errors: readonly BulkError[]
}
