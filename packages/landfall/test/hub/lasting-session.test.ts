/** What a device that asked for a lasting session (clean session 0) finds when it is back (contract/iot-hub 10.7). */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from '../world.ts'
import { connectDevice, hub, makeDevice, makeModule } from './rig.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

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
