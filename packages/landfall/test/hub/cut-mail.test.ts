/** The network goes away while messages and telemetry are handed over: what is not settled comes again, what is never does. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startWorld, type World } from '../world.ts'
import { dialAmqp, dialAs, next, putToken, readerOf, startAt, tokenOf } from './amqp-rig.ts'
import { type Cutting, cuttingIn, data, type Known, textOf } from './cut-rig.ts'
import { connectDevice } from './rig.ts'
import type { Wire } from './wire.ts'

let world: World
let cutting: Cutting
beforeAll(async () => {
  world = await startWorld()
  cutting = cuttingIn(world)
})
afterAll(() => world[Symbol.asyncDispose]())

const devicebound = ({ deviceId }: Known) => ({ source: { address: `/devices/${deviceId}/messages/devicebound` } })

interface Fetching {
  /** Of the first message, which is settled. */
  readonly text: Promise<string>
}
interface Order {
  readonly wire?: Wire
  /** A message is there, and not settled yet. */
  readonly onMessage?: () => void
}

/** Each resolves once the device is listening, over a connection of its own. */
const fetching: Readonly<Record<'mqtt' | 'amqp', (device: Known, order?: Order) => Promise<Fetching>>> = {
  async mqtt(device, { wire, onMessage = () => {} } = {}) {
    const { client, hears } = await connectDevice(world, { ...device, ...(wire && { port: wire.port }) })
    const heard = hears(/devicebound/).then(({ payload }) => payload)
    client.on('message', onMessage)
    await client.subscribeAsync(`devices/${device.deviceId}/messages/devicebound/#`, { qos: 1 })
    return { text: heard }
  },
  async amqp(device, { wire, onMessage = () => {} } = {}) {
    const connection = await cutting.byAmqp(device, wire)
    // accepts by itself
    const receiver = connection.open_receiver(devicebound(device) as never)
    const heard = next(receiver, 'message').then(textOf)
    receiver.on('message', onMessage)
    await next(receiver, 'receiver_open')
    return { text: heard }
  },
}

describe.each(['mqtt', 'amqp'] as const)('a message to a device over %s', (over) => {
  test('that is lost on its way comes again', async () => {
    await using wire = await cutting.wireTo(over)
    const device = await cutting.known()
    const { text } = await fetching[over](device, { wire })
    text.catch(() => 'lost')
    const cut = wire.cutAtNext('down')
    await cutting.sendMail(device, 'once more')
    await cut
    await cutting.isGone(device)
    expect(await (await fetching[over](device)).text).toBe('once more')
    await expect.poll(() => cutting.mailCount(device)).toBe(0)
  })

  test('whose acknowledgement is lost comes again, and then no more', async () => {
    await using wire = await cutting.wireTo(over)
    const device = await cutting.known()
    const { promise: cut, resolve: isCut } = Promise.withResolvers<void>()
    const onMessage = () => void wire.cutAtNext('up').then(isCut)
    const first = await fetching[over](device, { wire, onMessage })
    await cutting.sendMail(device, 'twice')
    expect(await first.text).toBe('twice')
    await cut
    await cutting.isGone(device)
    expect(await (await fetching[over](device)).text).toBe('twice')
    await expect.poll(() => cutting.mailCount(device)).toBe(0)
  })
})

describe('a message to a device over https', () => {
  test('whose completion is lost on its way is completed by asking again', async () => {
    await using wire = await cutting.wireTo('https')
    const device = await cutting.known()
    await cutting.sendMail(device, 'held')
    const { ask } = await cutting.byHttps(device, wire)
    const got = await ask('GET messages/devicebound')
    expect(got).toMatchObject({ status: 200, body: 'held' })
    const cut = wire.cutAtNext('up')
    const settled = ask(`DELETE messages/devicebound/${got?.etag}`)
    await cut
    expect(await settled).toBeUndefined()
    const again = await cutting.byHttps(device)
    expect(await cutting.mailCount(device)).toBe(1)
    expect(await again.ask(`DELETE messages/devicebound/${got?.etag}`)).toMatchObject({ status: 204 })
    expect(await again.ask('GET messages/devicebound')).toMatchObject({ status: 204 })
    again.close()
  })

  test('that was completed never returns, though the device was not told', async () => {
    await using wire = await cutting.wireTo('https')
    const device = await cutting.known()
    await cutting.sendMail(device, 'done')
    const { ask } = await cutting.byHttps(device, wire)
    const got = await ask('GET messages/devicebound')
    const cut = wire.cutAtNext('down')
    const settled = ask(`DELETE messages/devicebound/${got?.etag}`)
    await cut
    expect(await settled).toBeUndefined()
    const again = await cutting.byHttps(device)
    expect(await again.ask(`DELETE messages/devicebound/${got?.etag}`)).toMatchObject({ status: 412 })
    expect(await again.ask('GET messages/devicebound')).toMatchObject({ status: 204 })
    expect(await cutting.mailCount(device)).toBe(0)
    again.close()
  })

  test('that is lost with its answer is held for the lock, and nobody is given it twice meanwhile', async () => {
    await using wire = await cutting.wireTo('https')
    const device = await cutting.known()
    await cutting.sendMail(device, 'held')
    const { ask } = await cutting.byHttps(device, wire)
    const cut = wire.cutAtNext('down')
    const lost = ask('GET messages/devicebound')
    await cut
    expect(await lost).toBeUndefined()
    const again = await cutting.byHttps(device)
    expect(await again.ask('GET messages/devicebound')).toMatchObject({ status: 204 })
    expect(await cutting.mailCount(device)).toBe(1)
    again.close()
  })
})

test.each([
  ['on its way', 'up', 0],
  ['before it is told', 'down', 1],
] as const)(
  'a message of a back end that is cut off %s is queued as often as it arrived',
  async (_when, way, queued) => {
    await using wire = await cutting.wireTo('amqp')
    const device = await cutting.known()
    const back = dialAmqp(world, { port: wire.port })
    await putToken(back, tokenOf(world))
    const sender = back.open_sender('/messages/devicebound')
    await next(sender, 'sendable')
    const cut = wire.cutAtNext(way)
    const lost = next(back, 'disconnected')
    sender.send({ to: `/devices/${device.deviceId}/messages/devicebound`, body: data('go') } as never)
    await cut
    await lost
    // what came before is dealt with before what comes now
    await cutting.sendMail(device, 'after')
    expect(await cutting.mailCount(device)).toBe(queued + 1)
  },
)

test('a reader of telemetry that is cut off goes on where it was, and misses nothing', async () => {
  await using wire = await cutting.wireTo('amqp')
  const device = await cutting.known()
  const bodies = Array.from({ length: 60 }, (_, count) => `${device.deviceId} ${count} ${'z'.repeat(1000)}`)
  const { client } = await connectDevice(world, device)
  for (const body of bodies) await client.publishAsync(`devices/${device.deviceId}/messages/events/`, body, { qos: 1 })
  await client.endAsync()

  const lossy = dialAmqp(world, { port: wire.port })
  await putToken(lossy, tokenOf(world))
  const places = new Map<number, number>()
  const heard: string[] = []
  const listen = (reader: ReturnType<typeof readerOf>, partition: number) =>
    reader.on('message', (context) => {
      const { message } = context
      places.set(partition, Number(message?.message_annotations?.['x-opt-sequence-number']))
      if (message?.message_annotations?.['iothub-connection-device-id'] === device.deviceId) heard.push(textOf(context))
    })
  const lost = next(lossy, 'disconnected')
  const cut = wire.cutAtNext('down', 20_000)
  for (const partition of [0, 1, 2, 3]) listen(readerOf(lossy, partition, {}, startAt(after(-1))), partition)
  await cut
  await lost
  expect(heard.length).toBeLessThan(bodies.length)

  const back = await dialAs(world)
  for (const partition of [0, 1, 2, 3])
    listen(readerOf(back, partition, {}, startAt(after(places.get(partition) ?? -1))), partition)
  await expect.poll(() => heard).toEqual(bodies)
  back.close()
})

const after = (sequence: number) => `amqp.annotation.x-opt-sequence-number > '${sequence}'`
