/**
 * The schema, as the steps that lead to it. A step that was released is never edited; each runs in its own
 * transaction, and `user_version` tells how many have run.
 *
 * Every thing is a JSON document beside the columns that questions ask by.
 */
import type { DatabaseSync } from 'node:sqlite'
import { makeTransactions } from './transaction.ts'

const first = `
CREATE TABLE settings (
  name TEXT PRIMARY KEY, etag TEXT NOT NULL, document TEXT NOT NULL
) STRICT;

CREATE TABLE individuals (
  key TEXT PRIMARY KEY, etag TEXT NOT NULL, facets TEXT NOT NULL, document TEXT NOT NULL
) STRICT;
CREATE INDEX individuals_by_facets ON individuals (facets, key);

CREATE TABLE groups (
  key TEXT PRIMARY KEY, etag TEXT NOT NULL, facets TEXT NOT NULL, attestation TEXT NOT NULL, document TEXT NOT NULL
) STRICT;
CREATE INDEX groups_by_facets ON groups (facets, key);
CREATE INDEX groups_by_symmetric_key ON groups (key) WHERE attestation = 'symmetricKey';

CREATE TABLE group_certificates (
  key TEXT NOT NULL REFERENCES groups (key) ON DELETE CASCADE,
  sha256_thumbprint TEXT NOT NULL, subject_hash TEXT NOT NULL, der TEXT NOT NULL,
  PRIMARY KEY (key, sha256_thumbprint)
) STRICT;
CREATE INDEX group_certificates_by_thumbprint ON group_certificates (sha256_thumbprint);
CREATE INDEX group_certificates_by_subject ON group_certificates (subject_hash);

CREATE TABLE ca_certificates (
  key TEXT PRIMARY KEY, etag TEXT NOT NULL, sha256_thumbprint TEXT NOT NULL, subject_hash TEXT NOT NULL,
  is_verified INTEGER NOT NULL, der TEXT NOT NULL, document TEXT NOT NULL
) STRICT;
CREATE INDEX ca_certificates_by_thumbprint ON ca_certificates (sha256_thumbprint);
CREATE INDEX ca_certificates_by_subject ON ca_certificates (subject_hash);
CREATE TABLE group_references (
  ca_key TEXT NOT NULL, key TEXT NOT NULL REFERENCES groups (key) ON DELETE CASCADE, PRIMARY KEY (ca_key, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_references_by_key ON group_references (key);

CREATE TABLE registrations (
  key TEXT PRIMARY KEY, etag TEXT NOT NULL, group_key TEXT, facets TEXT NOT NULL, document TEXT NOT NULL
) STRICT;
CREATE INDEX registrations_by_facets ON registrations (facets, key);
CREATE INDEX registrations_by_group ON registrations (group_key, facets, key) WHERE group_key IS NOT NULL;

CREATE TABLE operations (
  id TEXT PRIMARY KEY, started_at INTEGER NOT NULL, document TEXT NOT NULL
) STRICT;

CREATE TABLE devices (
  hub TEXT NOT NULL, device_id TEXT NOT NULL, etag TEXT NOT NULL, position TEXT NOT NULL, facets TEXT NOT NULL,
  status TEXT NOT NULL, document TEXT NOT NULL,
  PRIMARY KEY (hub, device_id)
) STRICT;
CREATE INDEX devices_by_facets ON devices (hub, facets, position);
CREATE TABLE twins (
  hub TEXT NOT NULL, device_id TEXT NOT NULL, etag TEXT NOT NULL, document TEXT NOT NULL,
  PRIMARY KEY (hub, device_id)
) STRICT;

CREATE TABLE attempts (
  number INTEGER PRIMARY KEY, tracking_id TEXT NOT NULL, key TEXT, at INTEGER NOT NULL, document TEXT NOT NULL
) STRICT;
CREATE INDEX attempts_by_tracking_id ON attempts (tracking_id);
CREATE INDEX attempts_by_key ON attempts (key, number) WHERE key IS NOT NULL;

-- Counting a million rows takes a tenth of a second: triggers keep the sums.
CREATE TABLE counts (
  of TEXT PRIMARY KEY, total INTEGER NOT NULL, enabled INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counts VALUES ('individuals', 0, 0), ('groups', 0, 0), ('registrations', 0, 0);
${['individuals', 'groups', 'registrations'].map(counted).join('')}
CREATE TRIGGER devices_added AFTER INSERT ON devices BEGIN
  INSERT INTO counts VALUES ('hub ' || new.hub, 1, new.status = 'enabled')
    ON CONFLICT (of) DO UPDATE SET total = total + 1, enabled = enabled + excluded.enabled;
END;
CREATE TRIGGER devices_removed AFTER DELETE ON devices BEGIN
  UPDATE counts SET total = total - 1, enabled = enabled - (old.status = 'enabled') WHERE of = 'hub ' || old.hub;
END;
CREATE TRIGGER devices_switched AFTER UPDATE OF status ON devices WHEN old.status <> new.status BEGIN
  UPDATE counts SET enabled = enabled + (new.status = 'enabled') - (old.status = 'enabled') WHERE of = 'hub ' || new.hub;
END;
`

function counted(table: string): string {
  return `
CREATE TRIGGER ${table}_added AFTER INSERT ON ${table} BEGIN
  UPDATE counts SET total = total + 1 WHERE of = '${table}';
END;
CREATE TRIGGER ${table}_removed AFTER DELETE ON ${table} BEGIN
  UPDATE counts SET total = total - 1 WHERE of = '${table}';
END;`
}

/**
 * Certificates by the end of their validity, read out of the documents: ISO 8601 in UTC sorts as text. A lone primary is
 * stored as the secondary too, which is not told twice (contract/service-api 7.6).
 */
export const expiryOf = (slot: 'primary' | 'secondary') =>
  `json_extract(document, '$.attestation.${slot}.info.notAfterUtc')`
export const isOwnSlot = (slot: 'primary' | 'secondary') =>
  slot === 'primary'
    ? `${expiryOf('primary')} IS NOT NULL`
    : `${expiryOf('secondary')} IS NOT NULL AND json_extract(document, '$.attestation.secondary.der')
       IS NOT json_extract(document, '$.attestation.primary.der')`

const expiries = (['individuals', 'groups'] as const)
  .flatMap((table) => (['primary', 'secondary'] as const).map((slot) => expiryIndex(table, slot)))
  .join('')

function expiryIndex(table: 'individuals' | 'groups', slot: 'primary' | 'secondary'): string {
  return `
CREATE INDEX ${table}_by_expiry_of_${slot} ON ${table} (${expiryOf(slot)}, key) WHERE ${isOwnSlot(slot)};`
}

/** The columns beside the document are folded; the indexes hold what their conditions ask, so no row is read in vain. */
const audit = `
CREATE TABLE audit (
  number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
  actor TEXT NOT NULL, document TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_at ON audit (at);
CREATE INDEX audit_by_kind ON audit (kind, number, actor, at);
CREATE INDEX audit_by_id ON audit (id, number, kind, actor, at);
CREATE INDEX audit_by_actor ON audit (actor, number, kind, at);
CREATE TABLE audit_key (
  name TEXT PRIMARY KEY, key BLOB NOT NULL
) STRICT;
INSERT INTO audit_key VALUES ('instance', randomblob(32));
`

/** Enrollments by age, for people. The indexes hold the facets, so that what is narrowed away is read nowhere else. */
const ages = (['individuals', 'groups'] as const)
  .flatMap((table) => (['created', 'updated'] as const).map((age) => ageIndex(table, age)))
  .join('')

function ageIndex(table: 'individuals' | 'groups', age: 'created' | 'updated'): string {
  return `
ALTER TABLE ${table} ADD COLUMN ${age}_at INTEGER GENERATED ALWAYS AS (json_extract(document, '$.${age}At')) VIRTUAL;
CREATE INDEX ${table}_by_${age} ON ${table} (${age}_at, key, facets);`
}

/** What devices and back ends send each other, and when devices were heard of; twins are held fast by their version. */
const traffic = `
ALTER TABLE twins ADD COLUMN version INTEGER GENERATED ALWAYS AS (json_extract(document, '$.version')) VIRTUAL;

CREATE TABLE telemetry_partitions (
  number INTEGER PRIMARY KEY, hub TEXT NOT NULL, partition INTEGER NOT NULL, last_sequence INTEGER NOT NULL,
  first_offset INTEGER NOT NULL, last_offset INTEGER NOT NULL, last_at INTEGER NOT NULL,
  UNIQUE (hub, partition)
) STRICT;
CREATE TABLE telemetry (
  id INTEGER PRIMARY KEY, offset INTEGER NOT NULL, at INTEGER NOT NULL, event BLOB NOT NULL
) STRICT;

CREATE TABLE cloud_messages (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, hub TEXT NOT NULL, device_id TEXT NOT NULL,
  expires_at INTEGER NOT NULL, delivery_count INTEGER NOT NULL, message BLOB NOT NULL
) STRICT;
CREATE INDEX cloud_messages_by_device ON cloud_messages (hub, device_id, number);
CREATE INDEX cloud_messages_by_expiry ON cloud_messages (expires_at);
CREATE TABLE feedback (
  number INTEGER PRIMARY KEY AUTOINCREMENT, hub TEXT NOT NULL, device_id TEXT NOT NULL, document TEXT NOT NULL
) STRICT;
CREATE INDEX feedback_by_hub ON feedback (hub, number);
CREATE INDEX feedback_by_device ON feedback (hub, device_id);

CREATE TABLE presence (
  hub TEXT NOT NULL, device_id TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (hub, device_id)
) STRICT, WITHOUT ROWID;
`

/** What back ends keep on a hub. */
const backEnds = `
CREATE TABLE modules (
  hub TEXT NOT NULL, device_id TEXT NOT NULL, module_id TEXT NOT NULL, etag TEXT NOT NULL, document TEXT NOT NULL,
  PRIMARY KEY (hub, device_id, module_id)
) STRICT;
CREATE TABLE module_twins (
  hub TEXT NOT NULL, device_id TEXT NOT NULL, module_id TEXT NOT NULL, etag TEXT NOT NULL, document TEXT NOT NULL,
  version INTEGER GENERATED ALWAYS AS (json_extract(document, '$.version')) VIRTUAL,
  PRIMARY KEY (hub, device_id, module_id)
) STRICT;

CREATE TABLE configurations (
  hub TEXT NOT NULL, id TEXT NOT NULL, etag TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (hub, id)
) STRICT;

CREATE TABLE jobs (
  hub TEXT NOT NULL, job_id TEXT NOT NULL, etag TEXT NOT NULL, status TEXT NOT NULL, document TEXT NOT NULL,
  PRIMARY KEY (hub, job_id)
) STRICT;
CREATE INDEX jobs_open ON jobs (status) WHERE status IN ('queued', 'running');
CREATE TABLE job_devices (
  hub TEXT NOT NULL, job_id TEXT NOT NULL, device_id TEXT NOT NULL, status TEXT NOT NULL, document TEXT NOT NULL,
  PRIMARY KEY (hub, job_id, device_id)
) STRICT, WITHOUT ROWID;
`

/** What devices with a lasting session subscribed to; of a device itself, `module_id` is empty. */
const subscriptions = `
CREATE TABLE subscriptions (
  hub TEXT NOT NULL, device_id TEXT NOT NULL, module_id TEXT NOT NULL, document TEXT NOT NULL,
  PRIMARY KEY (hub, device_id, module_id)
) STRICT, WITHOUT ROWID;
`

/** Of the events that share a row; what was written before stands alone. */
const sharedRows = `
ALTER TABLE telemetry ADD COLUMN lengths TEXT;
`

/** Of the queues of modules; of a device itself, `module_id` is empty. */
const moduleMail = `
ALTER TABLE cloud_messages ADD COLUMN module_id TEXT NOT NULL DEFAULT '';
DROP INDEX cloud_messages_by_device;
CREATE INDEX cloud_messages_by_device ON cloud_messages (hub, device_id, module_id, number);
ALTER TABLE feedback ADD COLUMN module_id TEXT NOT NULL DEFAULT '';
DROP INDEX feedback_by_device;
CREATE INDEX feedback_by_device ON feedback (hub, device_id, module_id);
`

export const migrations: readonly string[] = [
  first,
  expiries,
  audit,
  ages,
  traffic,
  backEnds,
  subscriptions,
  sharedRows,
  moduleMail,
]

export function schemaVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version)
}

/** Brings the database to the newest schema; one of a newer Landfall is refused before anything is touched. */
export function migrate(database: DatabaseSync, steps: readonly string[] = migrations): void {
  const version = schemaVersion(database)
  if (version > steps.length) throw newerSchema(version, steps.length)
  for (const [done, step] of steps.entries()) {
    if (done < version) continue
    makeTransactions(database).run('durable', () => database.exec(`${step}; PRAGMA user_version = ${done + 1}`))
  }
}

function newerSchema(version: number, known: number): Error {
  return new Error(
    `it was written by a newer Landfall (its schema is ${version}, this one knows up to ${known}). Run that version, or restore a backup made before the update`,
  )
}
