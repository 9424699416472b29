/** The published Event Hubs SDKs, two major versions, read what devices of the embedded hub sent. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { partitionOf } from '../../src/hub/telemetry/partition.ts'
import type { DeviceId } from '../../src/ids.ts'
import { shows } from '../compatibility/shows.ts'
import type { ReadAnswer, ReadOrder } from '../sdk/event-hubs-client.ts'
import { runClient } from '../sdk/run.ts'
import { startWorld, type World } from '../world.ts'
import { connectDevice, hub, makeDevice, type RawHubDevice } from './rig.ts'

const devices = ['pump-1', 'pump-2', 'pump-3'] as const

let world: World
let talker: RawHubDevice
beforeAll(async () => {
  world = await startWorld({ standardPorts: true })
  for (const deviceId of devices) {
    const { client } = await connect(deviceId)
    for (const [number, body] of ['first', '', 'third'].entries())
      await client.publishAsync(
        `devices/${deviceId}/messages/events/%24.mid=${deviceId}-${number}&%24.cid=c&%24.ct=text%2Fplain&a%20b=%C3%A4%26%3D%2F&none`,
        body,
        { qos: 1 },
      )
    await client.endAsync()
  }
  talker = await connect('talker')
})
afterAll(async () => {
  talker.client.end()
  await world[Symbol.asyncDispose]()
})

const connect = async (deviceId: string) =>
  connectDevice(world, { deviceId, deviceKey: await makeDevice(world, deviceId) })

const read = (order: Omit<ReadOrder, 'connectionString'> & { connectionString?: string }) =>
  runClient<ReadAnswer>(world, 'event-hubs-client.ts', {
    connectionString: world.connection.eventHubConnectionString,
    ...order,
  })

/** The device talks until the reader has what it waits for. */
async function whileTalking(reading: Promise<ReadAnswer>): Promise<ReadAnswer> {
  let isRead = false
  void reading.finally(() => {
    isRead = true
  })
  for (let number = 0; !isRead; number++) {
    await talker.client.publishAsync('devices/talker/messages/events/', `said ${number}`, { qos: 1 })
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return reading
}

test.each([5, 6] as const)(
  'version %i reads every event from the start, as it was sent',
  shows('@azure/event-hubs', 'telemetry'),
  async (sdk) => {
    const { hub: properties, partitions, events, error } = await read({ sdk, count: 9 })
    expect(error).toBeUndefined()
    expect(properties).toMatchObject({ partitionIds: ['0', '1', '2', '3'] })
    expect(partitions).toHaveLength(4)
    const ofOne = events.filter((event) => event.systemProperties['iothub-connection-device-id'] === 'pump-2')
    expect(ofOne.map(({ body }) => body)).toEqual(['first', '', 'third'])
    expect(ofOne.map(({ messageId }) => messageId)).toEqual(['pump-2-0', 'pump-2-1', 'pump-2-2'])
    expect(ofOne[0]).toMatchObject({
      contentType: 'text/plain',
      correlationId: 'c',
      properties: { 'a b': 'ä&=/', none: null },
      systemProperties: {
        'iothub-connection-auth-method': '{"scope":"device","type":"sas","issuer":"iothub"}',
        'iothub-connection-auth-generation-id': expect.stringMatching(/^\d+$/),
        'iothub-message-source': 'Telemetry',
        'iothub-enqueuedtime': expect.any(Number),
      },
    })
  },
)

test('partitions say where they begin and end', async () => {
  const { partitions } = await read({ sdk: 6, count: 0 })
  const of = (deviceId: string) => partitions[partitionOf(deviceId as DeviceId)]
  expect(of('pump-1')).toMatchObject({ beginningSequenceNumber: 0, isEmpty: false })
  expect(of('pump-1')).toHaveProperty('lastEnqueuedOffset', expect.stringMatching(/^\d+$/))
})

test.each([5, 6] as const)('version %i is told that a partition is none, by its own name for it', async (sdk) => {
  expect((await read({ sdk, count: 0, partition: 'boo' })).refused).toBe('ArgumentOutOfRangeError')
})

test.each([
  ['a sequence number, that one left out', { sequenceNumber: 0 }, 1],
  ['a sequence number, that one included', { sequenceNumber: 1, isInclusive: true }, 1],
  ['an offset', { offset: '0' }, 1],
  ['a time long ago', { enqueuedOn: 0 }, 0],
])('reading begins at %s', async (_name, start, first) => {
  const { events, error } = await read({ sdk: 5, start, count: 6 })
  expect(error).toBeUndefined()
  const ofOne = events.filter((event) => event.messageId?.startsWith('pump-1'))
  expect(ofOne.map(({ sequenceNumber }) => sequenceNumber)).toEqual([0, 1, 2].slice(first))
})

test.each([
  ['WebSocket', { sdk: 6, overWebSocket: true }],
  ['a consumer group of its own', { sdk: 6, group: 'line-7' }],
] as const)('everything is read over %s', async (_name, order) => {
  const { events, error } = await read({ ...order, count: 9 })
  expect(error).toBeUndefined()
  expect(events.length).toBeGreaterThanOrEqual(9)
})

test.each([
  ['the end', () => ({ offset: '@latest' })],
  ['now', () => ({ enqueuedOn: Date.now() })],
])('a reader from %s gets what is sent from then on, soon', async (_name, start) => {
  const { events, error, last } = await whileTalking(read({ sdk: 6, start: start(), tracks: true, count: 20 }))
  expect(error).toBeUndefined()
  const numbers = events.map(({ body }) => Number(/^said (\d+)$/.exec(body)?.[1]))
  expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index))
  expect(last.some((one) => one && 'sequenceNumber' in one)).toBe(true)
})

test('a higher owner level takes the partitions over, and a lower one is refused', async () => {
  const first = read({ sdk: 5, ownerLevel: 1, count: 1_000_000 })
  let second: ReadAnswer
  // until the first is there, nobody is in the way
  do second = await read({ sdk: 5, ownerLevel: 2, count: 9 })
  while (!(await Promise.race([first.then(() => true), new Promise((resolve) => setTimeout(resolve, 100))])))
  expect(second.error).toBeUndefined()
  expect((await first).error).toMatch(/ReceiverDisconnected/)
})

test.each([5, 6] as const)('version %i is told as a producer that the hub is read only, and at once', async (sdk) => {
  const { produced } = await read({ sdk, count: 0, produces: true })
  expect(produced).toMatch(/^InvalidOperationError: .*is read only: .* Send it as a device/)
})

test('another key, and another name, are refused in words', async () => {
  const good = world.connection.eventHubConnectionString
  const wrong = good.replace(/SharedAccessKey=[^;]+/, `SharedAccessKey=${'A'.repeat(43)}=`)
  await expect(read({ sdk: 6, connectionString: wrong, count: 0 })).rejects.toThrow(/fits neither key/)
  const unnamed = good.replace(/EntityPath=.*/, 'EntityPath=elsewhere')
  await expect(read({ sdk: 6, connectionString: unnamed, count: 0 })).rejects.toThrow(/There is no "elsewhere"/)
  expect((await hub(world, 'GET /devices/talker')).status).toBe(200)
})
