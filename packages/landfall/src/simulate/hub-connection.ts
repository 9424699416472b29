/** A device on its hub over MQTT: telemetry, its twin, and the methods that it answers (contract/iot-hub 10). */
import type { IPublishPacket } from 'mqtt-packet'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { MqttConnection } from './mqtt-connection.ts'
import type { MqttTransport } from './open-stream.ts'
import { type Device, type Means, type Reach, tokenOf } from './wire.ts'

export interface HubOrder {
  readonly device: Device
  readonly deviceId: string
  /** Its name, which the device was told; `reach` says where it listens. */
  readonly hub: string
  readonly reach: Reach
  readonly transport: MqttTransport
  /** Absent: every method is answered with 404. */
  readonly onMethod?: (name: string, payload: Json) => MethodAnswer
  readonly onDesired?: (patch: JsonObject) => void
  readonly onCloudMessage?: (body: Uint8Array) => void
}

export interface MethodAnswer {
  readonly status: number
  readonly payload: Json
}

export interface Twin {
  readonly desired: JsonObject
  readonly reported: JsonObject
}

interface TwinReply {
  readonly status: number
  readonly query: string
  readonly body: JsonObject
}

/** contract/iot-hub 10.1 */
const hubApiVersion = '2021-04-12'
const bag = '$.ct=application%2Fjson&$.ce=utf-8'

export class HubConnection {
  readonly #connection: MqttConnection
  readonly #deviceId: string
  #lastRid = 0

  private constructor(connection: MqttConnection, deviceId: string) {
    this.#connection = connection
    this.#deviceId = deviceId
  }

  /** Connected, and subscribed to all that the hub may say. */
  static async open(order: HubOrder, means: Means): Promise<HubConnection> {
    const { device, deviceId, hub, reach, transport } = order
    const userName = `${hub}/${deviceId}/?api-version=${hubApiVersion}&DeviceClientType=landfall-simulate`
    const password = tokenOf(device, `${hub}/devices/${deviceId}`, means)
    const onMessage = (message: IPublishPacket, on: MqttConnection) => take(message, order, on)
    const connection = await MqttConnection.open(
      { reach: { serverName: hub, ...reach }, transport, device, clientId: deviceId, userName, password, onMessage },
      means,
    )
    await connection.subscribe([
      '$iothub/methods/POST/#',
      '$iothub/twin/res/#',
      '$iothub/twin/PATCH/properties/desired/#',
      `devices/${deviceId}/messages/devicebound/#`,
    ])
    return new HubConnection(connection, deviceId)
  }

  /** Resolves with why it ended. */
  get closed(): Promise<Error> {
    return this.#connection.closed
  }

  /** Resolves when the hub has it on disk. */
  sendTelemetry(body: JsonObject): Promise<void> {
    return this.#connection.publish(`devices/${this.#deviceId}/messages/events/${bag}`, JSON.stringify(body))
  }

  async readTwin(): Promise<Twin> {
    const { body } = await this.#askTwin('$iothub/twin/GET/', '')
    const { desired, reported } = body
    return { desired: isJsonObject(desired) ? desired : {}, reported: isJsonObject(reported) ? reported : {} }
  }

  /** Gives the version of the reported properties with it. */
  async report(patch: JsonObject): Promise<number> {
    const { query } = await this.#askTwin('$iothub/twin/PATCH/properties/reported/', JSON.stringify(patch))
    return Number(/\$version=(\d+)/.exec(query)?.[1] ?? 0)
  }

  close(): Promise<void> {
    return this.#connection.close()
  }

  async #askTwin(topic: string, payload: string): Promise<TwinReply> {
    this.#lastRid += 1
    const reply = this.#connection.answerTo<TwinReply>(`twin ${this.#lastRid}`)
    this.#connection.say(`${topic}?$rid=${this.#lastRid}`, payload)
    const answer = await reply
    if (answer.status < 300) return answer
    throw new Error(`the hub answered ${answer.status} to a question about the twin: ${answer.body.message ?? ''}`)
  }
}

/** What the hub says without being asked, and what it was asked. */
function take({ topic, payload }: IPublishPacket, order: HubOrder, connection: MqttConnection): void {
  const body = Buffer.from(payload)
  const twin = /^\$iothub\/twin\/res\/(\d+)\/\?(.*)$/.exec(topic)
  const method = /^\$iothub\/methods\/POST\/([^/]+)\/\?\$rid=(.+)$/.exec(topic)
  if (twin) twinAnswered(connection, Number(twin[1]), twin[2] ?? '', body)
  else if (method) answerMethod(connection, order, { name: method[1] ?? '', rid: method[2] ?? '', body })
  else if (topic.startsWith('$iothub/twin/PATCH/')) order.onDesired?.(objectOf(body))
  else order.onCloudMessage?.(body)
}

function twinAnswered(connection: MqttConnection, status: number, query: string, body: Buffer): void {
  const rid = /(?:^|&)\$rid=([^&]*)/.exec(query)?.[1]
  connection.answered(`twin ${rid}`, { status, query, body: objectOf(body) } satisfies TwinReply)
}

interface Call {
  readonly name: string
  readonly rid: string
  readonly body: Buffer
}

function answerMethod(connection: MqttConnection, { onMethod }: HubOrder, { name, rid, body }: Call): void {
  const answer = onMethod?.(decodeURIComponent(name), jsonOf(body)) ?? { status: 404, payload: null }
  connection.say(`$iothub/methods/res/${answer.status}/?$rid=${rid}`, JSON.stringify(answer.payload))
}

function jsonOf(body: Buffer): Json {
  try {
    return JSON.parse(body.toString('utf8')) as Json
  } catch {
    return null
  }
}

function objectOf(body: Buffer): JsonObject {
  const value = jsonOf(body)
  return isJsonObject(value) ? value : {}
}
