/** The published device SDK reads its twin first and subscribes to changes of it then; what came in between reaches it too. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hub, makeDevice } from '../hub/rig.ts'
import { startWorld, type World } from '../world.ts'
import { startDevice } from './hub-device.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ standardPorts: true })
})
afterAll(() => world[Symbol.asyncDispose]())

test.each(['mqtt', 'mqttWs', 'amqp'] as const)(
  'a change of desired between the reading and the subscribing is told over %s, once',
  async (transport) => {
    const deviceId = `early-${transport}`
    const key = await makeDevice(world, deviceId)
    const wish = (rate: number) => hub(world, `PATCH /twins/${deviceId}`, { properties: { desired: { rate } } })
    await using device = startDevice(world, {
      connectionString: `HostName=${world.host};DeviceId=${deviceId};SharedAccessKey=${key}`,
      transport,
    })
    await device.call('open')
    await wish(1)
    expect((await device.call('readTwin')).result).toMatchObject({ desired: { rate: 1, $version: 2 } })
    await wish(2)
    await device.call('follow')
    // the client tells first what it has read
    expect(await device.hears('desired')).toMatchObject({ patch: { rate: 1, $version: 2 } })
    expect(await device.hears('desired')).toMatchObject({ patch: { rate: 2, $version: 3 } })
    await wish(3)
    expect(await device.hears('desired')).toMatchObject({ patch: { rate: 3, $version: 4 } })
  },
)
