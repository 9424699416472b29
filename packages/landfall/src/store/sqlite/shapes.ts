/** Where each kind of thing stands: its table, its key, and the columns that questions ask by. */
import type { CaCertificate } from '../../enrollment/ca-certificate.ts'
import type { EnrollmentGroup, IndividualEnrollment } from '../../enrollment/enrollment.ts'
import type { HubDevice, HubTwin } from '../../hub/device.ts'
import type { Etag } from '../../ids.ts'
import type { Registration } from '../../registration/record.ts'
import { indexCertificate } from '../index-certificate.ts'
import type { Settings } from '../settings.ts'
import type { Kind } from '../store.ts'

export type Column = string | number | null

export interface Shape<Value extends { readonly etag: Etag }> {
  readonly kind: Kind
  readonly table: string
  readonly key: readonly string[]
  readonly keyOf: (value: Value) => readonly string[]
  readonly columns: readonly string[]
  readonly columnsOf: (value: Value) => readonly Column[]
}

/** Conditions compare without letter case. */
export const folded = (text: string) => text.toLowerCase()

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
  columns: ['status', 'attestation'],
  columnsOf: (value) => [folded(value.provisioningStatus), folded(value.attestation.type)],
}

export const groupShape: Shape<EnrollmentGroup> = {
  kind: 'group',
  table: 'groups',
  key: ['key'],
  keyOf: (value) => [value.key],
  columns: ['status', 'attestation'],
  columnsOf: (value) => [folded(value.provisioningStatus), folded(value.attestation.type)],
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
  columns: ['group_key', 'status', 'attestation', 'hub'],
  columnsOf: (value) => [
    value.group?.key ?? null,
    folded(value.status),
    folded(value.attestation),
    value.assignedHub === undefined ? null : folded(value.assignedHub),
  ],
}

export const deviceShape: Shape<HubDevice> = {
  kind: 'device',
  table: 'devices',
  key: ['hub', 'device_id'],
  keyOf: (value) => [value.hub, value.deviceId],
  columns: ['id', 'status', 'authentication'],
  columnsOf: (value) => [folded(value.deviceId), folded(value.status), folded(value.authentication.type)],
}

export const twinShape: Shape<HubTwin> = {
  kind: 'twin',
  table: 'twins',
  key: ['hub', 'device_id'],
  keyOf: (value) => [value.hub, value.deviceId],
  columns: [],
  columnsOf: () => [],
}
