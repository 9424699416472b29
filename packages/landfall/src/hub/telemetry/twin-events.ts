/**
 * A store that tells the readers of telemetry what is changed of twins, as a route for twin change events does in the cloud:
 * the event is on disk with the change, or neither is.
 */
import type { JsonObject } from '../../json.ts'
import type { Change, Store, TwinPut } from '../../store/store.ts'
import { type Clock, machineNow } from '../../system.ts'
import type { HubTwin } from '../device.ts'
import { entityOf } from '../event-hub-name.ts'
import type { TelemetryEvent } from './event.ts'
import type { PartitionOf } from './log.ts'
import { partitionOf } from './partition.ts'

export function tellingTwinChanges(store: Store, clock: Clock, wrote: (of: PartitionOf) => void): Store {
  return {
    ...store,
    async commit(changes) {
      const events = changes.filter(isNews).map((change) => ({ ...placeOf(change.value), events: [eventOf(change)] }))
      const at = machineNow(clock)
      await store.commit([...changes, ...events.map((one) => ({ append: 'telemetry', at, ...one }) as const)])
      for (const of of events) wrote(of)
    },
  }
}

// a twin that is made with its device is no change of one
const isNews = (change: Change): change is TwinPut =>
  'put' in change &&
  (change.put === 'twin' || change.put === 'moduleTwin') &&
  (change.patch ?? change.tagged ?? change.told) !== undefined

const placeOf = ({ hub, deviceId }: HubTwin) => ({ hub, partition: partitionOf(deviceId) })

function eventOf({ value, patch, tagged, told, isReplaced }: TwinPut): TelemetryEvent {
  const { hub, deviceId, version } = value
  const desired = sectionOf(patch, value.desiredMetadata, value.desiredVersion)
  const reported = sectionOf(told, value.reportedMetadata, value.reportedVersion)
  const properties = { ...(desired && { desired }), ...(reported && { reported }) }
  const whose = { deviceId, ...('moduleId' in value && { moduleId: value.moduleId }) }
  return {
    ...whose,
    source: 'twinChangeEvents',
    body: Buffer.from(JSON.stringify({ version, ...(tagged && { tags: tagged }), properties })),
    system: { contentType: 'application/json', contentEncoding: 'utf-8' },
    properties: {
      hubName: entityOf(hub),
      ...whose,
      operationTimestamp: String((told ? value.reportedMetadata : value.desiredMetadata).$lastUpdated ?? ''),
      'iothub-message-schema': 'twinChangeNotification',
      opType: isReplaced ? 'replaceTwin' : 'updateTwin',
    },
  }
}

/** What was changed as it was asked for, nulls included, and the stamps of it. */
function sectionOf(patch: JsonObject | undefined, metadata: JsonObject, version: number): JsonObject | undefined {
  if (patch === undefined) return
  const names = ['$lastUpdated', '$lastUpdatedVersion', ...Object.keys(patch)]
  const stamps = names.filter((name) => metadata[name] !== undefined).map((name) => [name, metadata[name]])
  return { ...patch, $metadata: Object.fromEntries(stamps), $version: version }
}
