import { readFileSync } from 'node:fs'
import { attestation } from 'landfall-client'
import { expect, test } from 'vitest'
import { enrolledCa } from '../../test/test-ca.ts'
import { startWorld, type World } from '../../test/world.ts'
import { hubNameOf, isDeviceId } from '../ids.ts'
import type { Json } from '../json.ts'
import { deriveDeviceKey } from '../sas/key.ts'
import { realTimers as timers } from '../system.ts'
import { HubConnection, type HubOrder } from './hub-connection.ts'
import type { MqttTransport } from './open-stream.ts'
import { type DeviceTransport, register } from './simulated-device.ts'
import type { Device } from './wire.ts'

async function landed(world: World, device: Device, transport: DeviceTransport) {
  const { ports, idScope, rootCaPath } = world.connection
  const ca = readFileSync(rootCaPath, 'utf8')
  const reach = { host: world.host, httpsPort: ports.https, mqttPort: ports.mqtt, ca }
  const means = { timers, clock: world.clock, stopwatch: () => performance.now() }
  const outcome = await register(device, { ...reach, idScope }, transport, means)
  if (outcome.status !== 'assigned') throw new Error(outcome.message)
  const open = (over: MqttTransport, more: Partial<HubOrder> = {}) =>
    HubConnection.open({ device, ...outcome, reach, transport: over, ...more }, means)
  return { ...outcome, open }
}

async function keyDevice(world: World, registrationId = 'pump-1'): Promise<Device> {
  const order = { enrollmentGroupId: 'fleet', attestation: attestation.symmetricKey() }
  const group = await world.client.enrollmentGroups.createOrUpdate(order)
  const key = group.attestation.symmetricKey?.primaryKey ?? ''
  return { registrationId, symmetricKey: deriveDeviceKey(key, registrationId) }
}

async function certificateDevice(world: World, registrationId = 'pump-1'): Promise<Device> {
  const ca = await enrolledCa(world)
  const { issued, chainPem } = await ca.device(registrationId)
  return { registrationId, chain: chainPem, key: issued.keyPem }
}

test.each([
  ['a key', 'mqtt', keyDevice],
  ['a key', 'mqtt-ws', keyDevice],
  ['a certificate', 'mqtt', certificateDevice],
  ['a certificate', 'mqtt-ws', certificateDevice],
] as const)(
  'a device with %s registers and lands on its hub over %s: twin, telemetry, a method, a message',
  async (_, transport, deviceOf) => {
    await using world = await startWorld()
    const { hub, deviceId, open } = await landed(world, await deviceOf(world), transport)
    const to = { hub: hubNameOf(hub), deviceId: isDeviceId(deviceId) ? deviceId : ('' as never) }
    const messages: string[] = []
    const onMethod = (name: string, payload: Json) => ({ status: 200, payload: { name, payload } })
    const device = await open(transport, { onMethod, onCloudMessage: (body) => void messages.push(String(body)) })
    expect(await device.readTwin()).toEqual({ desired: { $version: 1 }, reported: { $version: 1 } })
    expect(await device.report({ firmware: '1.0.0' })).toBe(2)
    await device.sendTelemetry({ temperature: 21 })
    const asked = { name: 'turn on', payload: 7, connectTimeoutMs: 0, responseTimeoutMs: 5000 }
    expect(await world.devices.invokeMethod(to, asked)).toEqual({
      status: 200,
      payload: { name: 'turn on', payload: 7 },
    })
    const empty = { properties: {}, system: {}, ack: 'none' } as const
    await world.devices.sendCloudMessage(to, { ...empty, body: Buffer.from('hello') })
    await expect.poll(() => messages).toEqual(['hello'])
    await device.close()
    expect(String(await device.closed)).toContain('closed')
  },
)

test('a device that the hub does not let in is told the return code, and one that is cut off why', async () => {
  await using world = await startWorld()
  const device = await keyDevice(world)
  const { open, hub, deviceId } = await landed(world, device, 'https')
  const first = await open('mqtt')
  const second = await open('mqtt')
  expect(await first.closed).toBeInstanceOf(Error)
  const wrong = { registrationId: 'pump-1', symmetricKey: deriveDeviceKey('AAAA', 'pump-1') }
  await expect(open('mqtt', { device: wrong })).rejects.toMatchObject({ name: 'ConnectRefused', returnCode: 5 })
  const path = `/landfall/hubs/${hub}/devices/${deviceId}`
  await world.client.request({ method: 'DELETE', path })
  await second.closed
  await expect(second.sendTelemetry({})).rejects.toThrow('closed')
})
