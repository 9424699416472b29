/** Modules by the published device SDK, called by the published service SDK. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { shows } from '../compatibility/shows.ts'
import { hub, makeDevice, makeModule, telemetryOf, textsOf } from '../hub/rig.ts'
import { startWorld, type World } from '../world.ts'
import { portless } from './connection-strings.ts'
import type { MethodOrder } from './hub-caller.ts'
import { type Outcome, startDevice } from './hub-device.ts'
import { runClient } from './run.ts'

/** Each call is a process of its own, which a busy machine takes its time to start. */
const callerMs = 30_000

let world: World
beforeAll(async () => {
  world = await startWorld({ standardPorts: true })
})
afterAll(() => world[Symbol.asyncDispose]())

const invoke = (deviceId: string, moduleId: string, method: MethodOrder['method']) =>
  runClient<Outcome>(world, 'hub-caller.ts', {
    connectionString: portless(world.connection.hubConnectionString),
    deviceId,
    moduleId,
    method,
  })

async function bornModule(transport: 'mqtt' | 'mqttWs' | 'amqp', deviceId: string) {
  await makeDevice(world, deviceId)
  const key = await makeModule(world, deviceId, 'filter')
  const connectionString = `HostName=${world.host};DeviceId=${deviceId};ModuleId=filter;SharedAccessKey=${key}`
  const module = startDevice(world, { connectionString, transport })
  expect(await module.call('open')).toMatchObject({ result: null })
  return module
}

describe.each(['mqtt', 'mqttWs', 'amqp'] as const)('a module over %s', (transport) => {
  test(
    'sends, and has its twin',
    shows(
      ['azure-iot-device-mqtt', 'azure-iot-device-mqtt (WebSocket)', 'azure-iot-device-amqp'],
      'the same as a module',
    ),
    async () => {
      const deviceId = `gateway-${transport}`
      await using module = await bornModule(transport, deviceId)
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
    },
  )

  test('is called', shows('azure-iothub', 'direct methods of modules'), async () => {
    const deviceId = `called-${transport}`
    await using module = await bornModule(transport, deviceId)
    await module.call('method', 'reset')
    await expect
      .poll(() => invoke(deviceId, 'filter', { methodName: 'reset', payload: { k: 1 }, connectTimeoutInSeconds: 10 }), {
        timeout: callerMs,
      })
      .toMatchObject({ result: { status: 201, payload: { k: 1 } } })
  })
})
