/**
 * What the devices of one hub send, for one watcher: read from the stored log as its connection is ready for it, so a slow
 * watcher costs nothing and misses nothing that is still kept. An event's id is a place in the log, to come back with.
 */
import { setImmediate as othersTurn } from 'node:timers/promises'
import { partitionsPerHub, type StoredEvent } from '../hub/telemetry/event.ts'
import type { Start, TelemetryLog } from '../hub/telemetry/log.ts'
import { partitionOf } from '../hub/telemetry/partition.ts'
import type { DeviceId, HubName } from '../ids.ts'
import { type Clock, machineNow, type Timers } from '../system.ts'
import { every } from './every.ts'
import type { Watching } from './watch.ts'

export interface TelemetryStreamParts {
  readonly telemetry: TelemetryLog
  readonly clock: Clock
  readonly timers: Timers
}

export interface TelemetryOrder {
  readonly hub: HubName
  /** Absent: all of them. */
  readonly deviceId: DeviceId | undefined
  /** Where one begins that has no place yet. */
  readonly start: Start
}

/** After which event to go on, by partition. */
type Places = number[]

interface Found {
  readonly partition: number
  readonly event: StoredEvent
}

/** Many messages a second come together, and it still looks live. */
const pulseMs = 50
/** Proxies cut off what is silent for 30 to 60 seconds. */
const heartbeatMs = 15_000
const admissionMs = 60_000
const retryMs = 2000
/** Of one partition in one piece. */
const mostEvents = 200
const mostBytes = 64 * 1024

export async function* telemetryStream(
  parts: TelemetryStreamParts,
  order: TelemetryOrder,
  watching: Watching,
): AsyncGenerator<string> {
  const { clock, timers } = parts
  const places = await placesOf(parts, order, watching.lastEventId)
  const admission = every(admissionMs, machineNow(clock))
  yield `retry: ${retryMs}\nid: ${places.join('.')}\n\n`
  while (!watching.ended.aborted) {
    const found = await readAll(parts, order, places)
    const events = found.filter(({ event }) => order.deviceId === undefined || event.deviceId === order.deviceId)
    if ((events.length > 0 || admission.isDue(machineNow(clock))) && !(await watching.admitted())) return
    if (events.length > 0) yield piece(events, places)
    else if (found.length > 0) await othersTurn()
    else if (await isSilent(parts, order, places, watching.ended)) yield ':\n\n'
    else await timers.sleep(pulseMs, watching.ended)
  }
}

const partitionsOf = ({ deviceId }: TelemetryOrder): readonly number[] =>
  deviceId === undefined ? Array.from({ length: partitionsPerHub }, (_, index) => index) : [partitionOf(deviceId)]

/** Where it was; never beyond what there is, lest it wait for ever after the log began anew. */
async function placesOf({ telemetry }: TelemetryStreamParts, order: TelemetryOrder, id: string | undefined) {
  const known = /^-?\d{1,15}(\.-?\d{1,15}){3}$/.test(id ?? '') ? id?.split('.').map(Number) : undefined
  const places: Places = []
  for (let partition = 0; partition < partitionsPerHub; partition++) {
    const of = { hub: order.hub, partition }
    const place = known?.[partition]
    places[partition] =
      place === undefined ? await telemetry.placeOf(of, order.start) : Math.min(place, (await telemetry.span(of)).last)
  }
  return places
}

/** Moves the places. */
async function readAll({ telemetry }: TelemetryStreamParts, order: TelemetryOrder, places: Places): Promise<Found[]> {
  const found: Found[] = []
  for (const partition of partitionsOf(order)) {
    const after = places[partition] ?? -1
    const events = await telemetry.read({ hub: order.hub, partition, after, limit: mostEvents, bytes: mostBytes })
    found.push(...events.map((event) => ({ partition, event })))
    places[partition] = events.at(-1)?.sequence ?? after
  }
  return found.sort((a, b) => a.event.enqueuedAt - b.event.enqueuedAt)
}

/** Waits for another event; true when none came for so long that something must be said. */
async function isSilent(
  { telemetry, timers }: TelemetryStreamParts,
  order: TelemetryOrder,
  places: Places,
  ended: AbortSignal,
): Promise<boolean> {
  const over = new AbortController()
  const signal = AbortSignal.any([ended, over.signal])
  const news = partitionsOf(order).map(async (partition) => {
    await telemetry.more({ hub: order.hub, partition }, places[partition] ?? -1, signal)
    return false
  })
  const silence = timers.sleep(heartbeatMs, signal).then(() => !ended.aborted)
  try {
    return await Promise.race([...news, silence])
  } finally {
    over.abort()
  }
}

function piece(events: readonly Found[], places: Places): string {
  const data = JSON.stringify({ events: events.map(viewOf) })
  return `id: ${places.join('.')}\nevent: telemetry\ndata: ${data}\n\n`
}

/** A body that is no text is there in base64. */
function viewOf({ partition, event }: Found) {
  const { body, system, properties, deviceId, moduleId, source, sequence, enqueuedAt } = event
  return {
    enqueuedAt: new Date(enqueuedAt).toISOString(),
    deviceId,
    moduleId,
    source,
    partition,
    sequence,
    system,
    properties,
    ...bodyOf(body),
  }
}

function bodyOf(body: Uint8Array): { readonly body: string } | { readonly bodyBase64: string } {
  try {
    return { body: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body) }
  } catch {
    return { bodyBase64: Buffer.from(body).toString('base64') }
  }
}
