/** Devices on their hub over MQTT, by the packets alone (contract/iot-hub 10). */
import { generate } from 'mqtt-packet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startWorld, type World } from '../world.ts'
import { answerTopic, connectDevice, hub, hubOf, makeDevice, telemetryOf, textsOf } from './rig.ts'

const hasty = {
  cmd: 'publish',
  topic: 'devices/hasty/messages/events/',
  qos: 1,
  dup: false,
  retain: false,
} as const

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

async function comeIn(deviceId: string, more = {}) {
  const deviceKey = await makeDevice(world, deviceId)
  return { deviceKey, device: await connectDevice(world, { deviceId, deviceKey, ...more }) }
}

describe('telemetry', () => {
  test('is on disk with its properties when it is acknowledged', async () => {
    const { device } = await comeIn('sender')
    const bag = '%24.mid=m%2F1&$.ct=text%2Fplain&%24.ce=utf-8&a%20b=c%26d%3D%2F&none&empty=&%C3%A4=%E2%82%AC&$.x=y'
    await device.client.publishAsync(`devices/sender/messages/events/${bag}`, 'warm', { qos: 1 })
    const [event] = await telemetryOf(world, 'sender')
    expect(event).toMatchObject({
      deviceId: 'sender',
      system: { messageId: 'm/1', contentType: 'text/plain', contentEncoding: 'utf-8' },
      properties: { 'a b': 'c&d=/', none: null, empty: '', ä: '€', '$.x': 'y' },
      authMethod: '{"scope":"device","type":"sas","issuer":"iothub"}',
      sequence: expect.any(Number),
    })
    expect(textsOf(await telemetryOf(world, 'sender'))).toEqual(['warm'])
    await device.client.endAsync()
  })

  test('may be empty, and says that it was to be retained', async () => {
    const { device } = await comeIn('retainer')
    await device.client.publishAsync('devices/retainer/messages/events/', '', { qos: 1, retain: true })
    const [event] = await telemetryOf(world, 'retainer')
    expect(event).toMatchObject({ properties: { 'mqtt-retain': 'true' }, body: expect.objectContaining({ length: 0 }) })
    await device.client.endAsync()
  })

  test('that came together is acknowledged in order, and in one piece', async () => {
    const { device } = await comeIn('hasty')
    const identifiers = Array.from({ length: 20 }, (_, nth) => 300 + nth)
    const packets = identifiers.map((messageId) => generate({ ...hasty, payload: `${messageId}`, messageId }))
    const pieces = new Promise<Buffer[]>((resolve) => {
      const came: Buffer[] = []
      device.client.stream.on('data', (piece: Buffer) => {
        came.push(piece)
        if (Buffer.concat(came).length >= 4 * identifiers.length) resolve(came)
      })
    })
    device.client.stream.write(Buffer.concat(packets))
    const pubacks = identifiers.map((messageId) => generate({ cmd: 'puback', messageId }))
    expect(await pieces).toEqual([Buffer.concat(pubacks)])
    expect(textsOf(await telemetryOf(world, 'hasty'))).toEqual(identifiers.map(String))
    await device.client.endAsync()
  })

  test('with QoS 2 closes the connection', async () => {
    const { device } = await comeIn('thorough')
    device.client.publish('devices/thorough/messages/events/', 'x', { qos: 2 })
    await device.gone
    expect(await telemetryOf(world, 'thorough')).toEqual([])
  })

  test.each(['devices/other/messages/events/', 'elsewhere', '$iothub/twin/DELETE/?$rid=1'])(
    'to the topic %s closes the connection',
    async (topic) => {
      const deviceId = `stray-${topic.length}`
      const { device } = await comeIn(deviceId)
      device.client.publish(topic, 'x', { qos: 1 })
      await device.gone
      expect(await telemetryOf(world, 'other')).toEqual([])
    },
  )

  test('of 256 KiB is kept whole, and with a byte more it closes the connection', async () => {
    const { device } = await comeIn('heavy')
    const most = Buffer.alloc(256 * 1024, 7)
    await device.client.publishAsync('devices/heavy/messages/events/a=b', most, { qos: 1 })
    const [event] = await telemetryOf(world, 'heavy')
    expect(most.equals(event?.body ?? Buffer.alloc(0))).toBe(true)
    device.client.publish('devices/heavy/messages/events/', Buffer.alloc(256 * 1024 + 1), { qos: 1 })
    await device.gone
    expect(await telemetryOf(world, 'heavy')).toHaveLength(1)
  })
})

describe('the will of a device', () => {
  const will = (deviceId: string) => ({
    will: {
      topic: `devices/${deviceId}/messages/events/`,
      payload: Buffer.from('died'),
      qos: 1 as const,
      retain: false,
    },
  })

  test('is telemetry when its connection is lost', async () => {
    const { device } = await comeIn('mortal', will('mortal'))
    device.client.stream.destroy()
    await expect
      .poll(() => telemetryOf(world, 'mortal'))
      .toMatchObject([{ properties: { 'iothub-MessageType': 'Will' } }])
  })

  test('is nothing when it says goodbye', async () => {
    const { device, deviceKey } = await comeIn('polite', will('polite'))
    await device.client.endAsync()
    const again = await connectDevice(world, { deviceId: 'polite', deviceKey })
    await again.client.publishAsync('devices/polite/messages/events/', 'after', { qos: 1 })
    expect(textsOf(await telemetryOf(world, 'polite'))).toEqual(['after'])
    await again.client.endAsync()
  })
})

describe('a twin', () => {
  test('is read, reported to, and told of changes of desired', async () => {
    const { device } = await comeIn('twin')
    const { client } = device
    await client.subscribeAsync('$iothub/twin/res/#')
    await client.subscribeAsync('$iothub/twin/PATCH/properties/desired/#')
    await client.publishAsync('$iothub/twin/GET/?$rid=a%20b', ' ')
    const got = await device.hears(/twin\/res/)
    expect(got.topic).toBe('$iothub/twin/res/200/?$rid=a%20b')
    expect(JSON.parse(got.payload)).toEqual({ desired: { $version: 1 }, reported: { $version: 1 } })

    await client.publishAsync('$iothub/twin/PATCH/properties/reported/?$rid=2', '{"a":{"b":1},"c":null}', { qos: 1 })
    expect(await device.hears(/twin\/res/)).toMatchObject({
      topic: '$iothub/twin/res/204/?$rid=2&$version=2',
      payload: '',
    })

    const { body: before } = await hub(world, 'GET /twins/twin')
    expect(before).toMatchObject({
      version: 2,
      connectionState: 'Connected',
      properties: { reported: { a: { b: 1 } } },
    })
    const change = { properties: { desired: { interval: 5, gone: null } } }
    expect((await hub(world, 'PATCH /twins/twin', change, { 'if-match': `"${before.etag}"` })).status).toBe(200)
    const told = await device.hears(/desired/)
    expect(told.topic).toBe('$iothub/twin/PATCH/properties/desired/?$version=2')
    expect(JSON.parse(told.payload)).toEqual({ interval: 5, gone: null, $version: 2 })
    await client.endAsync()
  })

  test.each([
    ['no JSON', '{', 400],
    ['no object', '[1]', 400],
    ['a name with a dot', '{"a.b":1}', 400],
    [
      'too much',
      JSON.stringify(Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`k${n}`, 'x'.repeat(4000)]))),
      400,
    ],
  ])('refuses a report of %s with a status and a code in the body', async (_what, patch, status) => {
    const deviceId = `reporter-${patch.length}`
    const { device } = await comeIn(deviceId)
    await device.client.subscribeAsync('$iothub/twin/res/#')
    await device.client.publishAsync('$iothub/twin/PATCH/properties/reported/?$rid=9', patch)
    const { topic, payload } = await device.hears(/twin\/res/)
    expect(topic).toBe(`$iothub/twin/res/${status}/?$rid=9`)
    expect(JSON.parse(payload)).toMatchObject({
      errorCode: 400004,
      trackingId: expect.any(String),
      message: expect.any(String),
    })
    await device.client.endAsync()
  })
})

describe('a report', () => {
  // azure-iot-sdk-java TwinTests sendMultipleReportedPropertiesChecksForVersion
  test('that names another version of reported than there is changes nothing', async () => {
    const deviceKey = await makeDevice(world, 'versioned')
    const device = await connectDevice(world, { deviceId: 'versioned', deviceKey })
    await device.client.subscribeAsync('$iothub/twin/res/#')
    const report = async (rid: number, version: number) => {
      await device.client.publishAsync(
        `$iothub/twin/PATCH/properties/reported/?$rid=${rid}&$version=${version}`,
        '{"a":1}',
      )
      return device.hears(new RegExp(`rid=${rid}`))
    }
    expect((await report(1, 1)).topic).toBe('$iothub/twin/res/204/?$rid=1&$version=2')
    const refused = await report(2, 1)
    expect(refused.topic).toBe('$iothub/twin/res/412/?$rid=2')
    expect(JSON.parse(refused.payload)).toMatchObject({ errorCode: 412001 })
    expect((await report(3, 2)).topic).toBe('$iothub/twin/res/204/?$rid=3&$version=3')
    await device.client.endAsync()
  })
})

describe('a direct method', () => {
  const call = (deviceId: string, more = {}) =>
    hub(world, `POST /twins/${deviceId}/methods`, { methodName: 'reset', payload: null, ...more })

  test('reaches the device and brings its answer back, whatever the payload', async () => {
    const { device } = await comeIn('called')
    await device.client.subscribeAsync('$iothub/methods/POST/#')
    for (const payload of [null, '', 'foo', {}, { k: 'v' }, [1]]) {
      const answer = call('called', { payload })
      const { topic, payload: asked } = await device.hears(/methods/)
      expect(JSON.parse(asked)).toEqual(payload)
      const rid = /^\$iothub\/methods\/POST\/reset\/\?\$rid=([0-9a-f]+)$/.exec(topic)?.[1]
      await device.client.publishAsync(`$iothub/methods/res/201/?$rid=${rid}`, JSON.stringify(payload))
      expect(await answer).toEqual({ status: 200, body: { status: 201, payload } })
    }
    await device.client.endAsync()
  })

  test('of a device that is not there, does not listen, or does not exist is 404, each with its name', async () => {
    const deviceKey = await makeDevice(world, 'absent')
    const away = await call('absent')
    expect(away.status).toBe(404)
    expect(JSON.parse(away.body.Message)).toMatchObject({
      errorCode: 404103,
      message: expect.stringContaining('not connected'),
    })
    const device = await connectDevice(world, { deviceId: 'absent', deviceKey })
    const deaf = await call('absent')
    expect(JSON.parse(deaf.body.Message)).toMatchObject({
      errorCode: 404103,
      message: expect.stringContaining('subscribed'),
    })
    // azure-iot-sdk-java DirectMethodsTests invokeMethodOnUnregisteredDevice: by number
    const unknown = await call('nobody')
    expect([unknown.status, JSON.parse(unknown.body.Message).errorCode]).toEqual([404, 404001])
    const unknownModule = await call('absent/modules/nothing')
    expect([unknownModule.status, JSON.parse(unknownModule.body.Message).errorCode]).toEqual([404, 404010])
    await device.client.endAsync()
  })

  test('waits for the device as long as it was asked to', async () => {
    const deviceKey = await makeDevice(world, 'late')
    const answer = call('late', { connectTimeoutInSeconds: 60 })
    const device = await connectDevice(world, { deviceId: 'late', deviceKey })
    await device.client.subscribeAsync('$iothub/methods/POST/#')
    const { topic } = await device.hears(/methods/)
    await device.client.publishAsync(answerTopic(topic), '"here"')
    expect(await answer).toEqual({ status: 200, body: { status: 200, payload: 'here' } })
    await device.client.endAsync()
  })

  test('to a silent device is 504, and to one that goes away meanwhile 404', async () => {
    const { device } = await comeIn('silent')
    await device.client.subscribeAsync('$iothub/methods/POST/#')
    const silent = await call('silent', { responseTimeoutInSeconds: 1 })
    expect(silent.status).toBe(504)
    expect(JSON.parse(silent.body.Message)).toMatchObject({ errorCode: 504101 })
    const lost = call('silent')
    await device.hears(/methods/)
    await device.hears(/methods/)
    device.client.stream.destroy()
    expect(await lost).toMatchObject({
      status: 404,
      body: { Message: expect.stringContaining('DeviceConnectionClosedRemotely') },
    })
  })

  test('that is answered with something that is no JSON is 502', async () => {
    const { device } = await comeIn('mumbler')
    await device.client.subscribeAsync('$iothub/methods/POST/#')
    const answer = call('mumbler')
    const { topic } = await device.hears(/methods/)
    await device.client.publishAsync(answerTopic(topic), '{')
    expect((await answer).status).toBe(502)
    await device.client.endAsync()
  })
})

describe('messages to a device', () => {
  const send = (deviceId: string, text: string, more = {}) =>
    world.devices.sendCloudMessage(
      { hub: hubOf(world), deviceId: deviceId as never },
      { body: Buffer.from(text), properties: {}, system: {}, ack: 'none', ...more },
    )
  const waitingOf = (deviceId: string) =>
    world.devices.cloudMessageCount({ hub: hubOf(world), deviceId: deviceId as never })

  test('wait for it, come in order once it subscribes, and are done with its PUBACK', async () => {
    const deviceKey = await makeDevice(world, 'postbox')
    for (let count = 0; count < 20; count++) await send('postbox', `letter ${count}`)
    expect((await hub(world, 'GET /devices/postbox')).body.cloudToDeviceMessageCount).toBe(20)
    const device = await connectDevice(world, { deviceId: 'postbox', deviceKey, clean: false })
    await device.client.subscribeAsync('devices/postbox/messages/devicebound/#', { qos: 1 })
    for (let count = 0; count < 20; count++) expect((await device.hears(/devicebound/)).payload).toBe(`letter ${count}`)
    await expect.poll(() => waitingOf('postbox')).toBe(0)
    await device.client.endAsync()
  })

  test('carry their properties in the topic', async () => {
    const { device } = await comeIn('reader')
    await device.client.subscribeAsync('devices/reader/messages/devicebound/#', { qos: 1 })
    const system = { messageId: 'm 1', contentType: 'text/plain' }
    await send('reader', 'x', { ack: 'full', system, properties: { 'k&': 'v=/', none: null } })
    const { topic, qos } = await device.hears(/devicebound/)
    expect(qos).toBe(1)
    expect(topic).toMatch(
      /^devices\/reader\/messages\/devicebound\/%24\.mid=m%201&%24\.to=%2Fdevices%2Freader%2Fmessages%2FdeviceBound&%24\.ct=text%2Fplain&%24\.exp=[^&]+&iothub-ack=full&k%26=v%3D%2F&none$/,
    )
    await world.devices.feedback.more(hubOf(world), new AbortController().signal)
    expect(await world.devices.feedback.receive(hubOf(world), 10, 60_000)).toMatchObject([
      { originalMessageId: 'm 1', statusCode: 'Success', deviceId: 'reader' },
    ])
    await device.client.endAsync()
  })

  test('are fifty at most, and 64 KiB', async () => {
    await makeDevice(world, 'full')
    await Promise.all(Array.from({ length: 50 }, (_, count) => send('full', `${count}`)))
    await expect(send('full', 'one more')).rejects.toMatchObject({ code: 'DeviceMaximumQueueDepthExceeded' })
    expect(await world.devices.purgeCloudMessages({ hub: hubOf(world), deviceId: 'full' as never })).toBe(50)
    await expect(send('full', 'x'.repeat(65 * 1024))).rejects.toMatchObject({ code: 'MessageTooLarge' })
    await expect(send('nobody', 'x')).rejects.toMatchObject({ code: 'DeviceNotFound' })
  })
})

describe('subscribing', () => {
  test('is granted for its own topics only, at QoS 1 at most', async () => {
    const { device } = await comeIn('nosy')
    const grants = await device.client
      .subscribeAsync({
        '$iothub/twin/res/#': { qos: 0 },
        '$iothub/methods/POST/#': { qos: 2 },
        'devices/nosy/messages/deviceBound/#': { qos: 1 },
        'devices/other/messages/devicebound/#': { qos: 1 },
        '#': { qos: 0 },
        'devices/+/messages/devicebound/#': { qos: 1 },
      })
      .catch((error: { granted?: unknown }) => error)
    const codes = JSON.stringify(grants)
    expect(codes).toContain('128')
    await device.client.endAsync()
  })
})
