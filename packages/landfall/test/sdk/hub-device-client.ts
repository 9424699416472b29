/**
 * The published device SDK on its hub, as its own process. It is told what to do by a line of JSON on standard input, and
 * says by a line on standard output what came of it, and what it hears in between.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

// the SDKs are CommonJS whose exports Node cannot name for import
const require = createRequire(import.meta.url)
const { Client, ModuleClient, Message } = require('azure-iot-device') as typeof import('azure-iot-device')
const { Amqp, AmqpWs } = require('azure-iot-device-amqp') as typeof import('azure-iot-device-amqp')
const { Mqtt, MqttWs } = require('azure-iot-device-mqtt') as typeof import('azure-iot-device-mqtt')

export interface HubDeviceOrder {
  readonly connectionString: string
  readonly transport: 'mqtt' | 'mqttWs' | 'amqp' | 'amqpWs'
  /** Paths, for `x509=true`. */
  readonly certificate?: string
  readonly key?: string
}

/** `open`, `close`, `send TEXT PROPERTIES`, `output NAME TEXT` of a module, `twin` (`readTwin` and `follow`), `report PATCH`, `listen HOW…` (to messages), `method NAME`. */
export type HubDeviceCall = readonly [what: string, ...args: unknown[]]

type Device = InstanceType<typeof Client>
type Module = InstanceType<typeof ModuleClient>
// biome-ignore lint/suspicious/noExplicitAny: a twin has whatever sections its hub has
type Twin = any
interface Received {
  readonly data: Buffer
  readonly messageId: string
  readonly properties: { readonly propertyList: readonly { readonly key: string; readonly value: string }[] }
}

const order = JSON.parse(process.argv[2] ?? '{}') as HubDeviceOrder
const transports = { mqtt: Mqtt, mqttWs: MqttWs, amqp: Amqp, amqpWs: AmqpWs }
// each package has a declaration of its own of what a transport is
const transport = transports[order.transport] as typeof Mqtt
const isModule = order.connectionString.includes(';ModuleId=')
const client = isModule
  ? ModuleClient.fromConnectionString(order.connectionString, transport)
  : Client.fromConnectionString(order.connectionString, transport)
client.setRetryPolicy({ shouldRetry: () => false, nextRetryTimeout: () => 0 } as never)
let twin: Twin

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)
client.on('disconnect', () => say({ heard: 'disconnect' }))
client.on('error', (error: Error) => say({ heard: 'error', name: error.name }))

const calls: Record<string, (...args: never[]) => Promise<unknown>> = {
  async open() {
    if (order.certificate && order.key)
      await client.setOptions({ cert: readFileSync(order.certificate, 'utf8'), key: readFileSync(order.key, 'utf8') })
    await client.open()
  },
  close: () => client.close(),
  async send(
    text: string,
    {
      messageId,
      contentType,
      properties = {},
    }: { messageId?: string; contentType?: string; properties?: Record<string, string> } = {},
  ) {
    const message = new Message(text)
    if (messageId) message.messageId = messageId
    if (contentType) message.contentType = contentType as 'application/json'
    for (const [key, value] of Object.entries(properties)) message.properties.add(key, value)
    await client.sendEvent(message)
  },
  async output(name: string, text: string) {
    await (client as Module).sendOutputEvent(name, new Message(text))
  },
  async twin() {
    const read = await calls.readTwin?.()
    await calls.follow?.()
    return read
  },
  async readTwin() {
    twin = await client.getTwin()
    const { desired, reported } = twin.properties
    return { desired: plain(desired), reported: plain(reported) }
  },
  async follow() {
    twin.on('properties.desired', (patch: object) => say({ heard: 'desired', patch }))
  },
  report: (patch: object) =>
    new Promise((resolve, reject) =>
      twin.properties.reported.update(patch, (error: Error | undefined) =>
        error ? reject(error) : resolve(undefined),
      ),
    ),
  /** `hows`: what becomes of the first messages, `complete` being that of all others. */
  async listen(...hows: ('complete' | 'abandon' | 'reject')[]) {
    client.on('message', (message: Received) => {
      const properties = message.properties.propertyList.map(({ key, value }) => [key, value])
      say({ heard: 'message', text: message.data.toString(), messageId: message.messageId, properties })
      client[hows.shift() ?? 'complete'](message as never, () => {})
    })
  },
  async method(name: string) {
    const answer: Parameters<Device['onDeviceMethod']>[1] = (request, response) => {
      say({ heard: 'method', name: request.methodName, payload: request.payload })
      response.send(201, request.payload, () => {})
    }
    if (client instanceof ModuleClient) client.onMethod(name, answer as never)
    else client.onDeviceMethod(name, answer)
  },
}

const plain = (section: object) =>
  JSON.parse(JSON.stringify(section, (key, value) => (key === 'update' ? undefined : value)))

for await (const line of createInterface({ input: process.stdin })) {
  const [what = '', ...args] = JSON.parse(line) as HubDeviceCall
  try {
    say({ done: what, result: (await calls[what]?.(...(args as never[]))) ?? null })
  } catch (error) {
    say({ done: what, error: { name: (error as Error).name, message: (error as Error).message } })
  }
}
process.exit(0)
