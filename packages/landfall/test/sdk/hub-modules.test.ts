/** Modules by the published device SDK, called by the published service SDK. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { shows } from '../compatibility/shows.ts'
import { hub, makeDevice, makeModule, telemetryOf, textsOf } from '../hub/rig.ts'
import { startWorld, type World } from '../world.ts'
import type { MethodOrder } from './hub-caller.ts'
import { type Outcome, startDevice } from './hub-device.ts'
import { runClient } from './run.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ standardPorts: true })
})
afterAll(() => world[Symbol.asyncDispose]())

const invoke = (deviceId: string, moduleId: string, method: MethodOrder['method']) =>
  runClient<Outcome>(world, 'hub-caller.ts', {
    connectionString: world.connection.hubConnectionString.replace(/^HostName=([^:;]+):\d+/, 'HostName=$1'),
    deviceId,
    moduleId,
    method,
  })

const sdkOf = {
  mqtt: 'azure-iot-device-mqtt',
  mqttWs: 'azure-iot-device-mqtt (WebSocket)',
  amqp: 'azure-iot-device-amqp',
} as const

for (const transport of ['mqtt', 'mqttWs', 'amqp'] as const)
  test(`a module over ${transport} sends, has its twin, and is called`, {
    meta: {
      shows: [
        ...shows(sdkOf[transport], 'the same as a module').meta.shows,
        ...shows('azure-iothub', 'direct methods of modules').meta.shows,
      ],
    },
  }, async () => {
    const deviceId = `gateway-${transport}`
    await makeDevice(world, deviceId)
    const key = await makeModule(world, deviceId, 'filter')
    const connectionString = `HostName=${world.host};DeviceId=${deviceId};ModuleId=filter;SharedAccessKey=${key}`
    await using module = startDevice(world, { connectionString, transport })
    expect(await module.call('open')).toMatchObject({ result: null })
    expect(await module.call('output', 'alarms', 'hot')).toMatchObject({ result: null })
    await module.call('send', 'plain', { properties: { a: 'b' } })
    const events = await telemetryOf(world, deviceId)
    expect(textsOf(events)).toEqual(['hot', 'plain'])
    expect(events[0]).toMatchObject({ moduleId: 'filter', system: { outputName: 'alarms' } })

    expect((await module.call('twin')).result).toEqual({ desired: { $version: 1 }, reported: { $version: 1 } })
    expect(await module.call('report', { rate: 2 })).toMatchObject({ result: null })
    const path = `/twins/${deviceId}/modules/filter`
    expect((await hub(world, `GET ${path}`)).body).toMatchObject({
      connectionState: 'Connected',
      properties: { reported: { rate: 2 } },
    })
    await hub(world, `PATCH ${path}`, { properties: { desired: { rate: 3 } } })
    await expect.poll(async () => (await module.hears('desired')).patch.rate).toBe(3)

    await module.call('method', 'reset')
    await expect
      .poll(() => invoke(deviceId, 'filter', { methodName: 'reset', payload: { k: 1 }, connectTimeoutInSeconds: 10 }))
      .toMatchObject({ result: { status: 201, payload: { k: 1 } } })
  })
