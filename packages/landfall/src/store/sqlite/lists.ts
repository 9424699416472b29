/** The lists that can be paged. */
import type { DatabaseSync } from 'node:sqlite'
import type { EnrollmentGroup, IndividualEnrollment } from '../../enrollment/enrollment.ts'
import type { HubDevice } from '../../hub/device.ts'
import type { DeviceId, GroupKey, RegistrationKey } from '../../ids.ts'
import type { Registration } from '../../registration/record.ts'
import { makeList } from './pages.ts'
import { positionOf } from './shapes.ts'

export function makeLists(database: DatabaseSync) {
  return {
    individuals: makeList<IndividualEnrollment, RegistrationKey>(database, {
      table: 'individuals',
      position: 'key',
      keyOf: (item) => item.key,
      positionOf: (key) => key,
    }),
    groups: makeList<EnrollmentGroup, GroupKey>(database, {
      table: 'groups',
      position: 'key',
      keyOf: (item) => item.key,
      positionOf: (key) => key,
    }),
    registrations: makeList<Registration, RegistrationKey>(database, {
      table: 'registrations',
      position: 'key',
      within: 'group_key',
      keyOf: (item) => item.key,
      positionOf: (key) => key,
    }),
    devices: makeList<HubDevice, DeviceId>(database, {
      table: 'devices',
      position: 'position',
      within: 'hub',
      keyOf: (item) => item.deviceId,
      positionOf,
    }),
  }
}
