/** The published Event Hubs SDK as a reader, in a process of its own: one JSON argument in, the answers as one line out. */
import * as current from '@azure/event-hubs'
import * as former from 'event-hubs-5'
import WebSocket from 'ws'

export interface ReadOrder {
  readonly connectionString: string
  /** Its major version. */
  readonly sdk: 5 | 6
  readonly overWebSocket?: boolean
  readonly group?: string
  /** Of all partitions. */
  readonly start?: Readonly<Record<string, unknown>>
  readonly ownerLevel?: number
  readonly tracks?: boolean
  /** Asked for beside those that there are. */
  readonly partition?: string
  /** Sends one as a producer first. */
  readonly produces?: boolean
  /** As many events are waited for. */
  readonly count: number
}

export interface ReadAnswer {
  readonly hub: object
  readonly partitions: readonly object[]
  // biome-ignore lint/suspicious/noExplicitAny: tests look into events of every shape
  readonly events: readonly any[]
  readonly last: readonly (object | undefined)[]
  /** The code of the error that asking for `partition` is. */
  readonly refused?: string
  /** What the producer was told, code and sentence. */
  readonly produced?: string
  readonly error?: string
}

const order = JSON.parse(process.argv[2] ?? '{}') as ReadOrder
const { EventHubConsumerClient, EventHubProducerClient } = (order.sdk === 5 ? former : current) as typeof current
const webSocketOptions = order.overWebSocket ? { webSocketOptions: { webSocket: WebSocket } } : {}
const options = { ...webSocketOptions, retryOptions: { maxRetries: 0, timeoutInMs: 5000 } }
const client = new EventHubConsumerClient(order.group ?? '$Default', order.connectionString, options)

const events: object[] = []
const last: (object | undefined)[] = []
let failed = 0
const hub = await client.getEventHubProperties()
const partitions = await Promise.all(hub.partitionIds.map((id) => client.getPartitionProperties(id)))
const refused = order.partition && (await refusalOf(order.partition))
const produced = order.produces ? await produce() : undefined
const read = Promise.withResolvers<string | undefined>()
if (order.count === 0) read.resolve(undefined)
const subscription = client.subscribe(
  {
    async processEvents(received, context) {
      for (const { body, ...event } of received) events.push({ ...event, body: textOf(body) })
      last.push(context.lastEnqueuedEventProperties)
      if (received.length === 0) process.stderr.write('.')
      if (events.length >= order.count) read.resolve(undefined)
    },
    async processError(error) {
      failed++
      // of every partition: where one closes while the others are being closed by the service, this SDK ends its process
      if (failed < hub.partitionIds.length) return
      read.resolve(toldBy(error))
    },
  },
  {
    startPosition: (order.start ?? { offset: '-1' }) as never,
    maxWaitTimeInSeconds: 1,
    ...(order.ownerLevel !== undefined && { ownerLevel: order.ownerLevel }),
    ...(order.tracks && { trackLastEnqueuedEventProperties: true }),
  },
)
process.stderr.write('subscribed\n')
const error = await read.promise
await subscription.close()
await client.close()
process.stdout.write(
  `${JSON.stringify({ hub, partitions, events, last, refused, produced, error } satisfies ReadAnswer)}\n`,
)

async function produce(): Promise<string | undefined> {
  const producer = new EventHubProducerClient(order.connectionString, options)
  try {
    await producer.sendBatch([{ body: 'from a producer' }])
  } catch (error) {
    return toldBy(error as Error)
  } finally {
    await producer.close()
  }
}

function toldBy(error: Error): string {
  return `${(error as { code?: string }).code ?? error.name}: ${error.message}`
}

async function refusalOf(partition: string): Promise<string | undefined> {
  try {
    await client.getPartitionProperties(partition)
  } catch (error) {
    return (error as { code?: string }).code ?? (error as Error).name
  }
}

function textOf(body: unknown): unknown {
  return Buffer.isBuffer(body) || body instanceof Uint8Array ? Buffer.from(body).toString() : body
}
