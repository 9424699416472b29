/** A device that lost its network: its connection stands, nothing comes any more, and nobody was told. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from '../world.ts'
import { type Cutting, cuttingIn } from './cut-rig.ts'
import { answerTopic, connectDevice, hub, telemetryOf, textsOf } from './rig.ts'

let world: World
let cutting: Cutting
beforeAll(async () => {
  world = await startWorld()
  cutting = cuttingIn(world)
})
afterAll(() => world[Symbol.asyncDispose]())

test('its keep-alive over, it is gone: its will is told, calls end, and its messages wait for it', async () => {
  await using wire = await cutting.wireTo('mqtt')
  const device = await cutting.known()
  const { deviceId } = device
  const will = { topic: `devices/${deviceId}/messages/events/`, payload: Buffer.from('lost'), qos: 1, retain: false }
  const silent = await connectDevice(world, { ...device, port: wire.port, keepalive: 1, will: will as never })
  silent.client.on('error', () => {})
  await silent.client.subscribeAsync({
    '$iothub/methods/POST/#': { qos: 0 },
    [`devices/${deviceId}/messages/devicebound/#`]: { qos: 1 },
  })
  wire.fallSilent()
  await cutting.sendMail(device, 'patience')
  const order = { methodName: 'go', responseTimeoutInSeconds: 300 }
  // begun while it still counts as connected: it neither hangs nor waits for its own time to be up
  const begun = await hub(world, `POST /twins/${deviceId}/methods`, order)
  expect(begun.status).toBe(404)
  expect(begun.body.Message).toContain('DeviceConnectionClosedRemotely')
  const later = await hub(world, `POST /twins/${deviceId}/methods`, order)
  expect([later.status, JSON.parse(later.body.Message).errorCode]).toEqual([404, 404103])
  await expect.poll(async () => textsOf(await telemetryOf(world, deviceId))).toEqual(['lost'])
  expect(await cutting.mailCount(device)).toBe(1)

  const back = await connectDevice(world, device)
  await back.client.subscribeAsync(`devices/${deviceId}/messages/devicebound/#`, { qos: 1 })
  expect((await back.hears(/devicebound/)).payload).toBe('patience')
  await expect.poll(() => cutting.mailCount(device)).toBe(0)
  await back.client.endAsync()
}, 20_000)

test('it is gone as well where the hub has something to say to it all the time', async () => {
  await using wire = await cutting.wireTo('mqtt')
  const device = await cutting.known()
  const silent = await connectDevice(world, { ...device, port: wire.port, keepalive: 1 })
  silent.client.on('error', () => {})
  await silent.client.subscribeAsync('$iothub/twin/PATCH/properties/desired/#')
  wire.fallSilent()
  let count = 0
  const told = async () => {
    await hub(world, `PATCH /twins/${device.deviceId}`, { properties: { desired: { count: ++count } } })
    return (await hub(world, `GET /devices/${device.deviceId}`)).body.connectionState
  }
  await expect.poll(told, { timeout: 15_000 }).toBe('Disconnected')
}, 20_000)

test('who comes back before that takes over from itself, and calls go to where it is', async () => {
  await using wire = await cutting.wireTo('mqtt')
  const device = await cutting.known()
  const silent = await connectDevice(world, { ...device, port: wire.port, keepalive: 600 })
  silent.client.on('error', () => {})
  await silent.client.subscribeAsync('$iothub/methods/POST/#')
  wire.fallSilent()
  const order = { methodName: 'go', responseTimeoutInSeconds: 300 }
  const lost = hub(world, `POST /twins/${device.deviceId}/methods`, order)
  const back = await connectDevice(world, device)
  expect((await lost).status).toBe(404)
  await back.client.subscribeAsync('$iothub/methods/POST/#')
  const answer = hub(world, `POST /twins/${device.deviceId}/methods`, order)
  const { topic } = await back.hears(/methods\/POST\/go/)
  back.client.publish(answerTopic(topic), '{}')
  expect((await answer).body).toEqual({ status: 200, payload: {} })
  await back.client.endAsync()
})
