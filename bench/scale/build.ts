/**
 * Fills a database with a thousand registrations or a million. The rows are inserted directly and in order of their
 * keys, since a million commits would take minutes.
 */
import { DatabaseSync } from 'node:sqlite'
import type { Etag } from '../../packages/landfall/src/ids.ts'
import {
  certificate,
  group,
  groupKey,
  individual,
  type StoredCertificate,
  signedBy,
} from '../../packages/landfall/src/store/contract/samples.ts'
import {
  deviceShape,
  groupShape,
  individualShape,
  registrationShape,
  type Shape,
  twinShape,
} from '../../packages/landfall/src/store/sqlite/shapes.ts'
import { insertInto, rowOf } from '../../packages/landfall/src/store/sqlite/writer.ts'
import { deviceOf, nameOf, registrationAt, type Size, twinOf } from './rows.ts'

/** Of a store that was opened before, and is closed now. */
export async function fill(path: string, size: Size): Promise<void> {
  const issuer = await certificate('Plant root')
  const database = new DatabaseSync(path)
  database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; BEGIN')
  insertRegistrations(database, size)
  const addIndividual = prepareInsert(database, individualShape)
  for (let index = 0; index < size.individuals; index++) addIndividual(individual(nameOf('valve', index)))
  insertGroups(database, size, issuer)
  database.exec('COMMIT')
  database.close()
}

function insertRegistrations(database: DatabaseSync, size: Size): void {
  const addRegistration = prepareInsert(database, registrationShape)
  const addDevice = prepareInsert(database, deviceShape)
  const addTwin = prepareInsert(database, twinShape)
  for (let index = 0; index < size.registrations; index++) {
    const registration = registrationAt(index, size)
    addRegistration(registration)
    if (registration.assignedHub === undefined) continue
    addDevice(deviceOf(registration.registrationId, registration.assignedHub))
    addTwin(twinOf(registration.registrationId, registration.assignedHub))
  }
}

/** Every group has the same certificate, with thumbprint and name hash of its own: the store parses nothing it reads. */
function insertGroups(database: DatabaseSync, { groups }: Size, issuer: StoredCertificate): void {
  const addGroup = prepareInsert(database, groupShape)
  const addCertificate = database.prepare(
    'INSERT INTO group_certificates (key, sha256_thumbprint, subject_hash, der) VALUES (?, ?, ?, ?)',
  )
  for (let index = 0; index < groups; index++) {
    addGroup(group(nameOf('plant', index), { attestation: signedBy(issuer) }))
    addCertificate.run(groupKey(nameOf('plant', index)), thumbprintAt(index), subjectHashAt(index), issuer.der)
  }
}

export const thumbprintAt = (index: number) => index.toString(16).toUpperCase().padStart(64, '0')
export const subjectHashAt = (index: number) => thumbprintAt(index).toLowerCase()

function prepareInsert<Value extends { readonly etag: Etag }>(database: DatabaseSync, shape: Shape<Value>) {
  const insert = database.prepare(insertInto(shape))
  return (value: Value) => void insert.run(...rowOf(shape, value))
}
