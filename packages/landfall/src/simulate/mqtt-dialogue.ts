/** A device's side of MQTT: connect, subscribe, then one publish and one reply at a time (contract/device-api 5). */
import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import mqtt, { type IPublishPacket, type Packet } from 'mqtt-packet'
import {
  apiVersion,
  type Device,
  type Dialogue,
  type Endpoint,
  replyTimeoutMs,
  type WireReply,
  wireReply,
} from './wire.ts'

const replies = '$dps/registrations/res/#'

export class MqttDialogue implements Dialogue {
  readonly #socket: TLSSocket
  readonly #registrationId: string
  /** Who waits for the next packet of a kind; one at a time. */
  readonly #waiting = new Map<string, (packet: Packet) => void>()
  #fail: (error: Error) => void = () => {}
  #lastId = 0

  private constructor(socket: TLSSocket, registrationId: string) {
    this.#socket = socket
    this.#registrationId = registrationId
    const parser = mqtt.parser({ protocolVersion: 4 })
    parser.on('packet', (packet) => this.#take(packet))
    parser.on('error', (error: Error) => socket.destroy(error))
    // small packets, one after the other: waiting to fill a segment costs 40 ms each
    socket.setNoDelay(true)
    socket.on('data', (bytes) => parser.parse(bytes))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the service closed the connection')))
    socket.setTimeout(replyTimeoutMs, () => socket.destroy(new Error(`no answer within ${replyTimeoutMs / 1000} s`)))
  }

  static async open(device: Device, endpoint: Endpoint): Promise<MqttDialogue> {
    const { host, serverName, mqttPort: port, ca, idScope } = endpoint
    const { registrationId, chain: cert, key } = device
    const dialogue = new MqttDialogue(
      connect({ host, port, ca, cert, key, ...nameOf(serverName ?? host) }),
      registrationId,
    )
    const answer = await dialogue.#ask('connack', {
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      clientId: registrationId,
      keepalive: 60,
      username: `${idScope}/registrations/${registrationId}/api-version=${apiVersion}&ClientVersion=landfall-quickstart`,
    })
    if (answer.cmd !== 'connack' || answer.returnCode !== 0)
      throw new Error(
        `the service refused the MQTT connection${'returnCode' in answer ? ` (${answer.returnCode})` : ''}`,
      )
    const subscriptions = [{ topic: replies, qos: 1 as const }]
    await dialogue.#ask('suback', { cmd: 'subscribe', messageId: dialogue.#nextId(), subscriptions })
    return dialogue
  }

  register(): Promise<WireReply> {
    return this.#publish(
      '$dps/registrations/PUT/iotdps-register/?',
      JSON.stringify({ registrationId: this.#registrationId }),
    )
  }

  poll(operationId: string): Promise<WireReply> {
    return this.#publish(`$dps/registrations/GET/iotdps-get-operationstatus/?operationId=${operationId}&`, ' ')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.destroyed) return
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()))
    this.#socket.end(mqtt.generate({ cmd: 'disconnect' }))
    await closed
  }

  async #publish(topic: string, payload: string): Promise<WireReply> {
    const messageId = this.#nextId()
    const publish = { cmd: 'publish', qos: 1, dup: false, retain: false, messageId, payload } as const
    const reply = await this.#ask('publish', { ...publish, topic: `${topic}$rid=${messageId}` })
    return readReply(reply as IPublishPacket)
  }

  #ask(awaited: Packet['cmd'], packet: Packet): Promise<Packet> {
    return new Promise((resolve, reject) => {
      this.#fail = reject
      this.#waiting.set(String(awaited), resolve)
      this.#socket.write(mqtt.generate(packet))
    })
  }

  #take(packet: Packet): void {
    if (packet.cmd === 'publish' && packet.qos === 1)
      this.#socket.write(mqtt.generate({ cmd: 'puback', messageId: packet.messageId }))
    const waiting = this.#waiting.get(String(packet.cmd))
    this.#waiting.delete(String(packet.cmd))
    waiting?.(packet)
  }

  #nextId(): number {
    this.#lastId += 1
    return this.#lastId
  }
}

// RFC 6066 3: an address is no server name
const nameOf = (host: string) => (isIP(host) === 0 ? { servername: host } : {})

// contract/device-api 5.5: $dps/registrations/res/{status}/?$rid={rid}&retry-after={seconds}
function readReply({ topic, payload }: IPublishPacket): WireReply {
  const [, status = '0', query = ''] = /^\$dps\/registrations\/res\/(\d+)\/\?(.*)$/.exec(topic) ?? []
  const retryAfter = /(?:^|&)retry-after=(\d+)/.exec(query)?.[1]
  return wireReply(Number(status), retryAfter, payload.toString())
}
