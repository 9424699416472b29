/** Changes of a hub's devices and twins, each one durable write under the version that was read. */
import type { DeviceId, Etag, HubName, ModuleId } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import type { Change, Conflict, Expect, Store, TwinExpect, TwinNews } from '../store/store.ts'
import type { Instant, Random } from '../system.ts'
import type { HubDevice, HubTwin } from './device.ts'
import { edgeModulesOf, withoutEdgeModules } from './edge-modules.ts'
import { newDevice, updatedDevice } from './identity.ts'
import type { IdentityWish } from './identity-wish.ts'
import { deviceNotFound, HubRefusal, invalid, moduleNotFound } from './refusal.ts'
import { desiredNews, patchTwin, replaceTwin, reportTwin, type TwinChange, type TwinHow, tagsNews } from './twin.ts'
import { firstTwin, refuseTooLarge } from './twin-change.ts'
import { sizeFault } from './twin-limits.ts'

export interface Registry {
  readonly store: Store
  readonly random: Random
}

/** One device of one hub, at the instant of the request. */
export interface Place {
  readonly hub: HubName
  readonly deviceId: DeviceId
  readonly at: Instant
}

/** Of the device itself, or of one of its modules. */
export interface TwinPlace extends Place {
  readonly moduleId?: ModuleId
}

/** What the caller read before: a certain version, or whatever is there. */
export type Seen = { readonly etag: string } | 'whatever'

/** A twin change of somebody who named no version is tried again this often when others write at the same time. */
const twinTries = 10

export async function readDevice({ store }: Registry, { hub, deviceId }: Place): Promise<HubDevice> {
  const device = await store.device(hub, deviceId)
  if (!device) throw deviceNotFound(deviceId, hub)
  return device
}

export async function readTwin(registry: Registry, place: TwinPlace): Promise<HubTwin> {
  const { hub, deviceId, moduleId } = place
  const { store } = registry
  const twin = await (moduleId === undefined
    ? store.twin(hub, deviceId)
    : store.moduleTwin({ hub, deviceId, moduleId }))
  if (twin) return twin
  await readDevice(registry, place)
  throw moduleId === undefined ? deviceNotFound(deviceId, hub) : moduleNotFound(deviceId, moduleId)
}

export async function createDevice(registry: Registry, place: Place, wish: IdentityWish, twin: TwinChange = {}) {
  const { store, random } = registry
  const device = newDevice({ ...place, wish }, { at: place.at, random })
  await commit(store, place, [
    { put: 'device', value: device, expect: 'absent' },
    { put: 'twin', value: firstTwin({ ...place, random }, twin), expect: 'any' },
    ...(device.iotEdge ? edgeModulesOf(device, [], { at: place.at, random }) : []),
  ])
  return device
}

export async function updateDevice(registry: Registry, place: Place, wish: IdentityWish, seen: Seen) {
  for (let tries = 1; ; tries++) {
    const before = await readDevice(registry, place)
    if (seen !== 'whatever' && seen.etag !== before.etag) throw changedMeanwhile(place)
    const device = updatedDevice(before, wish, { at: place.at, random: registry.random })
    try {
      await commit(registry.store, place, [
        { put: 'device', value: device, expect: { etag: before.etag } },
        ...(await edgeModuleChanges(registry, place, [before, device])),
      ])
      return device
    } catch (error) {
      if (!mayTryAgain(error, seen, tries)) throw error
    }
  }
}

/** They come with being an edge device, and go with it (contract/iot-hub 5.2). */
async function edgeModuleChanges(
  { store, random }: Registry,
  { at }: Place,
  [was, is]: readonly [HubDevice, HubDevice],
) {
  if (was.iotEdge === is.iotEdge) return []
  const there = await store.modules(is.hub, is.deviceId)
  return is.iotEdge ? edgeModulesOf(is, there, { at, random }) : withoutEdgeModules(there)
}

export async function deleteDevice({ store }: Registry, place: Place, seen: Seen): Promise<void> {
  const { hub, deviceId } = place
  const expect: Expect = seen === 'whatever' ? 'present' : { etag: seen.etag as Etag }
  await commit(store, place, [{ delete: 'device', hub, deviceId, expect }])
}

export async function changeTwin(
  registry: Registry,
  place: TwinPlace,
  seen: Seen,
  wanted: TwinChange,
  how: TwinHow,
): Promise<HubTwin> {
  const apply = how === 'patch' ? patchTwin : replaceTwin
  return untilWritten(registry, place, seen, (before) => {
    const after = apply(before, wanted, { at: place.at, random: registry.random })
    if (after !== before) refuseTooLarge(after)
    return { after, news: newsOf(before, wanted, how) }
  })
}

function newsOf(before: HubTwin, wanted: TwinChange, how: TwinHow): TwinNews {
  const patch = desiredNews(before, wanted, how)
  const tagged = tagsNews(before, wanted, how)
  return { ...(patch && { patch }), ...(tagged && { tagged }), isReplaced: how === 'replace' }
}

/** What a device tells of itself; gives the twin with it. */
export function reportProperties(
  registry: Registry,
  place: TwinPlace,
  patch: JsonObject,
  seenVersion?: number,
): Promise<HubTwin> {
  return untilWritten(registry, place, 'whatever', (before) => {
    if (seenVersion !== undefined && seenVersion !== before.reportedVersion)
      throw reportedMeanwhile(before, seenVersion)
    const after = reportTwin(before, patch, place.at)
    const fault = sizeFault('reported', after.reported)
    if (fault) throw invalid(fault)
    return { after, news: { told: patch } }
  })
}

interface Changed {
  readonly after: HubTwin
  readonly news: TwinNews
}

/** Held fast by the version: a report leaves the etag, and must not be lost. Who named an etag is told of another one only. */
async function untilWritten(
  registry: Registry,
  place: TwinPlace,
  seen: Seen,
  change: (before: HubTwin) => Changed,
): Promise<HubTwin> {
  for (let tries = 1; ; tries++) {
    const before = await readTwin(registry, place)
    if (seen !== 'whatever' && seen.etag !== before.etag) throw changedMeanwhile(place)
    const { after, news } = change(before)
    if (after === before) return before
    const expect = { version: before.version }
    try {
      await commit(registry.store, place, [twinPut(after, place.moduleId, { expect, ...news })])
      return after
    } catch (error) {
      if (!mayTryAgain(error, 'whatever', tries)) throw error
    }
  }
}

function twinPut(
  value: HubTwin,
  moduleId: ModuleId | undefined,
  rest: { readonly expect: TwinExpect } & TwinNews,
): Change {
  if (moduleId === undefined) return { put: 'twin', value, ...rest }
  return { put: 'moduleTwin', value: { ...value, moduleId }, ...rest }
}

function mayTryAgain(error: unknown, seen: Seen, tries: number): boolean {
  return seen === 'whatever' && tries < twinTries && error instanceof HubRefusal && error.code === 'PreconditionFailed'
}

async function commit(store: Store, place: TwinPlace, changes: readonly Change[]): Promise<void> {
  try {
    await store.commit(changes)
  } catch (error) {
    throw isConflict(error) ? refusalOf(error, place, changes) : error
  }
}

// By name: this room knows the store's types, not its code.
export const isConflict = (error: unknown): error is Conflict => error instanceof Error && error.name === 'Conflict'

function refusalOf(conflict: Conflict, place: TwinPlace, changes: readonly Change[]): HubRefusal {
  const creates = changes.some((change) => 'expect' in change && change.expect === 'absent')
  if (creates)
    return new HubRefusal(
      'DeviceAlreadyExists',
      `There is a device "${place.deviceId}" on the hub "${place.hub}" already. To change it, send If-Match.`,
    )
  if (conflict.found !== undefined) return changedMeanwhile(place)
  const { hub, deviceId, moduleId } = place
  return moduleId === undefined ? deviceNotFound(deviceId, hub) : moduleNotFound(deviceId, moduleId)
}

const reportedMeanwhile = ({ deviceId, reportedVersion }: HubTwin, seen: number) =>
  new HubRefusal(
    'PreconditionFailed',
    `The reported properties of "${deviceId}" are at version ${reportedVersion}, not ${seen}. Read the twin and report again.`,
  )

export function changedMeanwhile({ deviceId }: { readonly deviceId: string }): HubRefusal {
  return new HubRefusal(
    'PreconditionFailed',
    `"${deviceId}" is not as the If-Match header says: it was changed since it was read. Read it again and repeat the change.`,
  )
}
