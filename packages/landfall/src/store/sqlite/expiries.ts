/** Certificates of enrollments, soonest to expire first, along an index: a page costs its own length. */
import type { DatabaseSync } from 'node:sqlite'
import type { ExpiringSlot, ExpiryQuestion } from '../store.ts'
import { expiryOf, isOwnSlot } from './migrations.ts'

const tables = {
  individual: { table: 'individuals', id: '$.registrationId' },
  group: { table: 'groups', id: '$.groupId' },
} as const

export function makeExpiryQuestion(database: DatabaseSync): (question: ExpiryQuestion) => readonly ExpiringSlot[] {
  const scans = {
    individual: {
      primary: prepare(database, 'individual', 'primary'),
      secondary: prepare(database, 'individual', 'secondary'),
    },
    group: { primary: prepare(database, 'group', 'primary'), secondary: prepare(database, 'group', 'secondary') },
  }
  return ({ kind, slot, until, after, limit }) => {
    const { within, later } = scans[kind][slot]
    if (after === undefined) return later.all('', until, limit).map(slotOf)
    // two ranges of the index: a fleet that was made in one second expires in one second
    const first = after.notAfterUtc > until ? [] : within.all(after.notAfterUtc, after.key, limit)
    const rest = first.length < limit ? later.all(after.notAfterUtc, until, limit - first.length) : []
    return [...first, ...rest].map(slotOf)
  }
}

function prepare(database: DatabaseSync, kind: keyof typeof tables, slot: 'primary' | 'secondary') {
  const { table, id } = tables[kind]
  const at = expiryOf(slot)
  const rows = `SELECT key, json_extract(document, '${id}') AS id, ${at} AS not_after,
     json_extract(document, '$.attestation.${slot}.info.subjectName') AS subject
     FROM ${table} WHERE ${isOwnSlot(slot)}`
  return {
    within: database.prepare(`${rows} AND ${at} = ? AND key > ? ORDER BY key LIMIT ?`),
    later: database.prepare(`${rows} AND ${at} > ? AND ${at} <= ? ORDER BY ${at}, key LIMIT ?`),
  }
}

const slotOf = (row: Readonly<Record<string, unknown>>): ExpiringSlot => ({
  key: String(row.key),
  id: String(row.id),
  subjectName: String(row.subject),
  notAfterUtc: String(row.not_after),
})
