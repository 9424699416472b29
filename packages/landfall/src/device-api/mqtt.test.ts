import { expect, test } from 'vitest'
import { assigned, assigning, operationId } from '../../test/transport/recorder.ts'
import {
  connectMqtt,
  nextReply,
  queryTopic,
  registerTopic,
  startTransports,
  type TransportWorld,
  userName,
} from '../../test/transport/world.ts'
import { ProvisioningError } from '../fault.ts'
import { responseFilter } from './topics.ts'

async function subscribed(world: TransportWorld, options = {}, url?: string) {
  const client = await connectMqtt(world, options, url)
  await client.subscribeAsync(responseFilter, { qos: 1 })
  return client
}

test('a device registers by MQTT with its chain, and is assigned in the first reply', async () => {
  await using world = await startTransports()
  const client = await subscribed(world)
  const reply = nextReply(client)
  await client.publishAsync(registerTopic('a-b'), '{"registrationId":"dev-1","payload":{"model":"x"}}', { qos: 1 })
  const { topic, body } = await reply
  expect(topic).toBe('$dps/registrations/res/200/?$rid=a-b')
  expect(body).toMatchObject({ operationId, status: 'assigned', registrationState: { substatus: 'initialAssignment' } })
  expect(world.device.registered[0]).toMatchObject({
    idScope: '0ne00000A0A',
    registrationId: 'dev-1',
    apiVersion: '2019-03-31',
    bodyRegistrationId: 'dev-1',
    payload: { model: 'x' },
    transport: 'mqtt',
    remoteAddress: '127.0.0.1',
  })
  const evidence = world.device.registered[0]?.evidence
  expect(evidence?.certificates).toHaveLength(1)
  expect(evidence?.more?.(1)).toHaveLength(2)
  await client.endAsync()
})

test('the chain of a device that left before it was judged can still be read', async () => {
  await using world = await startTransports()
  const judged = Promise.withResolvers<number | undefined>()
  const left = Promise.withResolvers<void>()
  world.device.onRegister = async ({ registrationId, evidence }) => {
    await left.promise
    judged.resolve(evidence.more?.(1).length)
    return assigned(registrationId)
  }
  const client = await connectMqtt(world)
  await client.publishAsync(registerTopic(), '', { qos: 1 })
  client.stream.once('close', () => left.resolve())
  await client.endAsync()
  expect(await judged.promise).toBe(2)
})

const paths = ['/$iothub/websocket', '/%24iothub/websocket', '/', '/mqtt', '/:443/$iothub/websocket']
for (const path of paths) {
  test(`a device registers by MQTT over WebSocket on ${path}`, async () => {
    await using world = await startTransports()
    const { ca, cert, key } = { ca: world.pki.root.pem, cert: world.pki.device.pem, key: world.pki.device.key }
    const wsOptions = { ca, cert, key }
    const client = await subscribed(world, { wsOptions }, `wss://localhost:${world.httpsPort}${path}`)
    const reply = nextReply(client)
    await client.publishAsync(registerTopic(), ' ', { qos: 1 })
    expect((await reply).body.status).toBe('assigned')
    expect(world.device.registered[0]).toMatchObject({ transport: 'mqttWs' })
    expect(world.device.registered[0]?.evidence.certificates).toHaveLength(1)
    await client.endAsync()
  })
}

test('a SAS token comes as the password', async () => {
  await using world = await startTransports()
  const token = 'SharedAccessSignature sr=a&sig=b&se=1'
  const client = await subscribed(world, { cert: undefined, key: undefined, password: token })
  const reply = nextReply(client)
  await client.publishAsync(registerTopic(), '', { qos: 1 })
  await reply
  expect(world.device.registered[0]?.evidence).toMatchObject({ certificates: [], sasToken: token })
  expect(JSON.stringify(world.log)).not.toContain('SharedAccessSignature')
  await client.endAsync()
})

test('a reply that is still under way says when to ask, and the query is answered', async () => {
  await using world = await startTransports()
  world.device.onRegister = () => assigning
  const client = await subscribed(world)
  const first = nextReply(client)
  await client.publishAsync(registerTopic('7'), '{}', { qos: 1 })
  expect(await first).toMatchObject({
    topic: '$dps/registrations/res/202/?$rid=7&retry-after=2',
    body: { operationId, status: 'assigning' },
  })
  const second = nextReply(client)
  await client.publishAsync(queryTopic(operationId, '7'), '{"registrationId":"dev-1"}', { qos: 1 })
  expect(await second).toMatchObject({ topic: '$dps/registrations/res/200/?$rid=7', body: { status: 'assigned' } })
  expect(world.device.polled[0]?.operationId).toBe(operationId)
  await client.endAsync()
})

test('a refusal comes as a JSON object in pure ASCII, and the log has its tracking id', async () => {
  await using world = await startTransports()
  world.device.onRegister = () => {
    throw new ProvisioningError('id_mismatch', { commonName: 'Größe €', id: 'dev-1' })
  }
  const client = await subscribed(world)
  const reply = nextReply(client)
  await client.publishAsync(registerTopic(), '{}', { qos: 1 })
  const { topic, payload, body } = await reply
  expect(topic).toBe('$dps/registrations/res/401/?$rid=1')
  expect([...payload].every((byte) => byte < 0x7f)).toBe(true)
  expect(body).toMatchObject({ errorCode: 401002, info: { reason: 'id_mismatch' } })
  expect(body.message).toContain('Größe €')
  const line = world.log.find(({ facts }) => facts.trackingId === body.trackingId)
  expect(line?.facts).toMatchObject({ registrationId: 'dev-1', reason: 'id_mismatch', code: 401002, transport: 'mqtt' })
  await client.endAsync()
})

test('a payload of any language arrives as it was', async () => {
  await using world = await startTransports()
  world.device.onRegister = ({ registrationId }) => assigned(registrationId, { payload: { price: '5 €', face: '🙂' } })
  const client = await subscribed(world)
  const reply = nextReply(client)
  await client.publishAsync(registerTopic(), '{}', { qos: 1 })
  expect((await reply).body.registrationState.payload).toEqual({ price: '5 €', face: '🙂' })
  await client.endAsync()
})

test('what nobody foresaw is a 500 with a tracking id and no text', async () => {
  await using world = await startTransports()
  world.device.onRegister = () => {
    throw new Error('the secret of the house')
  }
  const client = await subscribed(world)
  const reply = nextReply(client)
  await client.publishAsync(registerTopic(), '{}', { qos: 1 })
  const { topic, payload, body } = await reply
  expect(topic).toContain('/res/500/')
  expect(payload.toString()).not.toContain('secret')
  expect(body.message).toContain(body.trackingId)
  await client.endAsync()
})

test('overload tells when to come again', async () => {
  await using world = await startTransports()
  world.device.onRegister = () => {
    throw new ProvisioningError('overloaded')
  }
  const client = await subscribed(world)
  const reply = nextReply(client)
  await client.publishAsync(registerTopic(), '{}', { qos: 1 })
  expect((await reply).topic).toBe('$dps/registrations/res/503/?$rid=1&retry-after=5')
  await client.endAsync()
})

test('a body that is no JSON object is refused and never reaches the engine', async () => {
  await using world = await startTransports()
  const client = await subscribed(world)
  for (const body of ['[]', '"x"', '{', `{"payload":${'['.repeat(70)}${']'.repeat(70)}}`, '{"registrationId":7}']) {
    const reply = nextReply(client)
    await client.publishAsync(registerTopic(), body, { qos: 1 })
    expect((await reply).body).toMatchObject({ errorCode: 400004, info: { reason: 'registration_malformed' } })
  }
  const reply = nextReply(client)
  await client.publishAsync(registerTopic(), `{"payload":"${'x'.repeat(100 * 1024)}"}`, { qos: 1 })
  expect(await reply).toMatchObject({ topic: '$dps/registrations/res/413/?$rid=1', body: { errorCode: 413000 } })
  expect(world.device.registered).toHaveLength(0)
  await client.endAsync()
})

test('a reply waits for the subscription, and is sent at the granted quality of service', async () => {
  await using world = await startTransports()
  const client = await connectMqtt(world)
  await client.publishAsync(registerTopic('early'), '{}', { qos: 1 })
  const reply = nextReply(client)
  const qos = new Promise((resolve) => client.once('message', (_topic, _payload, packet) => resolve(packet.qos)))
  await client.subscribeAsync(responseFilter, { qos: 0 })
  expect((await reply).topic).toBe('$dps/registrations/res/200/?$rid=early')
  expect(await qos).toBe(0)
  await client.endAsync()
})

test('only the response filter is granted, at most at quality of service 1', async () => {
  await using world = await startTransports()
  const client = await connectMqtt(world)
  expect(await client.subscribeAsync(responseFilter, { qos: 2 })).toMatchObject([{ qos: 1 }])
  await expect(client.subscribeAsync('#', { qos: 0 })).rejects.toThrow()
  await client.unsubscribeAsync(responseFilter)
  await client.endAsync()
})

test('a reply to a QoS 0 publish is held back, one to QoS 1 is not', async () => {
  const slept: number[] = []
  let wake = () => {}
  const timers = {
    sleep(ms: number) {
      if (ms > 1000) return new Promise<void>(() => {})
      slept.push(ms)
      return new Promise<void>((resolve) => {
        wake = resolve
      })
    },
  }
  await using world = await startTransports({ timers })
  const client = await subscribed(world)
  const held = nextReply(client)
  await client.publishAsync(registerTopic('0'), '{}', { qos: 0 })
  const other = nextReply(client)
  await client.publishAsync(registerTopic('1'), '{}', { qos: 1 })
  expect((await other).topic).toContain('$rid=1')
  expect((await held).topic).toContain('$rid=1')
  expect(slept).toEqual([30])
  const last = nextReply(client)
  wake()
  expect((await last).topic).toContain('$rid=0')
  await client.endAsync()
})

test('quality of service 2 and the retain flag are borne', async () => {
  await using world = await startTransports()
  const client = await subscribed(world)
  const reply = nextReply(client)
  await client.publishAsync(registerTopic(), '{}', { qos: 2, retain: true })
  expect((await reply).body.status).toBe('assigned')
  expect(world.device.registered).toHaveLength(1)
  await client.endAsync()
})

test('a publish without $rid is acknowledged and dropped', async () => {
  await using world = await startTransports()
  const client = await subscribed(world)
  await client.publishAsync('$dps/registrations/PUT/iotdps-register/?$rid=', '{}', { qos: 1 })
  expect(world.device.registered).toHaveLength(0)
  await client.endAsync()
})

test('a topic that does not exist closes the connection', async () => {
  await using world = await startTransports()
  const client = await connectMqtt(world)
  const closed = new Promise((resolve) => client.once('close', () => resolve(true)))
  client.publish('devices/dev-1/messages/events/', 'x', { qos: 0 })
  expect(await closed).toBe(true)
})

const refused = [
  ['a user name that is none', { username: '0ne/registrations' }, 4],
  ['no user name', { username: undefined }, 4],
  ['a client id that is not the registration id', { clientId: 'other' }, 5],
] as const
for (const [what, options, code] of refused) {
  test(`CONNACK ${code} for ${what}`, async () => {
    await using world = await startTransports()
    await expect(connectMqtt(world, options)).rejects.toMatchObject({ code })
    const { facts } = world.log.find(({ facts: { returnCode } }) => returnCode === code) ?? {}
    expect(facts).toMatchObject(code === 4 ? { userName: options.username ?? '' } : {})
    expect(world.device.prechecked).toHaveLength(0)
    expect(world.device.unread.map(({ fault }) => fault.reason)).toEqual(code === 5 ? ['client_id_differs'] : [])
  })
}

test('the client id compares without letter case', async () => {
  await using world = await startTransports()
  const client = await connectMqtt(world, { clientId: 'DEV-1' })
  await client.endAsync()
})

test('CONNACK 5 for what the engine refuses beforehand, 3 where the service is at fault', async () => {
  await using world = await startTransports()
  world.device.onPrecheck = () => {
    throw new ProvisioningError('sas_expired', { id: 'dev-1' })
  }
  await expect(connectMqtt(world)).rejects.toMatchObject({ code: 5 })
  const line = world.log.find(({ facts }) => facts.reason === 'sas_expired')
  expect(line?.facts).toMatchObject({ registrationId: 'dev-1', transport: 'mqtt', code: 401002 })
  world.device.onPrecheck = () => {
    throw new ProvisioningError('storage_unavailable')
  }
  await expect(connectMqtt(world)).rejects.toMatchObject({ code: 3 })
})

test('a registration is finished although its connection is gone', async () => {
  await using world = await startTransports()
  let finish = () => {}
  const done = new Promise<void>((resolve) => {
    world.device.onRegister = async ({ registrationId }) => {
      await new Promise<void>((release) => {
        finish = release
      })
      resolve()
      return assigned(registrationId)
    }
  })
  const client = await subscribed(world)
  await client.publishAsync(registerTopic(), '{}', { qos: 1 })
  const gone = new Promise((resolve) => client.once('close', () => resolve(true)))
  client.stream.destroy()
  await gone
  finish()
  await done
  expect(world.device.registered).toHaveLength(1)
})

test('an unknown api-version is answered and noted; the cloud way refuses it', async () => {
  await using ours = await startTransports()
  const client = await subscribed(ours, { username: userName('dev-1', '/api-version=2099-01-01') })
  const reply = nextReply(client)
  await client.publishAsync(registerTopic(), '{}', { qos: 1 })
  expect((await reply).body.status).toBe('assigned')
  expect(ours.log.some(({ level, facts }) => level === 'warn' && facts.apiVersion === '2099-01-01')).toBe(true)
  await client.endAsync()

  await using cloud = await startTransports({ fidelity: 'cloud' })
  const other = await subscribed(cloud, { username: userName('dev-1', '/api-version=2099-01-01') })
  const refusal = nextReply(other)
  await other.publishAsync(registerTopic(), '{}', { qos: 1 })
  const { body } = await refusal
  expect(body).toMatchObject({ errorCode: 400000, message: 'Unsupported api-version' })
  expect(body.info).toBeUndefined()
  await other.endAsync()
})

test('a user name without api-version is accepted', async () => {
  await using world = await startTransports()
  const client = await subscribed(world, { username: '0ne00000A0A/registrations/dev-1' })
  const reply = nextReply(client)
  await client.publishAsync(registerTopic(), '{}', { qos: 1 })
  expect((await reply).body.status).toBe('assigned')
  expect(world.device.registered[0]?.apiVersion).toBeUndefined()
  await client.endAsync()
})
