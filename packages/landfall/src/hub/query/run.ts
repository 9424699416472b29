/** One page of a query's answer, for a bounded amount of work: the hub is walked in the order of its device ids. */
import { type DeviceId, type HubName, isDeviceId } from '../../ids.ts'
import type { JsonObject } from '../../json.ts'
import type { Store } from '../../store/store.ts'
import type { DeviceBackEnd } from '../device/back-end.ts'
import type { HubDevice } from '../device.ts'
import { invalid } from '../refusal.ts'
import { sightingOf, twinView } from '../views.ts'
import { fits, namedDevices, project } from './evaluate.ts'
import type { Query } from './parse.ts'

export interface PageOrder {
  readonly hub: HubName
  readonly query: Query
  readonly limit: number
  readonly after?: DeviceId
}

export interface QueryPage {
  readonly rows: readonly JsonObject[]
  /** Where to go on; absent on the last page. */
  readonly next?: DeviceId
}

/** Devices looked at for one page; a page may hold fewer rows than asked for and still be followed by another. */
const devicesAPage = 2000
/** A count cannot be continued: some seconds of work, shared with everybody else's. */
const devicesACount = 100_000
const devicesAtOnce = 200

interface Found {
  readonly twins: readonly JsonObject[]
  readonly next?: DeviceId
}

interface Walk {
  readonly store: Store
  readonly devices: DeviceBackEnd
  readonly order: PageOrder
}

export async function runQuery(store: Store, devices: DeviceBackEnd, order: PageOrder): Promise<QueryPage> {
  const { select, from } = order.query
  if (from === 'modules') return { rows: [] }
  if (typeof select === 'object' && 'count' in select)
    return { rows: [{ [select.count]: await count({ store, devices, order }) }] }
  const { twins, next } = await walk({ store, devices, order }, order.limit, devicesAPage)
  return { rows: select === 'all' ? twins : twins.map((twin) => project(select.columns, twin)), next }
}

async function count(of: Walk): Promise<number> {
  const { store, order } = of
  if (!order.query.where) return (await store.deviceCounts(order.hub)).total
  const { twins, next } = await walk(of, Number.POSITIVE_INFINITY, devicesACount)
  if (next !== undefined)
    throw invalid(
      `COUNT with a condition looks at ${devicesACount} devices at most, and this hub has more. Page through them.`,
    )
  return twins.length
}

/** Batch by batch, until there are rows enough, the budget is spent, or the hub ends. */
async function walk(of: Walk, limit: number, budget: number): Promise<Found> {
  const { order } = of
  const { where } = order.query
  const twins: JsonObject[] = []
  let after = order.after
  for (let looked = 0; looked < budget; looked += devicesAtOnce) {
    const wanted = limit - twins.length
    const batch = await nextDevices(of, after, where ? devicesAtOnce : Math.min(devicesAtOnce, wanted))
    const shown = await Promise.all(batch.items.map((device) => twinOf(of, device)))
    const fitting = shown.filter((twin) => twin !== undefined).filter((twin) => !where || fits(where, twin))
    twins.push(...fitting.slice(0, wanted))
    after = fitting.length > wanted ? deviceIdOf(fitting[wanted - 1]) : batch.next
    if (after === undefined || twins.length === limit) break
  }
  return { twins, next: after }
}

async function twinOf({ store, devices }: Walk, device: HubDevice): Promise<JsonObject | undefined> {
  const twin = await store.twin(device.hub, device.deviceId)
  return twin && twinView(device, twin, await sightingOf(devices, device))
}

const deviceIdOf = (twin: JsonObject | undefined) => twin?.deviceId as DeviceId | undefined

interface Batch {
  readonly items: readonly HubDevice[]
  readonly next?: DeviceId
}

async function nextDevices({ store, order }: Walk, after: DeviceId | undefined, limit: number): Promise<Batch> {
  const { hub, query } = order
  const named = namedDevices(query.where)
  if (!named) return store.devices(hub, { after, limit })
  const ids = [...new Set(named)]
    .filter(isDeviceId)
    .sort()
    .filter((id) => after === undefined || id > after)
  const taken = ids.slice(0, limit)
  const found = await Promise.all(taken.map((id) => store.device(hub, id)))
  return { items: found.filter((device) => device !== undefined), next: ids.length > limit ? taken.at(-1) : undefined }
}
