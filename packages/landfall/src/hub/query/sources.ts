/** Where the rows of a query come from, batch by batch in one order; what a condition names is gone to directly. */
import { type DeviceId, type HubName, isDeviceId, isJobId, type JobId, type ModuleId } from '../../ids.ts'
import type { JsonObject } from '../../json.ts'
import type { Store } from '../../store/store.ts'
import type { DeviceBackEnd } from '../device/back-end.ts'
import type { HubDevice } from '../device.ts'
import { jobDeviceView } from '../jobs/views.ts'
import type { HubModule } from '../module.ts'
import { moduleTwinView } from '../module-views.ts'
import { sightingOf, twinView } from '../views.ts'
import { namedBy } from './evaluate.ts'
import type { Query } from './query.ts'

export interface Row {
  readonly row: JsonObject
  /** Where to go on after it. */
  readonly place: string
}

export interface Batch {
  readonly rows: readonly Row[]
  /** Absent: there is no more. */
  readonly next?: string
}

export type NextBatch = (after: string | undefined, limit: number) => Promise<Batch>

export interface SourceParts {
  readonly store: Store
  readonly devices: DeviceBackEnd
  readonly hub: HubName
}

export function sourceOf(parts: SourceParts, { from, where }: Query): NextBatch {
  if (from === 'modules') return modulesOf(parts, namedBy('deviceId', where))
  if (from === 'jobs') return jobDevicesOf(parts, namedBy('jobId', where))
  return devicesOf(parts, namedBy('deviceId', where))
}

const devicesOf =
  (parts: SourceParts, named: readonly string[] | undefined): NextBatch =>
  async (after, limit) => {
    const { items, next } = await nextDevices(parts, { named, after: after as DeviceId | undefined, limit })
    const rows = await Promise.all(
      items.map(async (device) => ({ row: await deviceRow(parts, device), place: device.deviceId })),
    )
    return { rows: present(rows), next }
  }

/** What was deleted meanwhile is left out. */
const present = (rows: readonly { readonly row: JsonObject | undefined; readonly place: string }[]): readonly Row[] =>
  rows.flatMap(({ row, place }) => (row ? [{ row, place }] : []))

interface DevicesOrder {
  readonly named: readonly string[] | undefined
  readonly after: DeviceId | undefined
  readonly limit: number
}

async function nextDevices({ store, hub }: SourceParts, { named, after, limit }: DevicesOrder) {
  if (!named) return store.devices(hub, { after, limit })
  const ids = [...new Set(named)]
    .filter(isDeviceId)
    .sort()
    .filter((id) => after === undefined || id > after)
  const taken = ids.slice(0, limit)
  const found = await Promise.all(taken.map((id) => store.device(hub, id)))
  return { items: found.filter((device) => device !== undefined), next: ids.length > limit ? taken.at(-1) : undefined }
}

async function deviceRow({ store, devices }: SourceParts, device: HubDevice): Promise<JsonObject | undefined> {
  const twin = await store.twin(device.hub, device.deviceId)
  return twin && twinView(device, twin, await sightingOf(devices, device))
}

/** Places are two ids with a slash between, which no id holds. */
const placeOf = (first: string, second: string) => `${first}/${second}`
const idsOf = (place: string) => place.split('/') as [string, string]

const modulesOf =
  (parts: SourceParts, named: readonly string[] | undefined): NextBatch =>
  async (after, limit) => {
    const { store, hub } = parts
    const [deviceId, moduleId] = after === undefined ? [] : idsOf(after)
    const place =
      deviceId === undefined ? undefined : { deviceId: deviceId as DeviceId, moduleId: moduleId as ModuleId }
    const modules = named
      ? await modulesOfDevices(store, hub, named)
      : await store.modulesOfHub({ hub, after: place, limit: limit + 1 })
    const ahead = modules.filter((module) => after === undefined || isBehind(module, place))
    const taken = ahead.slice(0, limit)
    const rows = await Promise.all(
      taken.map(async (module) => ({
        row: await moduleRow(parts, module),
        place: placeOf(module.deviceId, module.moduleId),
      })),
    )
    return { rows: present(rows), next: ahead.length > limit ? lastPlace(taken) : undefined }
  }

const lastPlace = (taken: readonly HubModule[]) => {
  const last = taken.at(-1)
  return last && placeOf(last.deviceId, last.moduleId)
}

function isBehind(module: HubModule, place: { readonly deviceId: string; readonly moduleId: string } | undefined) {
  if (!place) return true
  return module.deviceId === place.deviceId ? module.moduleId > place.moduleId : module.deviceId > place.deviceId
}

async function modulesOfDevices(store: Store, hub: HubName, named: readonly string[]): Promise<readonly HubModule[]> {
  const ids = [...new Set(named)].filter(isDeviceId).sort()
  return (await Promise.all(ids.map((id) => store.modules(hub, id)))).flat()
}

async function moduleRow({ store, devices }: SourceParts, module: HubModule): Promise<JsonObject | undefined> {
  const twin = await store.moduleTwin(module)
  return twin && moduleTwinView(module, twin, await sightingOf(devices, module))
}

const jobDevicesOf =
  ({ store, hub }: SourceParts, named: readonly string[] | undefined): NextBatch =>
  async (after, limit) => {
    const [jobId, deviceId] = after === undefined ? [] : idsOf(after)
    const place = jobId === undefined ? undefined : { jobId: jobId as JobId, deviceId: deviceId as DeviceId }
    // of several named jobs the rest is looked through; one is the usual question
    const only = named?.length === 1 ? named.find(isJobId) : undefined
    if (named && named.length === 1 && only === undefined) return { rows: [] }
    const found = await store.jobDevices({ hub, jobId: only, after: place, limit: limit + 1 })
    const taken = found.slice(0, limit)
    const rows = await Promise.all(
      taken.map(async (device) => {
        const job = await store.job(hub, device.jobId)
        return { row: job && jobDeviceView(job, device), place: placeOf(device.jobId, device.deviceId) }
      }),
    )
    const last = taken.at(-1)
    return {
      rows: present(rows),
      next: found.length > limit && last ? placeOf(last.jobId, last.deviceId) : undefined,
    }
  }
