/**
 * What a test shows to work, with which published SDK: `test('…', shows('azure-iothub', 'modules'), async () => …)`.
 * docs/compatibility.md is made of those that passed (reporter.ts).
 */
import type {} from 'vitest'

export const backEndSdks = [
  'azure-iothub',
  'azure-iot-hub (Python)',
  '@azure/event-hubs',
  'azure-eventhub (Python)',
  'iot-service-client (Java)',
] as const
export const deviceSdks = [
  'azure-iot-device-mqtt',
  'azure-iot-device-mqtt (WebSocket)',
  'azure-iot-device-amqp',
  'azure-iot-device-http',
  'azure-iot-device (Python)',
  'azure-iot-device (Python, WebSocket)',
  'iot-device-client (Java, MQTT)',
  'iot-device-client (Java, AMQP)',
  'iot-device-client (Java, HTTPS)',
] as const

export const backEndOperations = [
  'device identities',
  'device identities in bulk',
  'registry statistics',
  'modules',
  'twins',
  'twins of modules',
  'queries',
  'queries with groups and sums',
  'configurations',
  'configuration content applied to a device',
  'jobs that change twins',
  'jobs that call methods',
  'direct methods',
  'direct methods of modules',
  'messages to devices',
  'feedback',
  'telemetry',
] as const
export const deviceOperations = [
  'a SAS token',
  'an X.509 certificate',
  'telemetry with properties',
  'telemetry in batches',
  'reading the twin',
  'reported properties',
  'desired properties as they change',
  'direct methods answered',
  'the same as a module',
  'messages, completed',
  'messages given back and rejected',
] as const

export type Sdk = (typeof backEndSdks | typeof deviceSdks)[number]
export type Operation = (typeof backEndOperations | typeof deviceOperations)[number]

declare module 'vitest' {
  interface TaskMeta {
    /** `SDK: operation` */
    shows?: readonly string[]
  }
}

export const sign = (sdk: Sdk, operation: Operation) => `${sdk}: ${operation}`

/** Options of a test. */
export const shows = (sdks: Sdk | readonly Sdk[], ...operations: readonly Operation[]) => ({
  meta: { shows: [sdks].flat().flatMap((sdk) => operations.map((operation) => sign(sdk, operation))) },
})
