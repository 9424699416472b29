/** When devices were last heard of: written now and then, in batches. */
import type { DatabaseSync } from 'node:sqlite'
import type { DeviceId, HubName } from '../../ids.ts'
import type { StoredPresence } from '../store.ts'

export interface PresenceTable {
  /** Into the open transaction; devices that are not there are passed over. */
  note(values: readonly StoredPresence[]): void
  removeDevice(hub: HubName, deviceId: DeviceId): void
  removeHub(hub: HubName): void
  find(hub: HubName, deviceId: DeviceId): StoredPresence | undefined
}

export function makePresence(database: DatabaseSync): PresenceTable {
  const note = database.prepare(
    `INSERT INTO presence (hub, device_id, document) SELECT hub, device_id, ?3 FROM devices
       WHERE hub = ?1 AND device_id = ?2
     ON CONFLICT (hub, device_id) DO UPDATE SET document = excluded.document`,
  )
  const removeDevice = database.prepare('DELETE FROM presence WHERE hub = ? AND device_id = ?')
  const removeHub = database.prepare('DELETE FROM presence WHERE hub = ?')
  const find = database.prepare('SELECT document FROM presence WHERE hub = ? AND device_id = ?')
  return {
    note(values) {
      for (const value of values) note.run(value.hub, value.deviceId, JSON.stringify(value))
    },
    removeDevice: (hub, deviceId) => void removeDevice.run(hub, deviceId),
    removeHub: (hub) => void removeHub.run(hub),
    find(hub, deviceId) {
      const row = find.get(hub, deviceId)
      return row && (JSON.parse(String(row.document)) as StoredPresence)
    },
  }
}
