/** The published device SDK, unmodified, on the hub that provisioning gave it, over MQTT and WebSocket. */

import { attestation } from 'landfall-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deriveDeviceKey } from '../../src/sas/key.ts'
import { shows } from '../compatibility/shows.ts'
import { hub, hubOf, makeDevice, telemetryOf, textsOf } from '../hub/rig.ts'
import { enrolledCa, type TestCa } from '../test-ca.ts'
import { startWorld, type World } from '../world.ts'
import { ofDevice, portless } from './connection-strings.ts'
import type { MethodOrder } from './hub-caller.ts'
import { type Outcome, startDevice } from './hub-device.ts'
import { registerBySdk } from './register.ts'
import { runClient } from './run.ts'

/** Each call is a process of its own, which a busy machine takes its time to start. */
const callerMs = 30_000

let world: World
let ca: TestCa
beforeAll(async () => {
  world = await startWorld({ standardPorts: true })
  ca = await enrolledCa(world)
})
afterAll(() => world[Symbol.asyncDispose]())

const invoke = (deviceId: string, method: MethodOrder['method']) =>
  runClient<Outcome>(world, 'hub-caller.ts', {
    connectionString: portless(world.connection.hubConnectionString),
    deviceId,
    method,
  })

describe.each(['mqtt', 'mqttWs'] as const)('over %s', (transport) => {
  test(
    'a device registers with its X.509 certificate and lands on its hub',
    shows(['azure-iot-device-mqtt', 'azure-iot-device-mqtt (WebSocket)'], 'an X.509 certificate'),
    async () => {
      const registrationId = `x509-${transport}`
      const { certificate, key } = await ca.device(registrationId)
      const { result } = await registerBySdk(world, { registrationId, transport, certificate, key })
      const connectionString = `HostName=${result?.assignedHub};DeviceId=${result?.deviceId};x509=true`
      await using device = startDevice(world, { connectionString, transport, certificate, key })
      expect(await device.call('open')).toMatchObject({ done: 'open', result: null })
      expect(await device.call('send', 'landed')).toMatchObject({ result: null })
      expect(textsOf(await telemetryOf(world, registrationId))).toEqual(['landed'])
    },
  )

  test(
    'a device of a symmetric key reads its initial twin, sends, reports, and is called',
    shows(
      ['azure-iot-device-mqtt', 'azure-iot-device-mqtt (WebSocket)'],
      'a SAS token',
      'telemetry with properties',
      'reading the twin',
      'reported properties',
      'desired properties as they change',
      'direct methods answered',
    ),
    async () => {
      const registrationId = `sas-${transport}`
      const enrollment = await world.client.individualEnrollments.createOrUpdate({
        registrationId,
        attestation: attestation.symmetricKey(),
        initialTwin: { tags: { line: 7 }, properties: { desired: { interval: 5 } } },
      })
      const { primaryKey = '' } = enrollment.attestation.symmetricKey ?? {}
      await registerBySdk(world, { registrationId, transport, symmetricKey: primaryKey })
      await using device = startDevice(world, {
        connectionString: ofDevice(world, registrationId, primaryKey),
        transport,
      })
      await device.call('open')

      expect((await device.call('twin')).result).toEqual({
        desired: { interval: 5, $version: 1 },
        reported: { $version: 1 },
      })
      expect(await device.call('report', { temperature: { inside: 21 } })).toMatchObject({ result: null })
      const twin = (await hub(world, `GET /twins/${registrationId}`)).body
      expect(twin).toMatchObject({
        connectionState: 'Connected',
        properties: { reported: { temperature: { inside: 21 } } },
      })
      expect(await device.hears('desired')).toMatchObject({ patch: { interval: 5 } })
      await hub(world, `PATCH /twins/${registrationId}`, { properties: { desired: { interval: 9 } } })
      expect(await device.hears('desired')).toMatchObject({ patch: { interval: 9, $version: 2 } })

      const properties = { 'a key': 'a/b&c=d', ä: '€', empty: '' }
      await device.call('send', '{"t":1}', { messageId: 'first', contentType: 'application/json', properties })
      await device.call('send', '')
      const [first, second] = await telemetryOf(world, registrationId)
      expect(first).toMatchObject({ properties, system: { messageId: 'first', contentType: 'application/json' } })
      expect(second?.body.length).toBe(0)

      await device.call('method', 'reset')
      await expect
        .poll(
          () => invoke(registrationId, { methodName: 'reset', payload: { k: [1, null] }, connectTimeoutInSeconds: 10 }),
          { timeout: callerMs },
        )
        .toMatchObject({
          result: { status: 201, payload: { k: [1, null] } },
        })
      expect(await device.hears('method')).toMatchObject({ name: 'reset', payload: { k: [1, null] } })
    },
  )

  test('a report that the hub refuses is an error in the device', async () => {
    const deviceId = `wrong-${transport}`
    await using device = startDevice(world, {
      connectionString: ofDevice(world, deviceId, await makeDevice(world, deviceId)),
      transport,
    })
    await device.call('open')
    await device.call('twin')
    expect((await device.call('report', { 'a.b': 1 })).error).toMatchObject({ name: expect.stringMatching(/Error/) })
  })

  test(
    'messages wait for the device, and are done when it completes them',
    shows(['azure-iot-device-mqtt', 'azure-iot-device-mqtt (WebSocket)'], 'messages, completed'),
    async () => {
      const deviceId = `mail-${transport}`
      const deviceKey = await makeDevice(world, deviceId)
      const to = { hub: hubOf(world), deviceId: deviceId as never }
      const message = { properties: { 'k&': 'v=/' }, system: { messageId: 'm-1' }, ack: 'full' } as const
      await world.devices.sendCloudMessage(to, { ...message, body: Buffer.from('waited') })
      await using device = startDevice(world, { connectionString: ofDevice(world, deviceId, deviceKey), transport })
      await device.call('open')
      await device.call('listen')
      expect(await device.hears('message')).toMatchObject({
        text: 'waited',
        messageId: 'm-1',
        properties: expect.arrayContaining([['k&', 'v=/']]),
      })
      await world.devices.sendCloudMessage(to, { ...message, body: Buffer.alloc(0) })
      expect(await device.hears('message')).toMatchObject({ text: '' })
      await expect.poll(() => world.devices.cloudMessageCount(to)).toBe(0)
    },
  )

  test('a wrong key is an UnauthorizedError, and so is a device that is disabled or not there', async () => {
    const deviceId = `refused-${transport}`
    const deviceKey = await makeDevice(world, deviceId, { status: 'disabled' })
    const cases = [
      [deviceId, deviceKey],
      [`unknown-${transport}`, deviceKey],
      [`mail-${transport}`, deriveDeviceKey(deviceKey, 'x')],
    ] as const
    for (const [id, key] of cases) {
      await using device = startDevice(world, { connectionString: ofDevice(world, id, key), transport })
      expect((await device.call('open')).error?.name).toBe('UnauthorizedError')
    }
  })

  test('a device that another takes over from is told that it is disconnected', async () => {
    const deviceId = `double-${transport}`
    const connectionString = ofDevice(world, deviceId, await makeDevice(world, deviceId))
    await using first = startDevice(world, { connectionString, transport })
    await first.call('open')
    await using second = startDevice(world, { connectionString, transport })
    await second.call('open')
    await first.hears('disconnect')
    expect(await second.call('send', 'mine')).toMatchObject({ result: null })
  })
})

test('a device that is not connected is not called, and a silent one is a time-out', async () => {
  const deviceId = 'uncalled'
  const connectionString = ofDevice(world, deviceId, await makeDevice(world, deviceId))
  expect((await invoke(deviceId, { methodName: 'x' })).error?.name).toMatch(/Error/)
  await using device = startDevice(world, { connectionString, transport: 'mqtt' })
  await device.call('open')
  await device.call('method', 'other')
  const { error } = await invoke(deviceId, {
    methodName: 'unheard',
    responseTimeoutInSeconds: 5,
    connectTimeoutInSeconds: 5,
  })
  expect(error?.name ?? 'answered').toMatch(/GatewayTimeoutError|answered/)
})
