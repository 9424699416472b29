/** Enrollment groups and individual enrollments: lists from the portal's own API, the rest by the public service API. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { ask, call } from './call.ts'
import type { CertificateInfo } from './certificates.ts'
import type { JsonObject } from './json.ts'
import { useCursorList } from './list.ts'
import { path } from './path.ts'
import { queryClient } from './query-client.ts'
import type { RegistrationView } from './registrations.ts'

export type EnrollmentKind = 'group' | 'individual'
export type EnrollmentAllocation = 'hashed' | 'geoLatency' | 'static' | 'custom'
export type AttestationType = 'x509' | 'symmetricKey' | 'tpm'

/** A row of a list. */
export interface EnrollmentRow {
  readonly id: string
  readonly registrationId?: string
  readonly deviceId?: string
  readonly attestation: AttestationType
  readonly attestationKind?: string
  readonly status: 'enabled' | 'disabled'
  readonly allocationPolicy?: EnrollmentAllocation
  readonly iotHubs?: readonly string[]
  readonly createdDateTimeUtc: string
  readonly lastUpdatedDateTimeUtc: string
  readonly etag: string
  /** Of a group, for those who may see records. */
  readonly registrations?: number
  /** False: there are more. */
  readonly registrationsAreExact?: boolean
  /** Of an individual enrollment whose device has registered. */
  readonly assignedHub?: string
}

export interface EnrollmentsQuery {
  readonly search?: string
  readonly status?: string
  readonly attestation?: string
  readonly hub?: string
  readonly sort?: string
  readonly order?: 'asc' | 'desc'
}

/** A certificate that is sent (`certificate`: PEM or base64 DER) or shown (`info`). */
export interface CertificateSlot {
  readonly certificate?: string
  readonly info?: CertificateInfo
}

export interface Attestation {
  readonly type: AttestationType
  readonly symmetricKey?: { readonly primaryKey?: string; readonly secondaryKey?: string }
  readonly tpm?: { readonly endorsementKey: string; readonly storageRootKey?: string }
  readonly x509?: {
    readonly clientCertificates?: { readonly primary?: CertificateSlot; readonly secondary?: CertificateSlot }
    readonly signingCertificates?: { readonly primary?: CertificateSlot; readonly secondary?: CertificateSlot }
    readonly caReferences?: { readonly primary?: string; readonly secondary?: string }
  }
}

interface EnrollmentMembers {
  readonly attestation: Attestation
  readonly capabilities?: { readonly iotEdge: boolean }
  readonly iotHubHostName?: string
  readonly initialTwin?: {
    readonly tags?: JsonObject
    readonly properties?: { readonly desired?: JsonObject }
  }
  readonly etag?: string
  readonly provisioningStatus?: 'enabled' | 'disabled'
  readonly reprovisionPolicy?: { readonly updateHubAssignment: boolean; readonly migrateDeviceData: boolean }
  readonly createdDateTimeUtc?: string
  readonly lastUpdatedDateTimeUtc?: string
  readonly allocationPolicy?: EnrollmentAllocation
  readonly iotHubs?: readonly string[]
  readonly customAllocationDefinition?: { readonly webhookUrl: string; readonly apiVersion: string }
}

export interface GroupView extends EnrollmentMembers {
  readonly enrollmentGroupId: string
}

export interface IndividualView extends EnrollmentMembers {
  readonly registrationId: string
  readonly deviceId?: string
  readonly registrationState?: RegistrationView
  readonly optionalDeviceInformation?: JsonObject
}

/** The word for each kind, as addresses and query keys have it. */
const words = {
  group: { list: '/landfall/enrollments/groups', key: 'groups', one: 'enrollmentGroups', id: 'enrollmentGroupId' },
  individual: {
    list: '/landfall/enrollments/individual',
    key: 'individuals',
    one: 'enrollments',
    id: 'registrationId',
  },
} as const

const addressOf = (kind: EnrollmentKind, id: string) => `/${words[kind].one}/${encodeURIComponent(id)}`

export const useEnrollments = (kind: EnrollmentKind, query: EnrollmentsQuery) =>
  useCursorList<EnrollmentRow>([words[kind].key, 'list'], words[kind].list, { ...query })

export type EnrollmentView = GroupView | IndividualView

export const idOf = (enrollment: EnrollmentView): string =>
  'enrollmentGroupId' in enrollment ? enrollment.enrollmentGroupId : enrollment.registrationId

export const readEnrollment = (kind: EnrollmentKind, id: string, signal?: AbortSignal) =>
  call<EnrollmentView>(addressOf(kind, id), { signal })

export const useEnrollment = (kind: EnrollmentKind, id: string) =>
  useQuery({
    queryKey: [words[kind].key, 'one', id],
    queryFn: ({ signal }) => readEnrollment(kind, id, signal),
  })

/** With its keys; for <Secret>: asked when somebody wants to see them, and in no cache. */
export const attestationMechanism = (kind: EnrollmentKind, id: string) =>
  call<Attestation>(path`/${words[kind].one}/${id}/attestationmechanism`, { method: 'POST' })

export const enrollmentsChanged = (kind: EnrollmentKind) =>
  Promise.all([words[kind].key, 'overview'].map((resource) => queryClient.invalidateQueries({ queryKey: [resource] })))

interface Save {
  readonly enrollment: EnrollmentView
  /** The etag that was read; absent: it must be new. */
  readonly ifMatch?: string
}

/** Answers the enrollment as saved, and what the service warns of. */
export const useSaveEnrollment = (kind: EnrollmentKind) =>
  useMutation({
    mutationFn: ({ enrollment, ifMatch }: Save) =>
      ask<EnrollmentView>(addressOf(kind, idOf(enrollment)), { method: 'PUT', body: enrollment, ifMatch }),
    onSuccess: () => enrollmentsChanged(kind),
  })

/** What the service adds to an enrollment is not sent back. */
export function withoutState(read: EnrollmentView): EnrollmentView {
  const { createdDateTimeUtc: _, lastUpdatedDateTimeUtc: __, etag: ___, ...rest } = read
  return 'registrationState' in rest ? { ...rest, registrationState: undefined } : rest
}

/** Everything else stays, keys and certificates too (contract/service-api 7.7); tell enrollmentsChanged at the end. */
export async function switchEnrollment(
  kind: EnrollmentKind,
  id: string,
  provisioningStatus: 'enabled' | 'disabled',
): Promise<void> {
  const read = await readEnrollment(kind, id)
  if (read.provisioningStatus === provisioningStatus) return
  const body = { ...withoutState(read), provisioningStatus }
  await call(addressOf(kind, id), { method: 'PUT', body, ifMatch: read.etag })
}

/** One, if it is still as it was read; tell enrollmentsChanged at the end. */
export const deleteEnrollment = (kind: EnrollmentKind, { id, etag }: { readonly id: string; readonly etag?: string }) =>
  call<void>(addressOf(kind, id), { method: 'DELETE', ifMatch: etag })

/** As many as the service takes in one request (contract/service-api 10.3). */
export const bulkSize = 10

export interface BulkRefusal {
  readonly id: string
  readonly errorCode: number
  readonly message: string
}

interface BulkAnswer {
  readonly errors: readonly {
    readonly registrationId?: string
    readonly enrollmentGroupId?: string
    readonly errorCode: number
    readonly errorStatus: string
  }[]
}

/** Up to `bulkSize`, each for itself; answers those that were refused. */
export async function deleteEnrollments(kind: EnrollmentKind, ids: readonly string[]): Promise<readonly BulkRefusal[]> {
  const { one, id: member } = words[kind]
  const body = { mode: 'delete', [one]: ids.map((id) => ({ [member]: id })) }
  const { errors } = await call<BulkAnswer>(`/${one}`, { method: 'POST', body })
  return errors.map(({ errorCode, errorStatus, ...named }) => ({
    id: named[member] ?? '',
    errorCode,
    message: errorStatus,
  }))
}
