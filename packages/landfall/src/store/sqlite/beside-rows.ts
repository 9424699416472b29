/** What lists for people show beside their rows, of all rows of a page at once. */
import type { DatabaseSync } from 'node:sqlite'
import type { GroupKey, RegistrationKey } from '../../ids.ts'
import type { Registration } from '../../registration/record.ts'

export function makeBesideRows(database: DatabaseSync) {
  const counted = database.prepare(
    `SELECT value AS key, (SELECT count(*) FROM (SELECT 1 FROM registrations WHERE group_key = value LIMIT ?2)) AS total
     FROM json_each(?1)`,
  )
  const documents = database.prepare(
    'SELECT document FROM registrations WHERE key IN (SELECT value FROM json_each(?)) ORDER BY key',
  )
  return {
    registrationCounts: (groups: readonly GroupKey[], most: number): ReadonlyMap<GroupKey, number> =>
      new Map(
        counted.all(JSON.stringify(groups), most).map(({ key, total }) => [String(key) as GroupKey, Number(total)]),
      ),
    registrationsOf: (keys: readonly RegistrationKey[]): readonly Registration[] =>
      documents.all(JSON.stringify(keys)).map(({ document }) => JSON.parse(String(document)) as Registration),
  }
}
