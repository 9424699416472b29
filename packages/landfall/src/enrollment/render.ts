/** Enrollments as the wire shows them (contract/service-api 7): members in its order, absent ones left out. */
import type { JsonObject } from '../json.ts'
import type { CertificateInfo } from '../x509/certificate.ts'
import type { Attestation, EnrolledCertificate, Enrollment, InitialTwin } from './enrollment.ts'

export interface View {
  /** Symmetric keys are shown by PUT and by the attestation mechanism only (contract/service-api 1.4). */
  readonly keys: 'shown' | 'hidden'
  /** Only where one individual enrollment is read (contract/service-api 7.1). */
  readonly registrationState?: JsonObject
}

export function renderEnrollment(enrollment: Enrollment, view: View): JsonObject {
  return present({
    ...identity(enrollment, view),
    attestation: renderAttestation(enrollment.attestation, view.keys),
    capabilities: enrollment.capabilities,
    iotHubHostName: enrollment.iotHubHostName,
    initialTwin: enrollment.initialTwin && renderTwin(enrollment.initialTwin),
    etag: enrollment.etag,
    provisioningStatus: enrollment.provisioningStatus,
    reprovisionPolicy: enrollment.reprovisionPolicy && { ...enrollment.reprovisionPolicy },
    createdDateTimeUtc: new Date(enrollment.createdAt).toISOString(),
    lastUpdatedDateTimeUtc: new Date(enrollment.updatedAt).toISOString(),
    allocationPolicy: enrollment.allocationPolicy,
    iotHubs: enrollment.iotHubs,
    customAllocationDefinition: enrollment.customAllocationDefinition,
    ...enrollment.extra,
  })
}

function identity(enrollment: Enrollment, view: View): JsonObject {
  if (enrollment.kind === 'group') return { enrollmentGroupId: enrollment.groupId }
  return {
    registrationId: enrollment.registrationId,
    deviceId: enrollment.deviceId,
    registrationState: view.registrationState,
    optionalDeviceInformation: enrollment.optionalDeviceInformation,
  }
}

export function renderAttestation(attestation: Attestation, keys: View['keys']): JsonObject {
  const { type } = attestation
  if (type === 'symmetricKey') {
    const { primaryKey, secondaryKey } = attestation
    return keys === 'shown' ? { type, symmetricKey: { primaryKey, secondaryKey } } : { type }
  }
  if (type === 'tpm') {
    const { endorsementKey, storageRootKey } = attestation
    return { type, tpm: present({ endorsementKey, storageRootKey }) }
  }
  const { kind, primary, secondary } = attestation
  const slots = { primary: renderSlot(primary), secondary: renderSlot(secondary) }
  return { type, x509: { [kind]: present(slots) } }
}

/** Certificates are write-only: answers carry the info block alone, always whole (contract/service-api 1.5, 7.7). */
function renderSlot(slot: EnrolledCertificate | string | undefined): JsonObject | string | undefined {
  return typeof slot === 'object' ? { info: renderInfo(slot.info) } : slot
}

const renderInfo = (info: CertificateInfo): JsonObject => ({
  subjectName: info.subjectName,
  sha1Thumbprint: info.sha1Thumbprint,
  sha256Thumbprint: info.sha256Thumbprint,
  issuerName: info.issuerName,
  notBeforeUtc: info.notBeforeUtc,
  notAfterUtc: info.notAfterUtc,
  serialNumber: info.serialNumber,
  version: info.version,
})

const renderTwin = ({ tags, desired }: InitialTwin): JsonObject => present({ tags, properties: desired && { desired } })

/** Absent members are left out rather than sent as null (contract/service-api 7). */
function present(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
