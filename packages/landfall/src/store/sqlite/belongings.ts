/** Rows beyond a thing's own: certificates and references of a group; operations; whole hubs. */
import type { DatabaseSync } from 'node:sqlite'
import type { EnrollmentGroup } from '../../enrollment/enrollment.ts'
import { caKeyOf } from '../../ids.ts'
import type { Operation } from '../../registration/record.ts'
import { indexCertificate } from '../index-certificate.ts'

export function makeOperationWriter(database: DatabaseSync) {
  const upsert = database.prepare(
    `INSERT INTO operations (id, started_at, document) VALUES (?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET started_at = excluded.started_at, document = excluded.document`,
  )
  const remove = database.prepare('DELETE FROM operations WHERE id = ?')
  return {
    put: (operation: Operation) => void upsert.run(operation.id, operation.startedAt, JSON.stringify(operation)),
    delete: (id: string) => void remove.run(id),
  }
}

export function makeHubRemover(database: DatabaseSync) {
  const devices = database.prepare('DELETE FROM devices WHERE hub = ?')
  const twins = database.prepare('DELETE FROM twins WHERE hub = ?')
  const counts = database.prepare(`DELETE FROM counts WHERE of = 'hub ' || ?`)
  return (hub: string) => {
    devices.run(hub)
    twins.run(hub)
    counts.run(hub)
  }
}

export function makeGroupCertificatesWriter(database: DatabaseSync) {
  const forget = database.prepare('DELETE FROM group_certificates WHERE key = ?')
  const add = database.prepare(
    'INSERT OR IGNORE INTO group_certificates (key, sha256_thumbprint, subject_hash, der) VALUES (?, ?, ?, ?)',
  )
  return ({ key, attestation }: EnrollmentGroup) => {
    forget.run(key)
    if (attestation.type !== 'x509' || attestation.kind !== 'signingCertificates') return
    for (const certificate of [attestation.primary, attestation.secondary]) {
      if (!certificate) continue
      const { sha256Thumbprint, subjectHash } = indexCertificate(certificate.der)
      add.run(key, sha256Thumbprint, subjectHash, certificate.der)
    }
  }
}

export function makeGroupReferencesWriter(database: DatabaseSync) {
  const forget = database.prepare('DELETE FROM group_references WHERE key = ?')
  const add = database.prepare('INSERT OR IGNORE INTO group_references (ca_key, key) VALUES (?, ?)')
  return ({ key, attestation }: EnrollmentGroup) => {
    forget.run(key)
    if (attestation.type !== 'x509' || attestation.kind !== 'caReferences') return
    for (const name of [attestation.primary, attestation.secondary]) if (name) add.run(caKeyOf(name), key)
  }
}
