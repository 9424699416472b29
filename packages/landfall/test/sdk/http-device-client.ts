/** The published device SDK over HTTPS as its own process: calls in order, what came of each. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { Client, Message } = require('azure-iot-device') as typeof import('azure-iot-device')
const { Http } = require('azure-iot-device-http') as typeof import('azure-iot-device-http')

export interface HttpDeviceOrder {
  readonly connectionString: string
  /** Paths, for `x509=true`. */
  readonly certificate?: string
  readonly key?: string
  /** `send TEXT PROPERTIES`, `batch TEXTS`, `settle complete|abandon|reject` (the next message). */
  readonly calls: readonly (readonly [what: string, ...args: never[]])[]
}

interface Received {
  readonly data: Buffer
  readonly messageId: string
  readonly lockToken: string
}
interface Receiver {
  on(event: string, listener: (what: never) => void): void
  receive(): void
}
type Done = (error?: Error | null) => void

const order = JSON.parse(process.argv[2] ?? '{}') as HttpDeviceOrder
const client = Client.fromConnectionString(order.connectionString, Http)
client.setRetryPolicy({ shouldRetry: () => false, nextRetryTimeout: () => 0 } as never)
const settled = (work: (done: Done) => void) =>
  new Promise<void>((resolve, reject) => work((error) => (error ? reject(error) : resolve())))

// awaiting setOptions over HTTP never returns: a bug of the client
if (order.certificate && order.key)
  client.setOptions(
    { cert: readFileSync(order.certificate, 'utf8'), key: readFileSync(order.key, 'utf8') } as never,
    () => {},
  )

/** The transport itself polls when it is told to, the client once a minute. */
const receiver = (client as unknown as { _transport: Receiver })._transport

function messageOf(text: string, properties: Record<string, string> = {}) {
  const message = new Message(text)
  for (const [key, value] of Object.entries(properties)) message.properties.add(key, value)
  return message
}

/** One poll fetches all there are. */
const fetched: Received[] = []
receiver.on('message', ((message: Received) => void fetched.push(message)) as never)
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function next(): Promise<Received> {
  for (;;) {
    const message = fetched.shift()
    if (message) return message
    receiver.receive()
    await pause(100)
  }
}

const calls: Record<string, (...args: never[]) => Promise<unknown>> = {
  send: (text: string, properties?: Record<string, string>) =>
    settled((done) => client.sendEvent(messageOf(text, properties), done as never)),
  batch: (texts: readonly string[]) =>
    settled((done) =>
      client.sendEventBatch(
        texts.map((text) => messageOf(text, { of: 'batch' })),
        done as never,
      ),
    ),
  async settle(how: 'complete' | 'abandon' | 'reject') {
    const message = await next()
    await settled((done) => client[how](message as never, done as never))
    return { text: message.data.toString(), messageId: message.messageId }
  },
}

await settled((done) => client.open(done as never))
const outcomes: unknown[] = []
for (const [what, ...args] of order.calls) {
  try {
    outcomes.push({ result: await calls[what]?.(...args) })
  } catch (error) {
    outcomes.push({ error: { name: (error as Error).name, message: (error as Error).message } })
  }
}
process.stdout.write(`${JSON.stringify(outcomes)}\n`, () => process.exit(0))
