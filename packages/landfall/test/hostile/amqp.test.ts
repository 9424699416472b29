/** Who speaks AMQP and means no good: what waits for it stays small, and one proof lets in one device. */
import type { Connection, EventContext, Sender } from 'rhea'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dialAmqp, next } from '../hub/amqp-rig.ts'
import { startWorld, type World } from '../world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

/** A link that never takes what waits for it. */
const deaf = (connection: Connection, name: string) =>
  connection.open_receiver({ source: { address: '$cbs' }, target: { address: name }, credit_window: 0 } as never)

/** How many of the requests are accepted. */
async function acceptedOf(sender: Sender, requests: readonly object[]): Promise<number> {
  let [accepted, rejected] = [0, 0]
  const all = new Promise<void>((resolve) => {
    const count = () => accepted + rejected === requests.length && resolve()
    sender.on('accepted', () => [accepted++, count()])
    sender.on('rejected', () => [rejected++, count()])
  })
  for (const request of requests) {
    if (!sender.sendable()) await next(sender, 'sendable')
    sender.send(request as never)
  }
  await all
  return accepted
}

const put = { application_properties: { operation: 'put-token' }, body: '' }

test('answers that a stranger never takes are few, over all its links', async () => {
  const connection = dialAmqp(world)
  const names = Array.from({ length: 20 }, (_, count) => `answers-${count}`)
  await Promise.all(names.map((name) => next(deaf(connection, name), 'receiver_open')))
  const sender = connection.open_sender('$cbs')
  const requests = names.flatMap((name) =>
    Array.from({ length: 10 }, (_, id) => ({ ...put, message_id: id, reply_to: name })),
  )
  expect(await acceptedOf(sender, requests)).toBe(32)
  // whoever takes what it is sent is not kept from it by its other links
  const receiver = connection.open_receiver({ source: { address: '$cbs' }, target: { address: 'mine' } } as never)
  await next(receiver, 'receiver_open')
  const answer = next(receiver, 'message')
  sender.send({ ...put, message_id: 'hello', reply_to: 'mine' } as never)
  expect((await answer).message?.correlation_id).toBe('hello')
  connection.close()
})

test('an id that would wait with its answer is no longer than ids are', async () => {
  const connection = dialAmqp(world)
  await next(deaf(connection, 'answers'), 'receiver_open')
  const sender = connection.open_sender('$cbs')
  await next(sender, 'sendable')
  const rejected = next(sender, 'rejected')
  sender.send({ ...put, message_id: 'x'.repeat(300_000) } as never)
  expect(conditionOf(await rejected)).toBe('amqp:invalid-field')
  connection.close()
})

const conditionOf = ({ delivery }: EventContext) =>
  (delivery?.remote_state as { error?: { condition?: string } } | undefined)?.error?.condition

test('what the links of a stranger say of themselves has a bound', async () => {
  const connection = dialAmqp(world)
  await next(connection, 'connection_open')
  const gone = next(connection, 'connection_error')
  const properties = { idle: Array(10_000).fill(null) }
  for (let count = 0; count < 60; count++) connection.open_sender({ target: { address: '$cbs' }, properties } as never)
  await gone
  expect((connection.error as { condition?: string } | undefined)?.condition).toBe('amqp:resource-limit-exceeded')
})
