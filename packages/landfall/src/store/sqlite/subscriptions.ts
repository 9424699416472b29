/** What devices with a lasting session subscribed to: written when it changes, read when they come after a restart. */
import type { DatabaseSync } from 'node:sqlite'
import type { DeviceId, HubName, ModuleId } from '../../ids.ts'
import type { StoredSubscriptions } from '../store.ts'

export interface SubscriptionTable {
  /** Into the open transaction; devices that are not there are passed over. */
  note(value: StoredSubscriptions): void
  removeDevice(hub: HubName, deviceId: DeviceId): void
  removeModule(hub: HubName, deviceId: DeviceId, moduleId: ModuleId): void
  removeHub(hub: HubName): void
  find(of: Omit<StoredSubscriptions, 'granted'>): StoredSubscriptions | undefined
}

export function makeSubscriptions(database: DatabaseSync): SubscriptionTable {
  const place = 'hub = ? AND device_id = ? AND module_id = ?'
  const note = database.prepare(
    `INSERT INTO subscriptions (hub, device_id, module_id, document) SELECT hub, device_id, ?3, ?4 FROM devices
       WHERE hub = ?1 AND device_id = ?2
     ON CONFLICT (hub, device_id, module_id) DO UPDATE SET document = excluded.document`,
  )
  const remove = database.prepare(`DELETE FROM subscriptions WHERE ${place}`)
  const removeDevice = database.prepare('DELETE FROM subscriptions WHERE hub = ? AND device_id = ?')
  const removeHub = database.prepare('DELETE FROM subscriptions WHERE hub = ?')
  const find = database.prepare(`SELECT document FROM subscriptions WHERE ${place}`)
  return {
    note(value) {
      const { hub, deviceId, moduleId = '', granted } = value
      if (Object.keys(granted).length === 0) remove.run(hub, deviceId, moduleId)
      else note.run(hub, deviceId, moduleId, JSON.stringify(value))
    },
    removeDevice: (hub, deviceId) => void removeDevice.run(hub, deviceId),
    removeModule: (hub, deviceId, moduleId) => void remove.run(hub, deviceId, moduleId),
    removeHub: (hub) => void removeHub.run(hub),
    find({ hub, deviceId, moduleId = '' }) {
      const row = find.get(hub, deviceId, moduleId)
      return row && (JSON.parse(String(row.document)) as StoredSubscriptions)
    },
  }
}
