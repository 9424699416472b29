/** What back ends keep on a hub beside devices: modules, configurations, jobs. */
import type { DatabaseSync } from 'node:sqlite'
import type { HubConfiguration } from '../../hub/configuration.ts'
import type { HubJob, HubJobDevice, JobCounts } from '../../hub/jobs/job.ts'
import type { HubModule, HubModuleTwin, ModulePlace } from '../../hub/module.ts'
import type { DeviceId, HubName, JobId } from '../../ids.ts'
import type { BackEndChange, JobDevicesQuestion, ModulesQuestion, Store } from '../store.ts'
import { configurationShape, jobShape, moduleShape, moduleTwinShape } from './shapes.ts'
import { makeWriter } from './writer.ts'

export interface BackEnds {
  // into the open transaction
  put(change: Extract<BackEndChange, { put: unknown }>): void
  remove(change: Extract<BackEndChange, { delete: unknown }>): void
  noteJobDevices(values: readonly HubJobDevice[]): void
  removeDevice(hub: HubName, deviceId: DeviceId): void
  removeHub(hub: HubName): void
}

export function makeBackEnds(database: DatabaseSync): BackEnds {
  const modules = makeWriter(database, moduleShape)
  const moduleTwins = makeWriter(database, moduleTwinShape)
  const configurations = makeWriter(database, configurationShape)
  const jobs = makeWriter(database, jobShape)
  const noteJobDevice = database.prepare(
    `INSERT INTO job_devices (hub, job_id, device_id, status, document) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (hub, job_id, device_id) DO UPDATE SET status = excluded.status, document = excluded.document`,
  )
  const removeJobDevices = database.prepare('DELETE FROM job_devices WHERE hub = ? AND job_id = ?')
  const ofDevice = ['modules', 'module_twins'].map((table) =>
    database.prepare(`DELETE FROM ${table} WHERE hub = ? AND device_id = ?`),
  )
  const ofHub = ['modules', 'module_twins', 'configurations', 'jobs', 'job_devices'].map((table) =>
    database.prepare(`DELETE FROM ${table} WHERE hub = ?`),
  )

  return {
    put(change) {
      if (change.put === 'module') modules.put(change.value, change.expect)
      else if (change.put === 'moduleTwin') moduleTwins.put(change.value, change.expect)
      else if (change.put === 'configuration') configurations.put(change.value, change.expect)
      else jobs.put(change.value, change.expect)
    },
    remove(change) {
      switch (change.delete) {
        case 'module':
          modules.delete(keyOf(change), change.expect)
          moduleTwins.delete(keyOf(change), 'any')
          break
        case 'configuration':
          configurations.delete([change.hub, change.id], change.expect)
          break
        case 'job':
          jobs.delete([change.hub, change.jobId], change.expect)
          removeJobDevices.run(change.hub, change.jobId)
      }
    },
    noteJobDevices(values) {
      for (const value of values)
        noteJobDevice.run(value.hub, value.jobId, value.deviceId, value.status, JSON.stringify(value))
    },
    removeDevice(hub, deviceId) {
      for (const statement of ofDevice) statement.run(hub, deviceId)
    },
    removeHub(hub) {
      for (const statement of ofHub) statement.run(hub)
    },
  }
}

const keyOf = ({ hub, deviceId, moduleId }: ModulePlace) => [hub, deviceId, moduleId] as const

/** Answers at once; `answer` of questions.ts makes the store's promises of it. */
export function makeBackEndQuestions(database: DatabaseSync) {
  const place = 'hub = ? AND device_id = ? AND module_id = ?'
  const module = database.prepare(`SELECT document FROM modules WHERE ${place}`)
  const moduleTwin = database.prepare(`SELECT document FROM module_twins WHERE ${place}`)
  const modules = database.prepare('SELECT document FROM modules WHERE hub = ? AND device_id = ? ORDER BY module_id')
  const modulesOfHub = database.prepare(
    `SELECT document FROM modules WHERE hub = ? AND (device_id, module_id) > (?, ?)
     ORDER BY device_id, module_id LIMIT ?`,
  )
  const configuration = database.prepare('SELECT document FROM configurations WHERE hub = ? AND id = ?')
  const configurations = database.prepare('SELECT document FROM configurations WHERE hub = ? ORDER BY id')
  const job = database.prepare('SELECT document FROM jobs WHERE hub = ? AND job_id = ?')
  const jobs = database.prepare('SELECT document FROM jobs WHERE hub = ? AND job_id > ? ORDER BY job_id LIMIT ?')
  const openJobs = database.prepare(`SELECT document FROM jobs WHERE status IN ('queued', 'running')`)
  const jobDevice = database.prepare('SELECT document FROM job_devices WHERE hub = ? AND job_id = ? AND device_id = ?')
  const jobDevices = database.prepare(
    `SELECT document FROM job_devices WHERE hub = ? AND (job_id, device_id) > (?, ?)
     ORDER BY job_id, device_id LIMIT ?`,
  )
  const devicesOfJob = database.prepare(
    `SELECT document FROM job_devices WHERE hub = ? AND job_id = ? AND device_id > ? ORDER BY device_id LIMIT ?`,
  )
  const jobCounts = database.prepare(
    'SELECT status, count(*) AS number FROM job_devices WHERE hub = ? AND job_id = ? GROUP BY status',
  )

  return {
    module: (of: ModulePlace) => read<HubModule>(module.get(...keyOf(of))),
    moduleTwin: (of: ModulePlace) => read<HubModuleTwin>(moduleTwin.get(...keyOf(of))),
    modules: (hub: HubName, deviceId: DeviceId) => readAll<HubModule>(modules.all(hub, deviceId)),
    modulesOfHub: ({ hub, after, limit }: ModulesQuestion) =>
      readAll<HubModule>(modulesOfHub.all(hub, after?.deviceId ?? '', after?.moduleId ?? '', limit)),
    configuration: (hub: HubName, id: string) => read<HubConfiguration>(configuration.get(hub, id)),
    configurations: (hub: HubName) => readAll<HubConfiguration>(configurations.all(hub)),
    job: (hub: HubName, jobId: JobId) => read<HubJob>(job.get(hub, jobId)),
    jobs: ({ hub, after, limit }: Parameters<Store['jobs']>[0]) => readAll<HubJob>(jobs.all(hub, after ?? '', limit)),
    openJobs: () => readAll<HubJob>(openJobs.all()),
    jobDevice: (hub: HubName, jobId: JobId, deviceId: DeviceId) =>
      read<HubJobDevice>(jobDevice.get(hub, jobId, deviceId)),
    jobDevices: ({ hub, jobId, after, limit }: JobDevicesQuestion) =>
      readAll<HubJobDevice>(
        jobId === undefined
          ? jobDevices.all(hub, after?.jobId ?? '', after?.deviceId ?? '', limit)
          : devicesOfJob.all(hub, jobId, after?.deviceId ?? '', limit),
      ),
    jobCounts(hub: HubName, jobId: JobId): JobCounts {
      const rows = jobCounts.all(hub, jobId).map(({ status, number }) => [String(status), Number(number)])
      return { running: 0, completed: 0, failed: 0, ...Object.fromEntries(rows) }
    },
  }
}

type Row = Readonly<Record<string, unknown>>

const read = <Value>(row: Row | undefined) => row && (JSON.parse(String(row.document)) as Value)
const readAll = <Value>(rows: readonly Row[]) => rows.map((row) => JSON.parse(String(row.document)) as Value)
