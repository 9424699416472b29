/** Who speaks AMQP and means no good: what waits for it stays small, and one proof lets in one device. */
import { readFileSync } from 'node:fs'
import type { Connection, EventContext, Sender } from 'rhea'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeToken } from '../../src/sas/token.ts'
import { dialAmqp, next, putToken, refusalOf } from '../hub/amqp-rig.ts'
import { makeDevice } from '../hub/rig.ts'
import { makeTestCa } from '../test-ca.ts'
import { startWorld, type World } from '../world.ts'
import { askOf } from './ask.ts'

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

interface Proofs {
  readonly username?: string
  readonly password?: string
  readonly cert?: Buffer
  readonly key?: Buffer
}

const refused = async (link: Parameters<typeof refusalOf>[0]) => (await refusalOf(link)).condition

describe('on one connection', () => {
  let own: Proofs
  let certificate: Proofs
  let address: (id: string) => string
  let hubToken: string
  beforeAll(async () => {
    const { idScope } = world.connection
    address = (id) => `${idScope}/registrations/${id}`
    const keyOf = async (registrationId: string) => {
      const enrollment = { registrationId, attestation: { type: 'symmetricKey' } } as const
      const { attestation } = await world.client.individualEnrollments.createOrUpdate(enrollment)
      return attestation.type === 'symmetricKey' ? (attestation.symmetricKey?.primaryKey ?? '') : ''
    }
    const expiry = Date.now() + 3_600_000
    own = {
      username: address('mine'),
      password: makeToken({ resource: address('mine'), key: await keyOf('mine'), policyName: 'registration', expiry }),
    }
    await keyOf('other')
    const ca = await makeTestCa(world)
    const paper = await ca.device('printed')
    certificate = { cert: readFileSync(paper.certificate), key: readFileSync(paper.key) }
    const x509 = { clientCertificates: { primary: { certificate: readFileSync(paper.certificate, 'utf8') } } }
    await world.client.individualEnrollments.createOrUpdate({
      registrationId: 'printed',
      attestation: { type: 'x509', x509 },
    } as never)
    const key = await makeDevice(world, 'mine')
    hubToken = makeToken({ resource: `${world.host}/devices/mine`, key, expiry })
  })

  const policyKey = () => /SharedAccessKey=([^;]+)/.exec(world.connection.hubConnectionString)?.[1] ?? ''
  const cases: readonly [string, () => Proofs, string, 'open' | string][] = [
    ['a token lets its device in', () => own, 'mine', 'open'],
    ['a certificate lets its device in', () => certificate, 'printed', 'open'],
    ['with SASL ANONYMOUS it does, too', () => ({ ...certificate, username: 'x' }), 'printed', 'open'],
    ['a token before a certificate', () => ({ ...own, ...certificate }), 'mine', 'open'],
    ['a token lets no other device in', () => own, 'other', 'amqp:unauthorized-access'],
    [
      'nor that of the certificate beside it',
      () => ({ ...own, ...certificate }),
      'printed',
      'amqp:unauthorized-access',
    ],
    ['nothing lets nobody in', () => ({}), 'mine', 'amqp:unauthorized-access'],
    ['nor does ANONYMOUS', () => ({ username: 'x' }), 'mine', 'amqp:unauthorized-access'],
    [
      'nor the key of a policy of a hub',
      () => ({ username: 'iothubowner', password: policyKey() }),
      'mine',
      'amqp:unauthorized-access',
    ],
    [
      'nor the key of the device of that name on a hub',
      () => ({ username: `mine@sas.${world.host}`, password: hubToken }),
      'mine',
      'amqp:unauthorized-access',
    ],
  ]
  test.each(cases)('%s', async (_what, proofs, id, expected) => {
    const connection = dialAmqp(world, proofs())
    const sender = connection.open_sender(address(id))
    expect(await (expected === 'open' ? next(sender, 'sendable').then(() => 'open') : refused(sender))).toBe(expected)
    connection.close()
  })

  test('who may register may use no link of a hub by that', async () => {
    const connection = dialAmqp(world, own)
    await next(connection.open_sender(address('mine')), 'sendable')
    for (const at of ['devices/mine/messages/events', 'messages/devicebound'])
      expect([at, await refused(connection.open_sender(at))]).toEqual([at, 'amqp:unauthorized-access'])
    for (const at of ['devices/mine/messages/devicebound', 'messages/events/ConsumerGroups/$Default/Partitions/0'])
      expect([at, await refused(connection.open_receiver(at))]).toEqual([at, 'amqp:unauthorized-access'])
    await putToken(connection, hubToken)
    await next(connection.open_sender('devices/mine/messages/events'), 'sendable')
    connection.close()
  })

  test('no proof is told to anybody who reads what was refused', async () => {
    const list = await askOf(world)('GET /landfall/attempts', { headers: { authorization: await world.token() } })
    expect(list.text).toContain('sas_malformed')
    expect(list.text).not.toContain(policyKey())
    expect(list.text).not.toMatch(/sig=(?!\{signature\})/)
  })
})
