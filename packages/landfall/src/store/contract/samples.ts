/** Things to put into a store, whole and valid; a test names only what it is about. */
import type { CaCertificate } from '../../enrollment/ca-certificate.ts'
import type { EnrolledCertificate, EnrollmentGroup, IndividualEnrollment } from '../../enrollment/enrollment.ts'
import type { HubConfiguration } from '../../hub/configuration.ts'
import type { HubDevice, HubTwin } from '../../hub/device.ts'
import type { HubJob, HubJobDevice } from '../../hub/jobs/job.ts'
import type { HubModule, HubModuleTwin } from '../../hub/module.ts'
import {
  type CaName,
  type ConfigurationId,
  caKeyOf,
  type DeviceId,
  type Etag,
  type GroupId,
  groupKeyOf,
  type HubName,
  type JobId,
  keyOf,
  type ModuleId,
  type OperationId,
  type RegistrationId,
  type TrackingId,
} from '../../ids.ts'
import type { Attempt } from '../../registration/attempt.ts'
import type { Operation, Registration } from '../../registration/record.ts'
import type { Clock, Instant } from '../../system.ts'
import { realRandom } from '../../system.ts'
import { certificateInfoOf } from '../../x509/certificate.ts'
import { issueRoot } from '../../x509/issue.ts'
import type { Settings } from '../settings.ts'

export const start: Instant = Date.UTC(2030, 0, 1)
export const fixedClock: Clock = { now: () => start }

export const etag = (text: string) => text as Etag
export const registrationKey = (id: string) => keyOf(id as RegistrationId)
export const groupKey = (id: string) => groupKeyOf(id as GroupId)
export const caKey = (name: string) => caKeyOf(name as CaName)
export const hubName = (name: string) => name as HubName
export const deviceId = (id: string) => id as DeviceId
export const localhost = hubName('localhost')

const symmetricKey = { type: 'symmetricKey', primaryKey: 'a2V5', secondaryKey: 'a2V5Mg==' } as const
const stamps = { createdAt: start, updatedAt: start, etag: etag('1') }

export function individual(id: string, rest: Partial<IndividualEnrollment> = {}): IndividualEnrollment {
  const registrationId = id as RegistrationId
  return {
    kind: 'individual',
    registrationId,
    key: keyOf(registrationId),
    attestation: symmetricKey,
    provisioningStatus: 'enabled',
    ...stamps,
    ...rest,
  }
}

export function group(id: string, rest: Partial<EnrollmentGroup> = {}): EnrollmentGroup {
  const groupId = id as GroupId
  return {
    kind: 'group',
    groupId,
    key: groupKeyOf(groupId),
    attestation: symmetricKey,
    provisioningStatus: 'enabled',
    ...stamps,
    ...rest,
  }
}

export function registration(id: string, rest: Partial<Registration> = {}): Registration {
  const registrationId = id as RegistrationId
  return {
    registrationId,
    key: keyOf(registrationId),
    attestation: 'x509',
    status: 'assigned',
    substatus: 'initialAssignment',
    assignedHub: localhost,
    deviceId: id as DeviceId,
    operations: [],
    ...stamps,
    ...rest,
  }
}

/** A registration that came in by a group. */
export const member = (id: string, of: string, rest: Partial<Registration> = {}) =>
  registration(id, { group: { key: groupKey(of), id: of as GroupId }, ...rest })

/** Of two groups and of none, not in order: one failed, one on another hub. */
export const someRegistrations: readonly Registration[] = [
  member('c', 'plant', { status: 'failed', assignedHub: undefined }),
  member('b', 'plant', { assignedHub: hubName('far.example') }),
  member('a', 'plant'),
  member('x', 'plant-2'),
  registration('y'),
]

export function operation(id: string, startedAt = start): Operation {
  return { id: id as OperationId, key: registrationKey('pump'), startedAt, work: { hub: 'far.example' } }
}

export function device(id: string, rest: Partial<HubDevice> = {}): HubDevice {
  return {
    hub: localhost,
    deviceId: id as DeviceId,
    generationId: '1',
    etag: etag('1'),
    status: 'enabled',
    authentication: { type: 'certificateAuthority' },
    iotEdge: false,
    createdAt: start,
    ...rest,
  }
}

export function twin(id: string, rest: Partial<HubTwin> = {}): HubTwin {
  return {
    hub: localhost,
    deviceId: id as DeviceId,
    etag: etag('1'),
    version: 1,
    tags: { site: 'north' },
    desired: { interval: 30 },
    desiredVersion: 1,
    desiredMetadata: {},
    reported: {},
    reportedVersion: 1,
    reportedMetadata: {},
    ...rest,
  }
}

export function hubModule(device: string, id: string, rest: Partial<HubModule> = {}): HubModule {
  return {
    hub: localhost,
    deviceId: device as DeviceId,
    moduleId: id as ModuleId,
    generationId: '1',
    etag: etag('1'),
    authentication: { type: 'certificateAuthority' },
    createdAt: start,
    ...rest,
  }
}

export const moduleTwin = (device: string, id: string, rest: Partial<HubModuleTwin> = {}): HubModuleTwin => ({
  ...twin(device),
  moduleId: id as ModuleId,
  ...rest,
})

export function configuration(id: string, rest: Partial<HubConfiguration> = {}): HubConfiguration {
  return {
    hub: localhost,
    id: id as ConfigurationId,
    schemaVersion: '1.0',
    labels: {},
    content: { deviceContent: { 'properties.desired.interval': 5 } },
    targetCondition: '*',
    priority: 1,
    metrics: {},
    ...stamps,
    ...rest,
  }
}

export const jobId = (id: string) => id as JobId

export function job(id: string, rest: Partial<HubJob> = {}): HubJob {
  return {
    hub: localhost,
    jobId: jobId(id),
    etag: etag('1'),
    status: 'queued',
    work: { type: 'scheduleUpdateTwin', change: { tags: { a: 1 } }, asSent: { tags: { a: 1 } } },
    queryCondition: '*',
    startAt: start,
    maxExecutionMs: 60_000,
    createdAt: start,
    createdBy: { kind: 'policy', name: 'service', hub: localhost },
    ...rest,
  }
}

export const jobDevice = (job: string, device: string, rest: Partial<HubJobDevice> = {}): HubJobDevice => ({
  hub: localhost,
  jobId: jobId(job),
  deviceId: device as DeviceId,
  status: 'running',
  startedAt: start,
  ...rest,
})

export function attempt(trackingId: string, rest: Partial<Attempt> = {}): Attempt {
  return {
    trackingId: trackingId as TrackingId,
    at: start,
    registrationId: 'pump',
    key: registrationKey('pump'),
    transport: 'https',
    outcome: 'refused',
    durationMs: 2,
    trail: [{ step: 'request', ok: true, says: 'asked to register' }],
    ...rest,
  }
}

export const settings = (rest: Partial<Settings> = {}): Settings => ({
  idScope: '0ne00000001',
  serviceName: 'landfall',
  policies: [],
  hubs: [],
  allocationPolicy: 'hashed',
  createdAt: start,
  etag: etag('1'),
  ...rest,
})

export interface StoredCertificate {
  readonly enrolled: EnrolledCertificate
  readonly der: string
  readonly thumbprint: string
  readonly subjectHash: string
}

export async function certificate(commonName: string): Promise<StoredCertificate> {
  const { certificate } = await issueRoot({ commonName, at: start, random: realRandom })
  const der = Buffer.from(certificate.der).toString('base64')
  return {
    enrolled: { der, info: certificateInfoOf(certificate) },
    der,
    thumbprint: certificate.sha256Thumbprint,
    subjectHash: certificate.subject.hash,
  }
}

export const signedBy = (primary: StoredCertificate, secondary?: StoredCertificate) =>
  ({ type: 'x509', kind: 'signingCertificates', primary: primary.enrolled, secondary: secondary?.enrolled }) as const

export const referring = (primary: string, secondary?: string) =>
  ({
    type: 'x509',
    kind: 'caReferences',
    primary: primary as CaName,
    secondary: secondary as CaName | undefined,
  }) as const

export function ca(name: string, { enrolled }: StoredCertificate, rest: Partial<CaCertificate> = {}): CaCertificate {
  return { name: name as CaName, key: caKey(name), certificate: enrolled, isVerified: false, ...stamps, ...rest }
}
