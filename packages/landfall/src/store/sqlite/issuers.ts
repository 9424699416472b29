/** Finds stored issuers by thumbprint or name hash. Costs the length of the question: four probes of an index a value. */
import type { DatabaseSync } from 'node:sqlite'
import type { CaKey, GroupKey } from '../../ids.ts'
import type { IssuerCertificate } from '../store.ts'

interface Question {
  readonly thumbprints: readonly string[]
  readonly subjectHashes: readonly string[]
}

const asked = `(sha256_thumbprint IN (SELECT value FROM json_each(?1)) OR subject_hash IN (SELECT value FROM json_each(?2)))`

export function makeIssuerQuestion(database: DatabaseSync): (question: Question) => readonly IssuerCertificate[] {
  const ofGroups = database.prepare(`SELECT sha256_thumbprint, der, key FROM group_certificates WHERE ${asked}`)
  const ofCas = database.prepare(
    `SELECT sha256_thumbprint, der, key, is_verified FROM ca_certificates WHERE ${asked} ORDER BY key`,
  )
  const references = database.prepare('SELECT key FROM group_references WHERE ca_key = ?')

  return ({ thumbprints, subjectHashes }) => {
    const parameters = [JSON.stringify(thumbprints), JSON.stringify(subjectHashes)]
    const found = new Map<string, Found>()
    for (const row of ofGroups.all(...parameters)) at(found, row).groups.add(String(row.key) as GroupKey)
    for (const row of ofCas.all(...parameters)) {
      const issuer = at(found, row)
      issuer.cas.push({ key: String(row.key) as CaKey, isVerified: row.is_verified === 1 })
      for (const { key } of references.all(String(row.key))) issuer.groups.add(String(key) as GroupKey)
    }
    return [...found.values()].map((issuer) => ({ ...issuer, groups: [...issuer.groups].sort() }))
  }
}

interface Found {
  readonly der: string
  readonly sha256Thumbprint: string
  readonly groups: Set<GroupKey>
  readonly cas: { readonly key: CaKey; readonly isVerified: boolean }[]
}

function at(found: Map<string, Found>, row: Readonly<Record<string, unknown>>): Found {
  const sha256Thumbprint = String(row.sha256_thumbprint)
  const known = found.get(sha256Thumbprint)
  if (known) return known
  const fresh: Found = { der: String(row.der), sha256Thumbprint, groups: new Set(), cas: [] }
  found.set(sha256Thumbprint, fresh)
  return fresh
}
