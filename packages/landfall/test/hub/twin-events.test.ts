/** Changes of twins beside telemetry, where that was asked for: read by the published Event Hubs SDK. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ReadAnswer } from '../sdk/event-hubs-client.ts'
import { runClient } from '../sdk/run.ts'
import { startWorld, type World } from '../world.ts'
import { connectDevice, hub, makeDevice, makeModule, telemetryOf } from './rig.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ standardPorts: true, config: { twinChangeEvents: true } })
})
afterAll(() => world[Symbol.asyncDispose]())

test('what a device reports and what a back end asks for come with nulls, stamps and versions, modules too', async () => {
  const deviceKey = await makeDevice(world, 'pump')
  const device = await connectDevice(world, { deviceId: 'pump', deviceKey })
  await device.client.subscribeAsync('$iothub/twin/res/#')
  const connectionString = world.connection.eventHubConnectionString
  const reading = runClient<ReadAnswer>(world, 'event-hubs-client.ts', { sdk: 6, connectionString, count: 4 })
  device.client.publish('$iothub/twin/PATCH/properties/reported/?$rid=1', '{"level":3,"gone":null}')
  await device.hears(/res\/204/)
  await hub(world, 'PATCH /twins/pump', { tags: { plant: 'A' }, properties: { desired: { rate: 7 } } })
  await hub(world, 'PUT /twins/pump', { tags: { plant: 'B' } })
  await makeModule(world, 'pump', 'filter')
  await hub(world, 'PATCH /twins/pump/modules/filter', { properties: { desired: { rate: 1 } } })

  const { events, error } = await reading
  expect(error).toBeUndefined()
  const at = expect.stringMatching(/Z$/)
  expect(events.map(({ body }) => body)).toEqual([
    {
      version: 2,
      properties: {
        reported: { level: 3, gone: null, $metadata: { $lastUpdated: at, level: { $lastUpdated: at } }, $version: 2 },
      },
    },
    expect.objectContaining({
      version: 3,
      tags: { plant: 'A' },
      properties: { desired: expect.objectContaining({ rate: 7, $version: 2 }) },
    }),
    { version: 4, tags: { plant: 'B' }, properties: {} },
    expect.objectContaining({ properties: { desired: expect.objectContaining({ rate: 1, $version: 2 }) } }),
  ])
  expect(events.map(({ properties }) => properties.opType)).toEqual([
    'updateTwin',
    'updateTwin',
    'replaceTwin',
    'updateTwin',
  ])
  expect(events[3]).toMatchObject({
    contentType: 'application/json',
    properties: { deviceId: 'pump', moduleId: 'filter', 'iothub-message-schema': 'twinChangeNotification' },
    systemProperties: {
      'iothub-message-source': 'twinChangeEvents',
      'iothub-connection-device-id': 'pump',
      'iothub-connection-module-id': 'filter',
    },
  })
  await device.client.endAsync()
})

test('nothing is told of a change that was refused', async () => {
  await makeDevice(world, 'guarded')
  const patch = { properties: { desired: { rate: 7 } } }
  expect((await hub(world, 'PATCH /twins/guarded', patch, { 'if-match': '"other"' })).status).toBe(412)
  expect(await telemetryOf(world, 'guarded')).toEqual([])
})
