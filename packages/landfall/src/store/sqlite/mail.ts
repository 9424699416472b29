/** Cloud-to-device messages in the queues of devices and modules, and what back ends are told of them. */
import type { DatabaseSync } from 'node:sqlite'
import type { CloudMessage, Feedback, StoredCloudMessage, StoredFeedback } from '../../hub/device/message.ts'
import type { IdentityName } from '../../hub/device/named.ts'
import type { ModulePlace } from '../../hub/module.ts'
import type { DeviceId, HubName } from '../../ids.ts'
import type { Instant } from '../../system.ts'
import type { ForgetBound } from '../store.ts'
import { pack, unpack } from './packed.ts'

export interface Mail {
  // into the open transaction
  /** Whose addressee is not there is passed over: it was deleted while this was on its way. */
  append(message: CloudMessage): void
  settle(ids: readonly string[]): void
  abandon(id: string, deliveryCount: number): void
  tell(feedback: Feedback): void
  settleFeedback(numbers: readonly number[]): void
  /** Of its modules, too. */
  removeDevice(hub: HubName, deviceId: DeviceId): void
  removeModule(place: ModulePlace): void
  removeHub(hub: HubName): void
  // questions
  messages(of: IdentityName, limit: number): readonly StoredCloudMessage[]
  count(of: IdentityName): number
  expired(at: Instant, limit: number): readonly StoredCloudMessage[]
  feedback(hub: HubName, limit: number): readonly StoredFeedback[]
}

export function makeMail(database: DatabaseSync, bound: ForgetBound): Mail {
  const statements = prepare(database)
  return {
    append(message) {
      const { body, deliveryCount, ...members } = message
      const { hub, deviceId, moduleId = '', id, expiresAt } = members
      statements.add.run(id, hub, deviceId, moduleId, expiresAt, deliveryCount, pack(members, body))
    },
    settle(ids) {
      for (const id of ids) statements.settle.run(id)
    },
    abandon: (id, deliveryCount) => void statements.abandon.run(deliveryCount, id),
    tell(feedback) {
      const { hub, deviceId, moduleId = '' } = feedback
      statements.tell.run(hub, deviceId, moduleId, JSON.stringify(feedback))
      statements.forget.run(hub, hub, bound.feedbacks)
    },
    settleFeedback(numbers) {
      for (const number of numbers) statements.settleFeedback.run(number)
    },
    removeDevice(hub, deviceId) {
      statements.removeMessages.run(hub, deviceId)
      statements.removeFeedback.run(hub, deviceId)
    },
    removeModule({ hub, deviceId, moduleId }) {
      statements.removeModuleMessages.run(hub, deviceId, moduleId)
      statements.removeModuleFeedback.run(hub, deviceId, moduleId)
    },
    removeHub(hub) {
      statements.removeAllMessages.run(hub)
      statements.removeAllFeedback.run(hub)
    },
    messages: ({ hub, deviceId, moduleId = '' }, limit) =>
      statements.messages.all(hub, deviceId, moduleId, limit).map(messageFrom),
    count: ({ hub, deviceId, moduleId = '' }) => Number(statements.count.get(hub, deviceId, moduleId)?.messages ?? 0),
    expired: (at, limit) => statements.expired.all(at, limit).map(messageFrom),
    feedback: (hub, limit) => statements.feedback.all(hub, limit).map(feedbackFrom),
  }
}

function prepare(database: DatabaseSync) {
  const sql = (text: string) => database.prepare(text)
  const one = 'hub = ? AND device_id = ? AND module_id = ?'
  return {
    add: sql(`INSERT INTO cloud_messages (id, hub, device_id, module_id, expires_at, delivery_count, message)
              SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE CASE ?4
                WHEN '' THEN EXISTS (SELECT 1 FROM devices WHERE hub = ?2 AND device_id = ?3)
                ELSE EXISTS (SELECT 1 FROM modules WHERE hub = ?2 AND device_id = ?3 AND module_id = ?4) END`),
    settle: sql('DELETE FROM cloud_messages WHERE id = ?'),
    abandon: sql('UPDATE cloud_messages SET delivery_count = ? WHERE id = ?'),
    removeMessages: sql('DELETE FROM cloud_messages WHERE hub = ? AND device_id = ?'),
    removeModuleMessages: sql(`DELETE FROM cloud_messages WHERE ${one}`),
    removeAllMessages: sql('DELETE FROM cloud_messages WHERE hub = ?'),
    messages: sql(`SELECT * FROM cloud_messages WHERE ${one} ORDER BY number LIMIT ?`),
    count: sql(`SELECT count(*) AS messages FROM cloud_messages WHERE ${one}`),
    expired: sql('SELECT * FROM cloud_messages WHERE expires_at <= ? ORDER BY expires_at LIMIT ?'),
    tell: sql('INSERT INTO feedback (hub, device_id, module_id, document) VALUES (?, ?, ?, ?)'),
    forget: sql(`DELETE FROM feedback WHERE hub = ? AND number <=
                   (SELECT number FROM feedback WHERE hub = ? ORDER BY number DESC LIMIT 1 OFFSET ?)`),
    settleFeedback: sql('DELETE FROM feedback WHERE number = ?'),
    removeFeedback: sql('DELETE FROM feedback WHERE hub = ? AND device_id = ?'),
    removeModuleFeedback: sql(`DELETE FROM feedback WHERE ${one}`),
    removeAllFeedback: sql('DELETE FROM feedback WHERE hub = ?'),
    feedback: sql('SELECT number, document FROM feedback WHERE hub = ? ORDER BY number LIMIT ?'),
  }
}

type Row = Readonly<Record<string, unknown>>

const messageFrom = (row: Row): StoredCloudMessage => ({
  ...unpack<Omit<CloudMessage, 'body' | 'deliveryCount'>>(row.message as Uint8Array),
  deliveryCount: Number(row.delivery_count),
  sequence: Number(row.number),
})

const feedbackFrom = (row: Row): StoredFeedback => ({
  ...(JSON.parse(String(row.document)) as Feedback),
  number: Number(row.number),
})
