/** What devices and back ends find after the service was stopped and started again: nothing they were told is gone. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from '../world.ts'
import { dialAs, next, readerOf, startAt } from './amqp-rig.ts'
import { type Cutting, cuttingIn, textOf } from './cut-rig.ts'
import { connectDevice, hub } from './rig.ts'

let world: World
let cutting: Cutting
beforeAll(async () => {
  world = await startWorld()
  cutting = cuttingIn(world)
})
afterAll(() => world[Symbol.asyncDispose]())

test('what waited for a lasting session, and what was under way to it, comes though it does not subscribe anew', async () => {
  const device = await cutting.known()
  const before = await connectDevice(world, { ...device, clean: false })
  await before.client.subscribeAsync(`devices/${device.deviceId}/messages/devicebound/#`, { qos: 1 })
  // never acknowledged
  before.client.handleMessage = () => {}
  await cutting.sendMail(device, 'under way')
  await before.hears(/under way/)
  await world.restart()
  await cutting.sendMail(device, 'waited')

  const after = await connectDevice(world, { ...device, clean: false })
  expect(after.sessionPresent).toBe(true)
  expect((await after.hears(/devicebound/)).payload).toBe('under way')
  expect((await after.hears(/devicebound/)).payload).toBe('waited')
  await expect.poll(() => cutting.mailCount(device)).toBe(0)
  await after.client.endAsync()

  const clean = await connectDevice(world, device)
  await clean.client.endAsync()
  await world.restart()
  const anew = await connectDevice(world, { ...device, clean: false })
  expect(anew.sessionPresent).toBe(false)
  await anew.client.endAsync()
})

test('a change of desired that nobody was there for is in the twin that the device reads', async () => {
  const device = await cutting.known()
  const before = await connectDevice(world, device)
  await before.client.subscribeAsync('$iothub/twin/PATCH/properties/desired/#')
  await hub(world, `PATCH /twins/${device.deviceId}`, { properties: { desired: { rate: 1 } } })
  await before.hears(/"rate":1/)
  await world.restart()
  await hub(world, `PATCH /twins/${device.deviceId}`, { properties: { desired: { rate: 2 } } })
  const after = await connectDevice(world, device)
  await after.client.subscribeAsync('$iothub/twin/res/#')
  await after.client.publishAsync('$iothub/twin/GET/?$rid=1', ' ')
  expect(JSON.parse((await after.hears(/twin\/res/)).payload).desired).toEqual({ rate: 2, $version: 3 })
  await after.client.endAsync()
})

test('a reader of telemetry goes on behind the last that it had', async () => {
  const device = await cutting.known()
  const send = async (text: string) => {
    const { client } = await connectDevice(world, device)
    await client.publishAsync(`devices/${device.deviceId}/messages/events/`, text, { qos: 1 })
    await client.endAsync()
  }
  const read = async (after: number, partitions: readonly number[]) => {
    const back = await dialAs(world)
    const filter = startAt(`amqp.annotation.x-opt-sequence-number > '${after}'`)
    const firsts = partitions.map(async (partition) => ({
      partition,
      context: await next(readerOf(back, partition, {}, filter), 'message'),
    }))
    const { partition, context } = await Promise.race(firsts)
    back.close()
    const sequence = Number(context.message?.message_annotations?.['x-opt-sequence-number'])
    return { text: textOf(context), partition, sequence }
  }
  await send('before')
  const first = await read(-1, [0, 1, 2, 3])
  expect(first.text).toBe('before')
  await world.restart()
  await send('after')
  expect(await read(first.sequence, [first.partition])).toEqual({
    text: 'after',
    partition: first.partition,
    sequence: first.sequence + 1,
  })
})

test('a token of a hub policy, and keys of devices, are as they were', async () => {
  const device = await cutting.known()
  await world.restart()
  const { client } = await connectDevice(world, device)
  expect((await hub(world, `GET /devices/${device.deviceId}`)).body.connectionState).toBe('Connected')
  await client.endAsync()
})
