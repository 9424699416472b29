/** What a device that asked for a lasting session (clean session 0) finds when it is back (contract/iot-hub 10.7). */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from '../world.ts'
import { type Cutting, cuttingIn } from './cut-rig.ts'
import { connectDevice, hub, makeDevice, makeModule } from './rig.ts'

let world: World
let cutting: Cutting
beforeAll(async () => {
  world = await startWorld()
  cutting = cuttingIn(world)
})
afterAll(() => world[Symbol.asyncDispose]())

test('messages come to it as soon as it is back, without subscribing anew', async () => {
  const deviceKey = await makeDevice(world, 'lasting')
  const order = { deviceId: 'lasting', deviceKey, clean: false }
  const first = await connectDevice(world, order)
  await first.client.subscribeAsync('devices/lasting/messages/devicebound/#', { qos: 1 })
  await first.client.endAsync()
  await cutting.sendMail(order, 'while away')
  const second = await connectDevice(world, { ...order, resubscribe: false })
  expect([first.sessionPresent, second.sessionPresent]).toEqual([false, true])
  expect((await second.hears(/devicebound/)).payload).toBe('while away')
  await second.client.endAsync()
  const clean = await connectDevice(world, { ...order, clean: true })
  expect(clean.sessionPresent).toBe(false)
  await cutting.sendMail(order, 'kept')
  await clean.client.publishAsync('devices/lasting/messages/events/', 'a round trip', { qos: 1 })
  expect(clean.heard).toEqual([])
  await clean.client.endAsync()
})

test('messages that it did not acknowledge come again as the same packets; to a new session, as new', async () => {
  const deviceKey = await makeDevice(world, 'forgetful')
  const order = { deviceId: 'forgetful', deviceKey, clean: false }
  const first = await connectDevice(world, order)
  // the client's own way to send no PUBACK
  first.client.handleMessage = () => {}
  await first.client.subscribeAsync('devices/forgetful/messages/devicebound/#', { qos: 1 })
  await cutting.sendMail(order, 'once')
  const once = await first.hears(/devicebound/)
  expect(once).toMatchObject({ payload: 'once', dup: false })
  first.client.stream.destroy()
  await first.gone
  await cutting.sendMail(order, 'fresh')
  const second = await connectDevice(world, { ...order, resubscribe: false })
  expect(await second.hears(/devicebound/)).toEqual({ ...once, dup: true })
  expect(await second.hears(/devicebound/)).toMatchObject({ payload: 'fresh', dup: false })
  await expect.poll(() => cutting.mailCount(order)).toBe(0)
  await second.client.endAsync()

  await cutting.sendMail(order, 'third')
  const third = await connectDevice(world, { ...order, clean: true })
  await third.client.subscribeAsync('devices/forgetful/messages/devicebound/#', { qos: 1 })
  expect(await third.hears(/devicebound/)).toMatchObject({ payload: 'third', dup: false })
  await third.client.endAsync()
})

test.each(['away', 'connected'] as const)(
  'a device that was deleted while it was %s and made again has no session of before',
  async (where) => {
    const deviceId = `reborn-${where}`
    const order = { deviceId, clean: false }
    const first = await connectDevice(world, { ...order, deviceKey: await makeDevice(world, deviceId) })
    await first.client.subscribeAsync('$iothub/twin/PATCH/properties/desired/#')
    if (where === 'away') await first.client.endAsync()
    await hub(world, `DELETE /devices/${deviceId}`, undefined, { 'if-match': '*' })
    await first.gone

    const second = await connectDevice(world, { ...order, deviceKey: await makeDevice(world, deviceId) })
    expect(second.sessionPresent).toBe(false)
    await second.client.subscribeAsync('$iothub/twin/res/#')
    await hub(world, `PATCH /twins/${deviceId}`, { properties: { desired: { rate: 1 } } })
    await second.client.publishAsync('$iothub/twin/GET/?$rid=1', ' ')
    expect((await second.hears(/./)).topic).toContain('twin/res')
    await second.client.endAsync()
  },
)

test('a module that was deleted and made again has no session of before', async () => {
  const whose = { deviceId: 'owner', moduleId: 'm', clean: false }
  await makeDevice(world, 'owner')
  const first = await connectDevice(world, { ...whose, deviceKey: await makeModule(world, 'owner', 'm') })
  await first.client.subscribeAsync('$iothub/twin/PATCH/properties/desired/#')
  await first.client.endAsync()
  await hub(world, 'DELETE /devices/owner/modules/m', undefined, { 'if-match': '*' })
  const second = await connectDevice(world, { ...whose, deviceKey: await makeModule(world, 'owner', 'm') })
  expect(second.sessionPresent).toBe(false)
  await second.client.endAsync()
})
