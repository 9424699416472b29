/** The questions of the store, each a prepared statement. */
import type { DatabaseSync } from 'node:sqlite'
import type { CaCertificate } from '../../enrollment/ca-certificate.ts'
import type { EnrollmentGroup, IndividualEnrollment } from '../../enrollment/enrollment.ts'
import type { HubDevice, HubTwin } from '../../hub/device.ts'
import type { GroupKey } from '../../ids.ts'
import type { Operation, Registration } from '../../registration/record.ts'
import type { Settings } from '../settings.ts'
import type { Store } from '../store.ts'
import { makeBackEndQuestions } from './back-ends.ts'
import { makeBesideRows } from './beside-rows.ts'
import { makeBrowse } from './browse.ts'
import { makeExpiryQuestion } from './expiries.ts'
import { storageFailure } from './failure.ts'
import { makeIssuerQuestion } from './issuers.ts'
import { makeLists } from './lists.ts'

/** What `makeSqliteStore` answers with the logs it has opened. */
type OfLogs =
  | 'attempt'
  | 'attempts'
  | 'audit'
  | 'auditKey'
  | 'presence'
  | 'subscriptions'
  | 'telemetry'
  | 'telemetrySpan'
  | 'telemetryPlace'
  | 'cloudMessages'
  | 'cloudMessageCount'
  | 'expiredCloudMessages'
  | 'feedback'

export type Questions = Omit<Store, OfLogs | 'commit' | 'note' | 'health' | 'close' | typeof Symbol.asyncDispose>

export function makeQuestions(database: DatabaseSync): Questions {
  const one = <Value>(sql: string) => askOne<Value>(database, sql)
  const all = <Value>(sql: string) => askAll<Value>(database, sql)
  const settings = one<Settings>(`SELECT document FROM settings WHERE name = 'instance'`)
  const symmetricKeyGroups = all<EnrollmentGroup>(
    `SELECT document FROM groups WHERE attestation = 'symmetricKey' ORDER BY key`,
  )
  const caCertificates = all<CaCertificate>('SELECT document FROM ca_certificates ORDER BY key')
  const pendingOperations = all<Operation>('SELECT document FROM operations ORDER BY started_at, id')
  const referencing = database.prepare('SELECT key FROM group_references WHERE ca_key = ? ORDER BY key')
  const lists = makeLists(database)
  const issuers = makeIssuerQuestion(database)
  const expiries = makeExpiryQuestion(database)
  const browse = makeBrowse(database)
  const besideRows = makeBesideRows(database)
  const backEnds = makeBackEndQuestions(database)
  const count = database.prepare('SELECT total, enabled FROM counts WHERE of = ?')
  const countOf = (what: string) => {
    const row = count.get(what)
    return { total: Number(row?.total ?? 0), enabled: Number(row?.enabled ?? 0) }
  }

  return {
    settings: () => settings(),

    individual: one<IndividualEnrollment>('SELECT document FROM individuals WHERE key = ?'),
    individuals: (page) => answer(() => lists.individuals(page)),
    group: one<EnrollmentGroup>('SELECT document FROM groups WHERE key = ?'),
    groups: (page) => answer(() => lists.groups(page)),
    browseIndividuals: (request) => answer(() => browse.individuals(request)),
    browseGroups: (request) => answer(() => browse.groups(request)),
    symmetricKeyGroups: () => symmetricKeyGroups(),

    caCertificate: one<CaCertificate>('SELECT document FROM ca_certificates WHERE key = ?'),
    caCertificates: () => caCertificates(),
    groupsReferencing: (key) => answer(() => referencing.all(key).map((row) => String(row.key) as GroupKey)),
    issuerCertificates: (question) => answer(() => issuers(question)),
    expiringSlots: (question) => answer(() => expiries(question)),

    registration: one<Registration>('SELECT document FROM registrations WHERE key = ?'),
    registrations: (page) => answer(() => lists.registrations(page, page.group)),
    browseRegistrations: (request) => answer(() => browse.registrations(request, request.group)),
    registrationsOf: (keys) => answer(() => besideRows.registrationsOf(keys)),
    registrationCounts: (groups, most) => answer(() => besideRows.registrationCounts(groups, most)),
    operation: one<Operation>('SELECT document FROM operations WHERE id = ?'),
    pendingOperations: () => pendingOperations(),

    device: one<HubDevice>('SELECT document FROM devices WHERE hub = ? AND device_id = ?'),
    devices: (hub, page) => answer(() => lists.devices(page, hub)),
    deviceCounts: (hub) => answer(() => countOf(`hub ${hub}`)),
    twin: one<HubTwin>('SELECT document FROM twins WHERE hub = ? AND device_id = ?'),

    module: (place) => answer(() => backEnds.module(place)),
    modules: (hub, deviceId) => answer(() => backEnds.modules(hub, deviceId)),
    modulesOfHub: (question) => answer(() => backEnds.modulesOfHub(question)),
    moduleTwin: (place) => answer(() => backEnds.moduleTwin(place)),
    configuration: (hub, id) => answer(() => backEnds.configuration(hub, id)),
    configurations: (hub) => answer(() => backEnds.configurations(hub)),
    job: (hub, jobId) => answer(() => backEnds.job(hub, jobId)),
    jobs: (question) => answer(() => backEnds.jobs(question)),
    openJobs: () => answer(() => backEnds.openJobs()),
    jobDevice: (hub, jobId, deviceId) => answer(() => backEnds.jobDevice(hub, jobId, deviceId)),
    jobDevices: (question) => answer(() => backEnds.jobDevices(question)),
    jobCounts: (hub, jobId) => answer(() => backEnds.jobCounts(hub, jobId)),

    counts: () =>
      answer(() => ({
        individuals: countOf('individuals').total,
        groups: countOf('groups').total,
        registrations: countOf('registrations').total,
      })),
  }
}

function askOne<Value>(database: DatabaseSync, sql: string) {
  const statement = database.prepare(sql)
  return (...key: readonly string[]): Promise<Value | undefined> =>
    answer(() => {
      const row = statement.get(...key)
      return row && (JSON.parse(String(row.document)) as Value)
    })
}

function askAll<Value>(database: DatabaseSync, sql: string) {
  const statement = database.prepare(sql)
  return (): Promise<readonly Value[]> =>
    answer(() => statement.all().map((row) => JSON.parse(String(row.document)) as Value))
}

/** SQLite answers at once; what it throws is the disk's fault or a bug of ours. */
export async function answer<Value>(ask: () => Value): Promise<Value> {
  try {
    return ask()
  } catch (error) {
    throw storageFailure(error) ?? error
  }
}
