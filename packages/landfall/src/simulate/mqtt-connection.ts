/** One MQTT 3.1.1 connection of a device: who waits for what, keep-alive, and how it ended (contract/iot-hub 10). */
import type { Duplex } from 'node:stream'
import mqtt, { type IConnackPacket, type IPublishPacket, type ISubackPacket, type Packet } from 'mqtt-packet'
import { type MqttTransport, openStream } from './open-stream.ts'
import { type Device, type Means, type Reach, replyTimeoutMs } from './wire.ts'

export interface MqttOrder {
  readonly reach: Reach
  readonly transport: MqttTransport
  readonly device: Device
  readonly clientId: string
  readonly userName: string
  readonly password: string | undefined
  readonly onMessage: (message: IPublishPacket, connection: MqttConnection) => void
}

/** The service answered CONNECT with a no. */
export class ConnectRefused extends Error {
  readonly returnCode: number
  constructor(returnCode: number) {
    super(`the service refused the MQTT connection (${returnCode})`)
    this.name = 'ConnectRefused'
    this.returnCode = returnCode
  }
}

interface Waiting {
  readonly since: number
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: Error) => void
}

const keepAliveSeconds = 60
/** How often it is looked at whether to say something, and whether an answer is overdue. */
const watchMs = 10_000
const lastPacketId = 65_535

export class MqttConnection {
  /** Resolves with why it ended. */
  readonly closed: Promise<Error>
  readonly #stream: Duplex
  readonly #means: Means
  /** In the order in which they began to wait. */
  readonly #waiting = new Map<string, Waiting>()
  readonly #ended = new AbortController()
  #lastId = 0
  #failure = new Error('the service closed the connection')
  #saidAt: number

  private constructor({ reach, transport, device, onMessage }: MqttOrder, means: Means) {
    this.#means = means
    this.#saidAt = means.stopwatch()
    this.#stream = openStream(transport, reach, device)
    const parser = mqtt.parser({ protocolVersion: 4 })
    parser.on('packet', (packet) => this.#takeOrEnd(packet, onMessage))
    parser.on('error', (error: Error) => this.#stream.destroy(error))
    this.#stream.on('data', (bytes: Buffer) => parser.parse(bytes))
    this.#stream.on('end', () => this.#stream.destroy())
    this.#stream.on('error', (error) => {
      this.#failure = error
    })
    this.closed = new Promise((resolve) => {
      this.#stream.once('close', () => {
        this.#end()
        resolve(this.#failure)
      })
    })
    void this.#watch()
  }

  static async open(order: MqttOrder, means: Means): Promise<MqttConnection> {
    const connection = new MqttConnection(order, means)
    const { clientId, userName: username, password } = order
    const answer = connection.answerTo<IConnackPacket>('connack')
    connection.#write({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      keepalive: keepAliveSeconds,
      clientId,
      username,
      ...(password !== undefined && { password: Buffer.from(password) }),
    })
    const { returnCode = 0 } = await answer
    if (returnCode === 0) return connection
    connection.#stream.destroy()
    throw new ConnectRefused(returnCode)
  }

  /** What `answered` is called with under the same name; an error when the connection ends before. */
  answerTo<Answer>(name: string): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    if (this.#ended.signal.aborted) reject(this.#failure)
    else
      this.#waiting.set(name, {
        since: this.#means.stopwatch(),
        resolve: (answer) => resolve(answer as Answer),
        reject,
      })
    return promise
  }

  /** One that nobody waits for is passed over. */
  answered(name: string, answer: unknown): void {
    const waiting = this.#waiting.get(name)
    this.#waiting.delete(name)
    waiting?.resolve(answer)
  }

  async subscribe(filters: readonly string[]): Promise<void> {
    const messageId = this.#nextId()
    const answer = this.answerTo<ISubackPacket>(`suback ${messageId}`)
    const subscriptions = filters.map((topic) => ({ topic, qos: 1 as const }))
    this.#write({ cmd: 'subscribe', messageId, subscriptions })
    const { granted } = await answer
    const refused = filters.filter((_, index) => granted[index] === 128)
    if (refused.length > 0) throw new Error(`the service refused to subscribe to ${refused.join(', ')}`)
  }

  /** QoS 1; resolves when the service has taken it. */
  async publish(topic: string, payload: string): Promise<void> {
    const messageId = this.#nextId()
    const taken = this.answerTo<void>(`puback ${messageId}`)
    this.#write({ cmd: 'publish', qos: 1, dup: false, retain: false, messageId, topic, payload })
    await taken
  }

  /** QoS 0. */
  say(topic: string, payload: string): void {
    this.#write({ cmd: 'publish', qos: 0, dup: false, retain: false, topic, payload })
  }

  async close(): Promise<void> {
    if (!this.#stream.destroyed) this.#stream.end(mqtt.generate({ cmd: 'disconnect' }))
    await this.closed
  }

  #write(packet: Packet): void {
    this.#saidAt = this.#means.stopwatch()
    if (this.#stream.writable) this.#stream.write(mqtt.generate(packet))
  }

  /** What cannot be understood is no reason to take the others of a fleet along. */
  #takeOrEnd(packet: Packet, onMessage: MqttOrder['onMessage']): void {
    try {
      this.#take(packet, onMessage)
    } catch (error) {
      this.#stream.destroy(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #take(packet: Packet, onMessage: MqttOrder['onMessage']): void {
    switch (packet.cmd) {
      case 'publish':
        if (packet.qos === 1) this.#write({ cmd: 'puback', messageId: packet.messageId })
        onMessage(packet, this)
        break
      case 'connack':
      case 'pingresp':
        this.answered(packet.cmd, packet)
        break
      default:
        this.answered(`${packet.cmd} ${packet.messageId}`, packet)
    }
  }

  async #watch(): Promise<void> {
    const { timers, stopwatch } = this.#means
    for (;;) {
      await timers.sleep(watchMs, this.#ended.signal)
      if (this.#ended.signal.aborted) return
      const [oldest] = this.#waiting.values()
      if (oldest && stopwatch() - oldest.since > replyTimeoutMs)
        this.#stream.destroy(new Error(`no answer within ${replyTimeoutMs / 1000} s`))
      else if (stopwatch() - this.#saidAt > keepAliveSeconds * 500) this.#ping()
    }
  }

  #ping(): void {
    // where the connection ends first, that is told by `closed`
    this.answerTo('pingresp').catch(() => {})
    this.#write({ cmd: 'pingreq' })
  }

  #end(): void {
    this.#ended.abort()
    for (const { reject } of this.#waiting.values()) reject(this.#failure)
    this.#waiting.clear()
  }

  #nextId(): number {
    this.#lastId = (this.#lastId % lastPacketId) + 1
    return this.#lastId
  }
}
