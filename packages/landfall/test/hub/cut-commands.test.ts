/** The network goes away in the middle of a twin request or a method call: nobody hangs, and nothing is half done. */
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startWorld, type World } from '../world.ts'
import { next, tokenOf } from './amqp-rig.ts'
import { type Cutting, cuttingIn, data, type Known, textOf } from './cut-rig.ts'
import { answerTopic, connectDevice, hub } from './rig.ts'
import type { Wire } from './wire.ts'

let world: World
let cutting: Cutting
beforeAll(async () => {
  world = await startWorld()
  cutting = cuttingIn(world)
})
afterAll(() => world[Symbol.asyncDispose]())

const moments = [
  ['on its way', 'up'],
  ['before its answer is through', 'down'],
] as const
const everyWay = (['mqtt', 'amqp'] as const).flatMap((over) => moments.map(([when, way]) => ({ over, when, way })))
const large = { text: 'y'.repeat(3000) }

/** Asks of a device's twin, over a connection that stands. */
interface TwinAsker {
  get(): unknown
  patch(): unknown
}

const askers: Readonly<Record<'mqtt' | 'amqp', (device: Known, wire: Wire) => Promise<TwinAsker>>> = {
  async mqtt(device, wire) {
    const { client } = await connectDevice(world, { ...device, port: wire.port })
    await client.subscribeAsync('$iothub/twin/res/#')
    return {
      get: () => client.publish('$iothub/twin/GET/?$rid=1', ' '),
      patch: () => client.publish('$iothub/twin/PATCH/properties/reported/?$rid=2', JSON.stringify(large)),
    }
  },
  async amqp(device, wire) {
    const connection = await cutting.byAmqp(device, wire)
    const address = `/devices/${device.deviceId}/twin`
    const asks = connection.open_sender(address)
    await next(asks, 'sendable')
    await next(connection.open_receiver({ source: { address } } as never), 'receiver_open')
    const ask = (operation: string, text: string) => () =>
      asks.send({
        correlation_id: operation,
        message_annotations: { operation, resource: '/properties/reported' },
        body: data(text),
      } as never)
    return { get: ask('GET', ' '), patch: ask('PATCH', JSON.stringify(large)) }
  },
}

async function twinOf(device: Known) {
  const { client, hears } = await connectDevice(world, device)
  await client.subscribeAsync('$iothub/twin/res/#')
  await client.publishAsync('$iothub/twin/GET/?$rid=9', ' ')
  const { payload } = await hears(/rid=9/)
  await client.endAsync()
  return JSON.parse(payload)
}

describe('a twin request that is cut off', () => {
  test.each(everyWay)('over $over $when: reading changes nothing, and is done again', async ({ over, way }) => {
    await using wire = await cutting.wireTo(over)
    const device = await cutting.known()
    await hub(world, `PATCH /twins/${device.deviceId}`, { properties: { desired: large } })
    const { get } = await askers[over](device, wire)
    const cut = wire.cutAtNext(way)
    get()
    await cut
    await cutting.isGone(device)
    expect(await twinOf(device)).toEqual({ desired: { ...large, $version: 2 }, reported: { $version: 1 } })
  })

  test.each(everyWay)('over $over $when: a report is there as a whole or not at all', async ({ over, way }) => {
    await using wire = await cutting.wireTo(over)
    const device = await cutting.known()
    const { patch } = await askers[over](device, wire)
    const cut = wire.cutAtNext(way)
    patch()
    await cut
    await cutting.isGone(device)
    const { reported } = await twinOf(device)
    expect(reported).toEqual(way === 'up' ? { $version: 1 } : { ...large, $version: 2 })
  })

  test('a change of desired that is lost on its way is found by a device that comes back', async () => {
    await using wire = await cutting.wireTo('mqtt')
    const device = await cutting.known()
    const { client } = await connectDevice(world, { ...device, port: wire.port })
    await client.subscribeAsync('$iothub/twin/PATCH/properties/desired/#')
    const cut = wire.cutAtNext('down')
    await hub(world, `PATCH /twins/${device.deviceId}`, { properties: { desired: { rate: 5 } } })
    await cut
    await cutting.isGone(device)
    expect((await twinOf(device)).desired).toEqual({ rate: 5, $version: 2 })
  })
})

const call = ({ deviceId }: Known) => hub(world, `POST /twins/${deviceId}/methods`, { methodName: 'go', payload: null })

/** Each answers one call with 200, over a connection that stands. */
const answering: Readonly<Record<'mqtt' | 'amqp', (device: Known, wire?: Wire) => Promise<{ called: string[] }>>> = {
  async mqtt(device, wire) {
    const { client, heard } = await connectDevice(world, { ...device, ...(wire && { port: wire.port }) })
    const called: string[] = []
    client.on('message', (topic) => {
      heard.length = 0
      called.push(topic)
      client.publish(answerTopic(topic), '{}')
    })
    await client.subscribeAsync('$iothub/methods/POST/#')
    return { called }
  },
  async amqp(device, wire) {
    const connection = await cutting.byAmqp(device, wire)
    const address = `/devices/${device.deviceId}/methods/devicebound`
    const answers = connection.open_sender(address)
    await next(answers, 'sendable')
    const calls = connection.open_receiver({ source: { address } } as never)
    const called: string[] = []
    calls.on('message', (context) => {
      called.push(textOf(context))
      answers.send({
        correlation_id: context.message?.correlation_id,
        application_properties: { 'IoThub-status': 200 },
        body: data('{}'),
      } as never)
    })
    await next(calls, 'receiver_open')
    return { called }
  },
}

describe('a method call whose device is cut off', () => {
  test.each(everyWay)('over $over ($way) is told so at once, and the next one is answered', async ({ over, way }) => {
    await using wire = await cutting.wireTo(over)
    const device = await cutting.known()
    await answering[over](device, wire)
    // rhea grants credit with its own next turn
    await expect.poll(async () => (await call(device)).status).toBe(200)
    const cut = wire.cutAtNext(way)
    const answer = await call(device)
    await cut
    expect(answer.status).toBe(404)
    // an AMQP connection may be gone before the call was given to it
    expect(answer.body.Message).toMatch(over === 'mqtt' ? /ConnectionClosedRemotely/ : /ClosedRemotely|404103/)
    await answering[over](device)
    await expect.poll(async () => (await call(device)).status).toBe(200)
  })
})

/** A back end that hangs up: calls, and is gone before the device has answered. */
function callAndHangUp({ deviceId }: Known, called: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const sent = request({
      host: world.host,
      port: world.connection.ports.https,
      ca: readFileSync(world.connection.rootCaPath),
      method: 'POST',
      path: `/twins/${deviceId}/methods?api-version=2021-04-12`,
      headers: { authorization: tokenOf(world), 'content-type': 'application/json' },
    })
    sent.on('error', () => resolve())
    sent.end(JSON.stringify({ methodName: 'wait', responseTimeoutInSeconds: 300 }))
    void called.then(() => sent.destroy())
  })
}

test('back ends that hang up leave no call behind: after a hundred of them the device is still called', async () => {
  const device = await cutting.known()
  const { client, hears } = await connectDevice(world, device)
  await client.subscribeAsync('$iothub/methods/POST/#')
  for (let round = 0; round < 4; round++) {
    const calls = Array.from({ length: 25 }, async () => {
      const called = hears(/methods\/POST\/wait/)
      await callAndHangUp(device, called)
    })
    await Promise.all(calls)
  }
  const answered = call(device)
  const { topic } = await hears(/methods\/POST\/go/)
  client.publish(answerTopic(topic), '{}')
  expect((await answered).body).toEqual({ status: 200, payload: {} })
  await client.endAsync()
})
