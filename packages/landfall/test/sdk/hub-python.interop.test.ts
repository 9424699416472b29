/** The published Python device SDK, unmodified, on the embedded hub. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { shows } from '../compatibility/shows.ts'
import { hub, hubOf, makeDevice, makeModule, telemetryOf, textsOf } from '../hub/rig.ts'
import { makeTestCa, type TestCa } from '../test-ca.ts'
import { startWorld, type World } from '../world.ts'
import { ofDevice } from './connection-strings.ts'
import { environmentOf } from './run.ts'

let world: World
let ca: TestCa
beforeAll(async () => {
  world = await startWorld({ standardPorts: true })
  if (world.connection.ports.https !== 443)
    throw new Error('The Python device SDK dials 443 and 8883 only, and this user may not bind them.')
  ca = await makeTestCa(world)
})
afterAll(() => world?.[Symbol.asyncDispose]())

/** `onceReady` runs when the device has sent and reported, and waits to hear something. */
async function runDevice(order: object, onceReady: () => Promise<unknown> = async () => {}) {
  const script = join(import.meta.dirname, 'python/hub_device.py')
  const args = [script, JSON.stringify({ wait: [], ...order })]
  const child = spawn('python3', args, { env: environmentOf(world), stdio: ['ignore', 'pipe', 'inherit'] })
  let last = {}
  let answered: Promise<unknown> = Promise.resolve()
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line)
    if (said.ready) answered = onceReady()
    else last = said
  }
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  return { said: last as any, answer: (await answered) as any }
}

describe.each(['mqtt', 'mqttWs'])('azure-iot-device for Python over %s', (transport) => {
  test(
    'sends, reads its twin, reports, is called and hears',
    shows(
      ['azure-iot-device (Python)', 'azure-iot-device (Python, WebSocket)'],
      'a SAS token',
      'telemetry with properties',
      'reading the twin',
      'reported properties',
      'desired properties as they change',
      'direct methods answered',
      'messages, completed',
    ),
    async () => {
      const deviceId = `py-${transport}`
      const connectionString = ofDevice(world, deviceId, await makeDevice(world, deviceId))
      const to = { hub: hubOf(world), deviceId: deviceId as never }
      const letter = {
        body: Buffer.from('waited'),
        properties: { 'k&': 'v=/' },
        system: { messageId: 'm' },
        ack: 'full',
      } as const
      await world.devices.sendCloudMessage(to, letter)
      const { said, answer } = await runDevice(
        { transport, connectionString, wait: ['message', 'method', 'desired'] },
        async () => {
          await hub(world, `PATCH /twins/${deviceId}`, { properties: { desired: { interval: 9, gone: null } } })
          return hub(world, `POST /twins/${deviceId}/methods`, {
            methodName: 'reset',
            payload: { k: [1, null] },
            connectTimeoutInSeconds: 10,
          })
        },
      )
      expect(said).toMatchObject({
        twin: { desired: { $version: 1 }, reported: { $version: 1 } },
        message: { text: 'waited', id: 'm', properties: { 'k&': 'v=/' } },
        method: { name: 'reset', payload: { k: [1, null] } },
        desired: { interval: 9, gone: null, $version: 2 },
        refused: expect.stringMatching(/Error|Exception/),
      })
      expect(answer).toEqual({ status: 200, body: { status: 201, payload: { k: [1, null] } } })
      expect((await hub(world, `GET /twins/${deviceId}`)).body.properties.reported).toMatchObject({
        temperature: { inside: 21 },
      })
      const events = await telemetryOf(world, deviceId)
      expect(textsOf(events)).toEqual(['{"t":1}', ''])
      expect(events[0]).toMatchObject({
        properties: { 'a key': 'a/b&c=d' },
        system: { messageId: 'first', contentType: 'application/json', contentEncoding: 'utf-8' },
      })
      await expect.poll(() => world.devices.cloudMessageCount(to)).toBe(0)
    },
  )

  test(
    'comes in with its certificate',
    shows(['azure-iot-device (Python)', 'azure-iot-device (Python, WebSocket)'], 'an X.509 certificate'),
    async () => {
      const deviceId = `py-x509-${transport}`
      const { certificate, key, issued } = await ca.device(deviceId)
      const x509Thumbprint = { primaryThumbprint: issued.certificate.sha256Thumbprint }
      await makeDevice(world, deviceId, { authentication: { type: 'selfSigned', x509Thumbprint } })
      const { said } = await runDevice({ transport, host: world.host, deviceId, certificate, key })
      expect(said).toMatchObject({ twin: { desired: { $version: 1 } } })
    },
  )

  test(
    'comes in as a module, with all of it',
    shows(['azure-iot-device (Python)', 'azure-iot-device (Python, WebSocket)'], 'the same as a module'),
    async () => {
      const deviceId = `py-gateway-${transport}`
      await makeDevice(world, deviceId)
      const key = await makeModule(world, deviceId, 'filter')
      const connectionString = ofDevice(world, `${deviceId};ModuleId=filter`, key)
      const path = `/twins/${deviceId}/modules/filter`
      const { said, answer } = await runDevice(
        { transport, connectionString, wait: ['method', 'desired'] },
        async () => {
          await hub(world, `PATCH ${path}`, { properties: { desired: { rate: 3 } } })
          return hub(world, `POST ${path}/methods`, { methodName: 'reset', payload: 1, connectTimeoutInSeconds: 10 })
        },
      )
      expect(said).toMatchObject({ method: { name: 'reset', payload: 1 }, desired: { rate: 3, $version: 2 } })
      expect(answer).toEqual({ status: 200, body: { status: 201, payload: 1 } })
      const events = await telemetryOf(world, deviceId)
      expect(textsOf(events)).toEqual(['{"t":1}', '', 'out'])
      expect(events[2]).toMatchObject({ moduleId: 'filter', system: { outputName: 'alarms' } })
    },
  )

  test('is told by a CredentialError that it is not let in', async () => {
    const { said } = await runDevice({
      transport,
      connectionString: ofDevice(world, 'nobody', Buffer.alloc(32).toString('base64')),
    })
    expect(said.error).toMatchObject({ name: 'CredentialError' })
  })
})
