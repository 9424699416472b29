/** The published hub SDK's Client over AMQP, in a process of its own: messages to devices, and what became of them. */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { Client } = require('azure-iothub') as typeof import('azure-iothub')
const { Message } = require('azure-iot-common') as typeof import('azure-iot-common')
const { AmqpWs } = require('azure-iothub') as { AmqpWs: never }

export interface SendOrder {
  readonly connectionString: string
  readonly overWebSocket?: boolean
  readonly messages: readonly {
    readonly deviceId: string
    readonly body: string
    readonly messageId?: string
    readonly ack?: string
    readonly expiryMs?: number
    readonly properties?: Readonly<Record<string, string>>
  }[]
  /** As many records are waited for. */
  readonly feedback?: number
}

export interface SendAnswer {
  readonly sent: readonly { readonly error?: string; readonly message?: string }[]
  readonly feedback: readonly Readonly<Record<string, unknown>>[]
}

interface Receiver {
  on(event: 'message', listener: (message: { getData(): Buffer }) => void): void
  complete(message: object, done: () => void): void
}

const receiverOf = (from: InstanceType<typeof Client>) =>
  new Promise<Receiver>((resolve, reject) =>
    from.getFeedbackReceiver((error, receiver) => (error ? reject(error) : resolve(receiver as unknown as Receiver))),
  )

const order = JSON.parse(process.argv[2] ?? '{}') as SendOrder
const client = Client.fromConnectionString(order.connectionString, order.overWebSocket ? AmqpWs : undefined)
await client.open()
const feedback: Record<string, unknown>[] = []
const told = Promise.withResolvers<void>()
if (!order.feedback) told.resolve()
else {
  const receiver = await receiverOf(client)
  receiver.on('message', (message) => {
    feedback.push(...JSON.parse(message.getData().toString()))
    receiver.complete(message, () => {})
    if (feedback.length >= (order.feedback ?? 0)) told.resolve()
  })
}
const sent: { error?: string; message?: string }[] = []
for (const { deviceId, body, messageId, ack, expiryMs, properties = {} } of order.messages) {
  const message = new Message(body)
  if (messageId) message.messageId = messageId
  if (ack) message.ack = ack
  if (expiryMs) message.expiryTimeUtc = (Date.now() + expiryMs) as never
  for (const [key, value] of Object.entries(properties)) message.properties.add(key, value)
  sent.push(
    await client.send(deviceId, message as never).then(
      () => ({}),
      (error: Error) => ({ error: error.name, message: error.message }),
    ),
  )
}
process.stderr.write('sent\n')
await told.promise
await client.close()
process.stdout.write(`${JSON.stringify({ sent, feedback } satisfies SendAnswer)}\n`)
process.exit(0)
