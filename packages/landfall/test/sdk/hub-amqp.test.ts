/** The published device SDK, unmodified, on its hub over AMQP and AMQP over WebSocket. */
import { attestation } from 'landfall-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { shows } from '../compatibility/shows.ts'
import { hub, hubOf, makeDevice, telemetryOf, textsOf } from '../hub/rig.ts'
import { enrolledCa, type TestCa } from '../test-ca.ts'
import { startWorld, type World } from '../world.ts'
import { ofDevice, portless } from './connection-strings.ts'
import { startDevice } from './hub-device.ts'
import type { SendAnswer } from './iothub-client.ts'
import { registerBySdk } from './register.ts'
import { runClient } from './run.ts'

let world: World
let ca: TestCa
beforeAll(async () => {
  world = await startWorld({ standardPorts: true })
  ca = await enrolledCa(world)
})
afterAll(() => world[Symbol.asyncDispose]())

const bodiesOf = async (deviceId: string) => textsOf(await telemetryOf(world, deviceId))
const invoke = (deviceId: string, methodName: string, payload: unknown) =>
  hub(world, `POST /twins/${deviceId}/methods`, { methodName, payload, responseTimeoutInSeconds: 10 })

describe.each(['amqp', 'amqpWs'] as const)('over %s', (transport) => {
  test(
    'a device comes up on its hub with the certificate it was registered with',
    shows('azure-iot-device-amqp', 'an X.509 certificate'),
    async () => {
      const registrationId = `x509-${transport}`
      const { certificate, key } = await ca.device(registrationId)
      const { result } = await registerBySdk(world, { registrationId, transport: 'mqtt', certificate, key })
      const connectionString = `HostName=${result?.assignedHub};DeviceId=${result?.deviceId};x509=true`
      await using device = startDevice(world, { connectionString, transport, certificate, key })
      expect(await device.call('open')).toMatchObject({ done: 'open', result: null })
      expect(await device.call('send', 'landed')).toMatchObject({ result: null })
      expect(await bodiesOf(registrationId)).toEqual(['landed'])
    },
  )

  test(
    'a device with a key reads its twin, sends, reports, is told, is called and gets its mail',
    shows(
      'azure-iot-device-amqp',
      'a SAS token',
      'telemetry with properties',
      'reading the twin',
      'reported properties',
      'desired properties as they change',
      'direct methods answered',
      'messages, completed',
    ),
    async () => {
      const deviceId = `sas-${transport}`
      const { attestation: made } = await world.client.individualEnrollments.createOrUpdate({
        registrationId: deviceId,
        attestation: attestation.symmetricKey(),
      })
      expect(made.symmetricKey?.primaryKey).toBeDefined()
      const deviceKey = await makeDevice(world, deviceId)
      await hub(world, `PATCH /twins/${deviceId}`, { properties: { desired: { interval: 5 } } })
      await using device = startDevice(world, { connectionString: ofDevice(world, deviceId, deviceKey), transport })
      expect(await device.call('open')).toMatchObject({ result: null })

      expect((await device.call('twin')).result).toMatchObject({ desired: { interval: 5 }, reported: { $version: 1 } })
      expect(await device.call('report', { temperature: { inside: 21 } })).toMatchObject({ result: null })
      expect((await hub(world, `GET /twins/${deviceId}`)).body).toMatchObject({
        connectionState: 'Connected',
        properties: { reported: { temperature: { inside: 21 } } },
      })
      expect((await device.call('report', { 'not.allowed': 1 })).error).toBeDefined()
      expect(await device.hears('desired')).toMatchObject({ patch: { interval: 5 } })
      await hub(world, `PATCH /twins/${deviceId}`, { properties: { desired: { interval: 9 } } })
      expect(await device.hears('desired')).toMatchObject({ patch: { interval: 9, $version: 3 } })

      const properties = { 'a key': 'a/b&c=d', ä: '€', empty: '' }
      await device.call('send', '{"t":1}', { messageId: 'first', contentType: 'application/json', properties })
      await device.call('send', '')
      const [first, second] = await telemetryOf(world, deviceId)
      expect(first).toMatchObject({ properties, system: { messageId: 'first', contentType: 'application/json' } })
      expect(second?.body.length).toBe(0)

      await device.call('method', 'reset')
      for (const payload of [{ a: [1, 'ä'] }, null, 'foo']) {
        await expect.poll(async () => (await invoke(deviceId, 'reset', payload)).body).toEqual({ status: 201, payload })
        expect(await device.hears('method')).toMatchObject({ name: 'reset', payload })
      }

      await device.call('listen')
      const { sent } = await runClient<SendAnswer>(world, 'iothub-client.ts', {
        connectionString: portless(world.connection.hubConnectionString),
        messages: ['one', 'two'].map((body) => ({ deviceId, body, messageId: body, properties: { k: 'v' } })),
      })
      expect(sent).toEqual([{}, {}])
      for (const text of ['one', 'two'])
        expect(await device.hears('message')).toMatchObject({ text, messageId: text, properties: [['k', 'v']] })
      await expect
        .poll(async () => (await hub(world, `GET /devices/${deviceId}`)).body.cloudToDeviceMessageCount)
        .toBe(0)
      await device.call('close')
    },
  )

  test(
    'a message that is given back comes again, and one that is rejected does not',
    shows('azure-iot-device-amqp', 'messages given back and rejected'),
    async () => {
      const deviceId = `picky-${transport}`
      const key = await makeDevice(world, deviceId)
      await using device = startDevice(world, { connectionString: ofDevice(world, deviceId, key), transport })
      await device.call('open')
      await device.call('listen', 'abandon', 'reject')
      const { feedback } = await runClient<SendAnswer>(world, 'iothub-client.ts', {
        connectionString: portless(world.connection.hubConnectionString),
        messages: ['one', 'two'].map((body) => ({ deviceId, body, messageId: body, ack: 'full' })),
        feedback: 2,
      })
      for (const text of ['one', 'one', 'two']) expect(await device.hears('message')).toMatchObject({ text })
      const told = feedback.map(({ originalMessageId, statusCode }) => `${originalMessageId} ${statusCode}`)
      expect(told.sort()).toEqual(['one Rejected', 'two Success'])
    },
  )

  // which of the two it is depends on how npm laid out the SDK's copies of one package
  const unauthorized = /UnauthorizedError|Could not authorize with putToken/
  test.each([
    ['with a wrong key', 'wrong'],
    ['that nobody made', 'nobody'],
    ['that is disabled', 'disabled'],
  ])('a device %s is refused as its SDK knows it', async (_name, id) => {
    const deviceId = `${id}-${transport}`
    const good = id === 'nobody' ? '' : await makeDevice(world, deviceId)
    if (id === 'disabled')
      await hub(world, `PUT /devices/${deviceId}`, { deviceId, status: 'disabled' }, { 'if-match': '*' })
    const key = id === 'disabled' ? good : `${'A'.repeat(43)}=`
    await using device = startDevice(world, { connectionString: ofDevice(world, deviceId, key), transport })
    const { error } = await device.call('open')
    expect(`${error?.name}: ${error?.message}`).toMatch(unauthorized)
  })

  test('a second connection of one device takes over, and the first is told', async () => {
    const deviceId = `twice-${transport}`
    const order = { connectionString: ofDevice(world, deviceId, await makeDevice(world, deviceId)), transport }
    await using first = startDevice(world, order)
    await first.call('open')
    await first.call('listen')
    await first.call('send', 'first')
    await using second = startDevice(world, order)
    await second.call('open')
    expect(await second.call('send', 'second')).toMatchObject({ result: null })
    await first.hears('disconnect')
    expect(await bodiesOf(deviceId)).toEqual(['first', 'second'])
  })

  test('a device that is disabled is cut off at once', async () => {
    const deviceId = `cut-${transport}`
    const key = await makeDevice(world, deviceId)
    await using device = startDevice(world, { connectionString: ofDevice(world, deviceId, key), transport })
    await device.call('open')
    await device.call('listen')
    await device.call('send', 'here')
    const { body } = await hub(world, `GET /devices/${deviceId}`)
    await hub(world, `PUT /devices/${deviceId}`, { ...body, status: 'disabled' }, { 'if-match': '"*"' })
    await expect.poll(() => world.devices.connectedCount(hubOf(world))).toBe(0)
    await device.hears('disconnect')
    expect((await device.call('send', 'gone')).error).toBeDefined()
    expect(await bodiesOf(deviceId)).toEqual(['here'])
  })
})
