/** A device as small as can be: one MQTT connection over TLS that publishes, reports and answers methods. */
import { type ConnectionOptions, connect, createSecureContext, type TLSSocket } from 'node:tls'
import { generate, type IConnackPacket, type IPublishPacket, type Packet } from 'mqtt-packet'
import { PacketCutter, readPacket } from '../../packages/landfall/src/protocol/mqtt-packets.ts'

export interface DeviceOrder {
  readonly port: number
  /** One of loopback's, so that no pair of addresses runs out of ports. */
  readonly from: string
  readonly clientId: string
  readonly userName?: string
  readonly password?: string
  readonly clean?: boolean
}

/** The same handshake for every target, as in ../exchange.ts; all devices share it, so that it costs each of them nothing. */
const secureContext = createSecureContext({
  minVersion: 'TLSv1.3',
  ciphers: 'TLS_AES_128_GCM_SHA256',
  ecdhCurve: 'X25519',
})

const noMore = () => {}
const mostBytes = 1024 * 1024

export class MqttDevice {
  readonly clientId: string
  readonly #socket: TLSSocket
  readonly #cutter = new PacketCutter()
  readonly #acknowledged = new Map<number, () => void>()
  readonly #answers = new Map<string, (status: number) => void>()
  #onConnack: (packet: IConnackPacket) => void = noMore
  #onSuback: () => void = noMore
  readonly #waiting = new Set<(why: Error) => void>()
  #last = 0
  isOpen = false

  private constructor(order: DeviceOrder) {
    this.clientId = order.clientId
    const options: ConnectionOptions & { localAddress: string } = {
      host: '127.0.0.1',
      port: order.port,
      localAddress: order.from,
      servername: 'localhost',
      secureContext,
      // what the client would spend on checking the server is left out
      rejectUnauthorized: false,
    }
    this.#socket = connect(options)
    this.#socket.setNoDelay(true)
    this.#socket.on('data', (chunk) => this.#receive(chunk))
    this.#socket.on('error', (error) => this.#gone(error))
    this.#socket.on('close', () => this.#gone(new Error('the server closed the connection')))
  }

  /** Resolves after CONNACK. */
  static async open(order: DeviceOrder, patienceMs: number): Promise<MqttDevice> {
    const device = new MqttDevice(order)
    const late = setTimeout(() => device.#socket.destroy(new Error('not connected in time')), patienceMs)
    try {
      await device.#greet(order)
      return device
    } catch (error) {
      device.end()
      throw error
    } finally {
      clearTimeout(late)
    }
  }

  async #greet({ clientId, userName: username, password, clean = true }: DeviceOrder): Promise<void> {
    const answer = this.#orGone<IConnackPacket>((resolve) => {
      this.#onConnack = resolve
    })
    this.#socket.write(
      generate({
        cmd: 'connect',
        clientId,
        ...(username !== undefined && { username }),
        ...(password !== undefined && { password: Buffer.from(password) }),
        clean,
        keepalive: 1177,
      }),
    )
    const { returnCode } = await answer
    if (returnCode !== 0) throw new Error(`CONNACK said ${returnCode}`)
    this.isOpen = true
  }

  async subscribe(topics: readonly string[]): Promise<void> {
    const answer = this.#orGone<void>((resolve) => {
      this.#onSuback = resolve
    })
    const subscriptions = topics.map((topic) => ({ topic, qos: 1 as const }))
    this.#socket.write(generate({ cmd: 'subscribe', messageId: this.#nextId(), subscriptions }))
    await answer
  }

  /** Resolves with PUBACK. */
  publish(topic: string, payload: string): Promise<void> {
    const messageId = this.#nextId()
    const answer = this.#orGone<void>((resolve) => {
      this.#acknowledged.set(messageId, resolve)
    })
    this.#socket.write(generate({ cmd: 'publish', qos: 1, dup: false, retain: false, topic, payload, messageId }))
    return answer
  }

  /** Resolves when the hub has it on disk. */
  async report(patch: object): Promise<void> {
    const rid = String(this.#nextId())
    const answer = this.#orGone<number>((resolve) => {
      this.#answers.set(rid, resolve)
    })
    this.#say(`$iothub/twin/PATCH/properties/reported/?$rid=${rid}`, JSON.stringify(patch))
    const status = await answer
    if (status !== 204) throw new Error(`a reported patch was answered ${status}`)
  }

  end(): void {
    this.#socket.destroy()
  }

  #say(topic: string, payload: string): void {
    this.#socket.write(generate({ cmd: 'publish', qos: 0, dup: false, retain: false, topic, payload }))
  }

  #nextId(): number {
    this.#last = (this.#last % 0xffff) + 1
    return this.#last
  }

  /** Whoever waits is told when the connection goes. */
  #orGone<T>(begin: (resolve: (value: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject)
      begin((value) => {
        this.#waiting.delete(reject)
        resolve(value)
      })
    })
  }

  #gone(why: Error): void {
    this.isOpen = false
    for (const reject of this.#waiting) reject(why)
    this.#waiting.clear()
  }

  #receive(chunk: Buffer): void {
    for (const bytes of this.#cutter.push(chunk, mostBytes)) {
      // most of what comes under load, and four bytes long
      if ((bytes[0] ?? 0) >> 4 === 4) this.#settle(((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0))
      else this.#take(readPacket(bytes))
    }
  }

  #settle(messageId: number): void {
    this.#acknowledged.get(messageId)?.()
    this.#acknowledged.delete(messageId)
  }

  #take(packet: Packet): void {
    if (packet.cmd === 'connack') this.#onConnack(packet)
    else if (packet.cmd === 'suback') this.#onSuback()
    else if (packet.cmd === 'publish') this.#hear(packet)
  }

  #hear({ topic, payload, messageId }: IPublishPacket): void {
    if (messageId !== undefined) this.#socket.write(generate({ cmd: 'puback', messageId }))
    const twin = /^\$iothub\/twin\/res\/(\d+)\/\?\$rid=([^&]*)/.exec(topic)
    const method = /^\$iothub\/methods\/POST\/[^/]+\/\?\$rid=(.+)$/.exec(topic)
    if (method) this.#say(`$iothub/methods/res/200/?$rid=${method[1]}`, payload.toString())
    if (twin?.[2] === undefined) return
    this.#answers.get(twin[2])?.(Number(twin[1]))
    this.#answers.delete(twin[2])
  }
}
