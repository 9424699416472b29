/** A device that sends as much as it can, over AMQP and HTTPS (over MQTT: hostile.test.ts): all of it is kept, and others are served. */
import type { Sender } from 'rhea'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from '../world.ts'
import { next } from './amqp-rig.ts'
import { askingByHttps, type Cutting, cuttingIn, data, events, type Known } from './cut-rig.ts'
import { answerTopic, connectDevice, hub, telemetryOf, textsOf } from './rig.ts'

let world: World
let cutting: Cutting
beforeAll(async () => {
  world = await startWorld()
  cutting = cuttingIn(world)
})
afterAll(() => world[Symbol.asyncDispose]())

const bodies = Array.from({ length: 2000 }, (_, count) => `${count}`)

/** All of them, as fast as the link takes them. */
function sendAll(sender: Sender): Promise<void> {
  const left = bodies.values()
  let accepted = 0
  return new Promise((resolve) => {
    const fill = () => {
      while (sender.sendable()) {
        const one = left.next()
        if (one.done) return
        sender.send({ body: data(one.value) } as never)
      }
    }
    sender.on('sendable', fill)
    sender.on('accepted', () => {
      if (++accepted === bodies.length) resolve()
    })
    fill()
  })
}

const flooding: Readonly<Record<'AMQP' | 'HTTPS', (device: Known) => Promise<unknown>>> = {
  async AMQP(device) {
    const connection = await cutting.byAmqp(device)
    const sender = connection.open_sender(events(device))
    await next(sender, 'sendable')
    await sendAll(sender)
    connection.close()
  },
  async HTTPS(device) {
    const lines = Array.from({ length: 8 }, () => askingByHttps(world, device))
    const left = bodies.values()
    const statuses = await Promise.all(
      lines.map(async ({ ask, close }) => {
        const seen = new Set<number | undefined>()
        for (const body of left) seen.add((await ask('POST messages/events', body))?.status)
        close()
        return [...seen]
      }),
    )
    expect(new Set(statuses.flat())).toEqual(new Set([204]))
  },
}

test.each(['AMQP', 'HTTPS'] as const)(
  'over %s',
  async (over) => {
    const [loud, quiet] = [await cutting.known(), await cutting.known()]
    const { client, hears } = await connectDevice(world, quiet)
    await client.subscribeAsync({ '$iothub/twin/res/#': { qos: 0 }, '$iothub/methods/POST/#': { qos: 0 } })
    const done = flooding[over](loud)
    let isOver = false
    void done.then(() => {
      isOver = true
    })
    client.publish('$iothub/twin/GET/?$rid=1x', ' ')
    await hears(/rid=1x/)
    await client.publishAsync(`devices/${quiet.deviceId}/messages/events/`, 'between', { qos: 1 })
    const answered = hub(world, `POST /twins/${quiet.deviceId}/methods`, { methodName: 'go' })
    const { topic } = await hears(/methods\/POST/)
    client.publish(answerTopic(topic), '{}')
    expect((await answered).status).toBe(200)
    expect(isOver).toBe(false)
    await done
    const kept = textsOf(await telemetryOf(world, loud.deviceId))
    // eight connections of HTTPS are in no order
    expect(over === 'AMQP' ? kept : kept.toSorted((a, b) => Number(a) - Number(b))).toEqual(bodies)
    await client.endAsync()
  },
  30_000,
)
