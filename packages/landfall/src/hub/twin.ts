/** Making and changing twins: values in, values out (contract/iot-hub 6). */
import type { DeviceId, Etag, HubName } from '../ids.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import type { Instant, Random } from '../system.ts'
import type { HubTwin } from './device.ts'

export interface NewTwin {
  readonly hub: HubName
  readonly deviceId: DeviceId
  readonly tags?: JsonObject
  readonly desired?: JsonObject
  readonly reported?: JsonObject
  readonly at: Instant
  readonly random: Random
}

/** What a service asks to be done to a twin; an absent section stays as it is. */
export interface TwinChange {
  readonly tags?: JsonObject | 'clear'
  readonly desired?: JsonObject | 'clear'
}

interface Now {
  readonly at: Instant
  readonly random: Random
}

/** A section's document and the tree of stamps that runs beside it. */
interface Section {
  readonly document: JsonObject
  readonly metadata: JsonObject
}

/** `$lastUpdatedVersion` stands on desired only (contract/iot-hub 6.8). */
interface Stamp extends JsonObject {
  readonly $lastUpdated: string
  readonly $lastUpdatedVersion?: number
}

const nothing: Section = { document: {}, metadata: {} }

/** Null members and `$` members are left out, as a patch of an empty twin would. Versions begin at 1. */
export function newTwin({ hub, deviceId, tags = {}, desired = {}, reported = {}, at, random }: NewTwin): HubTwin {
  const wanted = merge(nothing, desired, stampOf(at, 1))
  const told = merge(nothing, reported, stampOf(at))
  return {
    hub,
    deviceId,
    etag: makeTwinEtag(random),
    version: 1,
    tags: merge(nothing, tags, stampOf(at)).document,
    desired: wanted.document,
    desiredVersion: 1,
    desiredMetadata: wanted.metadata,
    reported: told.document,
    reportedVersion: 1,
    reportedMetadata: told.metadata,
  }
}

/** What a device tells of itself. The etag stays, the version does not (contract/iot-hub 6.5). */
export function reportTwin(twin: HubTwin, patch: JsonObject, at: Instant): HubTwin {
  const before = { document: twin.reported, metadata: twin.reportedMetadata }
  const told = merge(before, patch, stampOf(at))
  return {
    ...twin,
    version: twin.version + 1,
    reported: told.document,
    reportedVersion: twin.reportedVersion + 1,
    reportedMetadata: told.metadata,
  }
}

/** How a twin may be changed. */
export type TwinHow = 'patch' | 'replace'

/** What devices are told of a change of desired: a patch as it was made, a replacement whole (contract/iot-hub 6.7, 10.13). */
export const desiredNews = (before: HubTwin, { desired }: TwinChange, how: TwinHow) =>
  sectionNews(before.desired, desired, how)

export const tagsNews = (before: HubTwin, { tags }: TwinChange, how: TwinHow) => sectionNews(before.tags, tags, how)

function sectionNews(before: JsonObject, change: TwinChange['tags'], how: TwinHow): JsonObject | undefined {
  if (change === undefined) return
  if (change !== 'clear') return Object.fromEntries(Object.entries(change).filter(([name]) => !name.startsWith('$')))
  return how === 'replace' ? {} : Object.fromEntries(Object.keys(before).map((name) => [name, null]))
}

/** Merge patch: null removes a member at any depth, objects merge, all else replaces (contract/iot-hub 6.6). */
export const patchTwin = (twin: HubTwin, change: TwinChange, now: Now) => changeTwin(twin, change, now, merge)

/** The sections that are named are replaced whole (contract/iot-hub 6.7). */
export const replaceTwin = (twin: HubTwin, change: TwinChange, now: Now) => changeTwin(twin, change, now, replace)

type Change = (before: Section, document: JsonObject, stamp: Stamp) => Section

function changeTwin(twin: HubTwin, { tags, desired }: TwinChange, { at, random }: Now, apply: Change): HubTwin {
  if (tags === undefined && desired === undefined) return twin
  const next = { ...twin, etag: makeTwinEtag(random), version: twin.version + 1 }
  const tagged = tags && changeSection({ document: twin.tags, metadata: {} }, tags, stampOf(at), apply)
  if (!desired) return { ...next, tags: tagged?.document ?? twin.tags }
  const desiredVersion = twin.desiredVersion + 1
  const before = { document: twin.desired, metadata: twin.desiredMetadata }
  const wanted = changeSection(before, desired, stampOf(at, desiredVersion), apply)
  return {
    ...next,
    tags: tagged?.document ?? twin.tags,
    desired: wanted.document,
    desiredVersion,
    desiredMetadata: wanted.metadata,
  }
}

function changeSection(before: Section, change: JsonObject | 'clear', stamp: Stamp, apply: Change): Section {
  return change === 'clear' ? replace(before, {}, stamp) : apply(before, change, stamp)
}

function replace(_before: Section, document: JsonObject, stamp: Stamp): Section {
  return merge(nothing, document, stamp)
}

// Built as entries: a member named "__proto__" is then a member like any other.
function merge({ document, metadata }: Section, patch: JsonObject, stamp: Stamp): Section {
  const members = new Map(Object.entries(document))
  const stamps = new Map<string, Json | undefined>([...Object.entries(metadata), ...Object.entries(stamp)])
  for (const [name, value] of Object.entries(patch)) {
    if (value === undefined || name.startsWith('$')) continue
    if (value === null) {
      members.delete(name)
      stamps.delete(name)
    } else if (isJsonObject(value)) {
      const below = merge({ document: objectAt(members, name), metadata: objectAt(stamps, name) }, value, stamp)
      members.set(name, below.document)
      stamps.set(name, below.metadata)
    } else {
      members.set(name, value)
      stamps.set(name, stamp)
    }
  }
  return { document: Object.fromEntries(members), metadata: Object.fromEntries(stamps) }
}

function objectAt(members: ReadonlyMap<string, Json | undefined>, name: string): JsonObject {
  const value = members.get(name)
  return isJsonObject(value) ? value : {}
}

function stampOf(at: Instant, version?: number): Stamp {
  const $lastUpdated = new Date(at).toISOString()
  return version === undefined ? { $lastUpdated } : { $lastUpdated, $lastUpdatedVersion: version }
}

/**
 * Eight bytes in base64, as the cloud's counter (contract/iot-hub 6.3), but by chance: a device that is deleted and
 * made again never has an etag that somebody still holds.
 */
function makeTwinEtag(random: Random): Etag {
  return Buffer.from(random.bytes(8)).toString('base64') as Etag
}

// contract/semantics 10.8: system members, and reserved members of the clients' TwinCollection
const reserved = new Set(['$version', '$metadata', 'count', 'metadata', 'version'])

/** What of an enrollment's initial twin goes to the hub. */
export function withoutReserved(section: JsonObject | undefined): JsonObject {
  return Object.fromEntries(Object.entries(section ?? {}).filter(([name]) => !reserved.has(name)))
}
