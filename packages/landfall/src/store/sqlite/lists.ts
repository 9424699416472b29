/** The lists that can be paged, and what a condition on each may name. */
import type { EnrollmentGroup, IndividualEnrollment } from '../../enrollment/enrollment.ts'
import type { HubDevice } from '../../hub/device.ts'
import type { DeviceId, GroupKey, RegistrationKey } from '../../ids.ts'
import type { Registration } from '../../registration/record.ts'
import { anyOf, column } from './conditions.ts'
import type { List } from './pages.ts'

export const individualList: List<IndividualEnrollment, RegistrationKey> = {
  table: 'individuals',
  key: 'key',
  keyOf: (item) => item.key,
  fields: {
    id: column('individuals.key'),
    status: column('individuals.status'),
    attestationType: column('individuals.attestation'),
    hub: anyOf('individual_hubs', 'hub', 'individuals.key'),
  },
}

export const groupList: List<EnrollmentGroup, GroupKey> = {
  table: 'groups',
  key: 'key',
  keyOf: (item) => item.key,
  fields: {
    id: column('groups.key'),
    status: column('groups.status'),
    attestationType: column('groups.attestation'),
    hub: anyOf('group_hubs', 'hub', 'groups.key'),
  },
}

export const registrationList: List<Registration, RegistrationKey> = {
  table: 'registrations',
  key: 'key',
  keyOf: (item) => item.key,
  fields: {
    id: column('registrations.key'),
    status: column('registrations.status'),
    attestationType: column('registrations.attestation'),
    hub: column('registrations.hub'),
  },
}

export const deviceList: List<HubDevice, DeviceId> = {
  table: 'devices',
  key: 'device_id',
  keyOf: (item) => item.deviceId,
  fields: {
    id: column('devices.id'),
    status: column('devices.status'),
    attestationType: column('devices.authentication'),
    hub: column('devices.hub'),
  },
}
