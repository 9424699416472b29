/** The network goes away while a device sends: what was sent is there as a whole or not at all, and once. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from '../world.ts'
import { next } from './amqp-rig.ts'
import { type Cutting, cuttingIn, data, events, type Known } from './cut-rig.ts'
import { connectDevice, telemetryOf, textsOf } from './rig.ts'
import type { Wire } from './wire.ts'

let world: World
let cutting: Cutting
beforeAll(async () => {
  world = await startWorld()
  cutting = cuttingIn(world)
})
afterAll(() => world[Symbol.asyncDispose]())

const body = 'x'.repeat(60_000)

/** Each gives the sending itself, over a connection that stands. */
const sending: Readonly<Record<'mqtt' | 'amqp' | 'https', (device: Known, wire: Wire) => Promise<() => unknown>>> = {
  async mqtt(device, wire) {
    const { client } = await connectDevice(world, { ...device, port: wire.port })
    return () => client.publish(`devices/${device.deviceId}/messages/events/`, body, { qos: 1 }, () => {})
  },
  async amqp(device, wire) {
    const sender = (await cutting.byAmqp(device, wire)).open_sender(events(device))
    await next(sender, 'sendable')
    return () => sender.send({ body: data(body) } as never)
  },
  async https(device, wire) {
    const { ask } = await cutting.byHttps(device, wire)
    return () => ask('POST messages/events', body)
  },
}

const moments = [
  ['before a byte of it is through', 'up', 0, []],
  ['in the middle', 'up', 30_000, []],
  ['before its answer is through', 'down', 0, [body]],
] as const
const cases = (['mqtt', 'amqp', 'https'] as const).flatMap((over) =>
  moments.map(([when, way, bytes, kept]) => ({ over, when, way, bytes, kept })),
)

test.each(cases)('over $over, cut $when', async ({ over, way, bytes, kept }) => {
  await using wire = await cutting.wireTo(over)
  const device = await cutting.known()
  const send = await sending[over](device, wire)
  const cut = wire.cutAtNext(way, bytes)
  send()
  await cut
  await cutting.isGone(device)
  const back = await connectDevice(world, device)
  await back.client.publishAsync(`devices/${device.deviceId}/messages/events/`, 'and goes on', { qos: 1 })
  expect(textsOf(await telemetryOf(world, device.deviceId))).toEqual([...kept, 'and goes on'])
  await back.client.endAsync()
})
