/** Where each kind of thing stands: its table, its key, and the columns that questions ask by. */
import type { CaCertificate } from '../../enrollment/ca-certificate.ts'
import type { EnrollmentGroup, IndividualEnrollment } from '../../enrollment/enrollment.ts'
import type { HubConfiguration } from '../../hub/configuration.ts'
import type { HubDevice, HubTwin } from '../../hub/device.ts'
import type { HubJob } from '../../hub/jobs/job.ts'
import type { HubModule, HubModuleTwin } from '../../hub/module.ts'
import type { DeviceId, Etag } from '../../ids.ts'
import type { Registration } from '../../registration/record.ts'
import { indexCertificate } from '../index-certificate.ts'
import type { Settings } from '../settings.ts'
import type { Kind } from '../store.ts'
import { facetsOfDevice, facetsOfEnrollment, facetsOfRegistration, folded } from './facets.ts'
import { rangeOf } from './row-numbers.ts'

export type Column = string | number | bigint | null

export interface Shape<Value extends { readonly etag: Etag }> {
  readonly kind: Kind
  readonly table: string
  readonly key: readonly string[]
  readonly keyOf: (value: Value) => readonly string[]
  readonly columns: readonly string[]
  readonly columnsOf: (value: Value) => readonly Column[]
  /** Absent: rows are numbered as they arrive. */
  readonly rangeOf?: (value: Value) => bigint
}

export const settingsShape: Shape<Settings> = {
  kind: 'settings',
  table: 'settings',
  key: ['name'],
  keyOf: () => ['instance'],
  columns: [],
  columnsOf: () => [],
}

export const individualShape: Shape<IndividualEnrollment> = {
  kind: 'individual',
  table: 'individuals',
  key: ['key'],
  keyOf: (value) => [value.key],
  columns: ['facets'],
  columnsOf: (value) => [facetsOfEnrollment(value)],
}

export const groupShape: Shape<EnrollmentGroup> = {
  kind: 'group',
  table: 'groups',
  key: ['key'],
  keyOf: (value) => [value.key],
  columns: ['facets', 'attestation'],
  columnsOf: (value) => [facetsOfEnrollment(value), value.attestation.type],
}

export const caCertificateShape: Shape<CaCertificate> = {
  kind: 'caCertificate',
  table: 'ca_certificates',
  key: ['key'],
  keyOf: (value) => [value.key],
  columns: ['sha256_thumbprint', 'subject_hash', 'is_verified', 'der'],
  columnsOf: ({ certificate: { der }, isVerified }) => {
    const { sha256Thumbprint, subjectHash } = indexCertificate(der)
    return [sha256Thumbprint, subjectHash, isVerified ? 1 : 0, der]
  },
}

export const registrationShape: Shape<Registration> = {
  kind: 'registration',
  table: 'registrations',
  key: ['key'],
  keyOf: (value) => [value.key],
  columns: ['group_key', 'facets'],
  columnsOf: (value) => [value.group?.key ?? null, facetsOfRegistration(value)],
  rangeOf,
}

export const deviceShape: Shape<HubDevice> = {
  kind: 'device',
  table: 'devices',
  key: ['hub', 'device_id'],
  keyOf: (value) => [value.hub, value.deviceId],
  columns: ['position', 'facets', 'status'],
  columnsOf: (value) => [positionOf(value.deviceId), facetsOfDevice(value), value.status],
}

/** Device ids that differ in letter case only are two (contract/iot-hub 4.4): together in the list, and both are found. */
export const positionOf = (deviceId: DeviceId) => `${folded(deviceId)}\u0001${deviceId}`

export const twinShape: Shape<HubTwin> = {
  kind: 'twin',
  table: 'twins',
  key: ['hub', 'device_id'],
  keyOf: (value) => [value.hub, value.deviceId],
  columns: [],
  columnsOf: () => [],
}

export const moduleShape: Shape<HubModule> = {
  kind: 'module',
  table: 'modules',
  key: ['hub', 'device_id', 'module_id'],
  keyOf: (value) => [value.hub, value.deviceId, value.moduleId],
  columns: [],
  columnsOf: () => [],
}

export const moduleTwinShape: Shape<HubModuleTwin> = {
  kind: 'moduleTwin',
  table: 'module_twins',
  key: ['hub', 'device_id', 'module_id'],
  keyOf: (value) => [value.hub, value.deviceId, value.moduleId],
  columns: [],
  columnsOf: () => [],
}

export const configurationShape: Shape<HubConfiguration> = {
  kind: 'configuration',
  table: 'configurations',
  key: ['hub', 'id'],
  keyOf: (value) => [value.hub, value.id],
  columns: [],
  columnsOf: () => [],
}

export const jobShape: Shape<HubJob> = {
  kind: 'job',
  table: 'jobs',
  key: ['hub', 'job_id'],
  keyOf: (value) => [value.hub, value.jobId],
  columns: ['status'],
  columnsOf: (value) => [value.status],
}
