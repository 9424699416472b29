/** One MQTT 3.1.1 connection: packets in order, acknowledged as they must be, bounded in all that it holds. */
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { IConnectPacket, IPublishPacket, ISubscribePacket, Packet } from 'mqtt-packet'
import { printable } from '../ids.ts'
import type { Log } from '../observe/log.ts'
import type { Timers } from '../system.ts'
import { moreCertificates, ownCertificate, peerCertificates, vouchFor } from './client-certificates.ts'
import type { ProtocolLimits } from './limits.ts'
import { MqttFault } from './mqtt-fault.ts'
import { PacketIdentifiers } from './mqtt-identifiers.ts'
import {
  isConnect,
  PacketCutter,
  protocolLevelOf,
  readConnect,
  readPacket,
  refusalOfLevel5,
  writePacket,
} from './mqtt-packets.ts'
import { writePuback } from './mqtt-publish.ts'
import type {
  MqttConnect,
  MqttHandler,
  MqttMessage,
  MqttPeer,
  MqttService,
  MqttSession,
  Sending,
} from './mqtt-service.ts'
import { Outbox } from './outbox.ts'

export interface MqttParts {
  /** Asked in order; the first that matches serves. */
  readonly services: readonly MqttService[]
  readonly limits: ProtocolLimits
  readonly timers: Timers
  readonly log: Log
}

/** Four strings of 64 KiB may stand in a CONNECT; no client's is a twentieth of this. */
const connectBytes = 72 * 1024
/** A reason of our own: without one, each abort makes an exception with a stack, 80 µs of CPU a connection. */
const connectedOrGone = 'connected or gone'
const nothing: readonly Uint8Array[] = []
/** For the last bytes to arrive, and for the peer to close its side. */
const lingerMs = 5000

export class MqttConnection implements MqttSession {
  readonly transport: MqttPeer['transport']
  readonly remoteAddress: string | undefined
  readonly certificates: readonly Uint8Array[]
  readonly #stream: Duplex
  readonly #socket: TLSSocket
  readonly #parts: MqttParts
  readonly #cutter = new PacketCutter()
  /** Until a CONNECT is answered. */
  #connected: AbortController | undefined = new AbortController()
  readonly #identifiers = new PacketIdentifiers()
  readonly #outbox: Outbox
  #inbox: readonly Uint8Array[] = nothing
  /** The next of the inbox; taking from the front of an array costs its length. */
  #next = 0
  #state: 'new' | 'connecting' | 'open' | 'closing' | 'closed' = 'new'
  #handler: MqttHandler | undefined
  #inFlight = 0
  #finishing = false
  #disconnected = false

  constructor(stream: Duplex, socket: TLSSocket, transport: MqttPeer['transport'], parts: MqttParts) {
    this.#stream = stream
    this.#socket = socket
    this.#parts = parts
    this.#outbox = new Outbox(stream, parts.limits.unreadBytes, () => this.#cutOff('it does not read'))
    this.transport = transport
    this.remoteAddress = socket.remoteAddress
    this.certificates = ownCertificate(socket)
    stream.on('data', (chunk: Uint8Array) => this.#receive(chunk))
    stream.on('error', () => stream.destroy())
    stream.on('end', () => this.close('the client closed'))
    stream.on('close', () => this.#gone())
    if (stream !== socket) socket.on('close', () => stream.destroy())
    socket.setTimeout(0)
    socket.on('timeout', () => this.#cutOff('silence'))
    void this.#awaitConnect(this.#connected)
  }

  publish(topic: string, payload: string | Uint8Array, qos: 0 | 1, sending?: Sending): number | undefined {
    if (this.#state !== 'open') return
    let messageId: number | undefined
    this.#guarded(() => {
      messageId = qos === 0 ? undefined : this.#identifiers.send(sending?.acknowledged, sending?.sentBeforeAs)
      const dup = messageId !== undefined && messageId === sending?.sentBeforeAs
      this.#send({ cmd: 'publish', topic, payload: payload as string | Buffer, qos, dup, retain: false, messageId })
    })
    return messageId
  }

  moreCertificates(known: number): readonly Uint8Array[] {
    return moreCertificates(this.#socket, known)
  }

  vouchForCertificates(): void {
    vouchFor(this.#socket)
  }

  close(why: string): void {
    if (this.#state === 'closing' || this.#state === 'closed') return
    this.#parts.log.debug({ remoteAddress: this.remoteAddress, why }, 'an MQTT connection is closed')
    // what a device asked for is finished without it; its chain can only be read while the socket stands
    if (this.#inFlight > 0) peerCertificates(this.#socket)
    this.#outbox.release()
    this.#state = 'closing'
    this.#inbox = nothing
    this.#stopWaiting()
    this.#stream.resume()
    this.#stream.end()
    this.#socket.setTimeout(lingerMs)
  }

  /** Takes no more messages, and closes when those in work are answered. */
  finish(): void {
    this.#finishing = true
    if (this.#inFlight === 0 && this.#state !== 'connecting') this.close('shutting down')
  }

  async #awaitConnect({ signal } = new AbortController()): Promise<void> {
    await this.#parts.timers.sleep(this.#parts.limits.mqttConnectMs, signal)
    if (this.#state === 'new') this.#cutOff('no CONNECT in time')
  }

  #stopWaiting(): void {
    this.#connected?.abort(connectedOrGone)
    this.#connected = undefined
  }

  #receive(chunk: Uint8Array): void {
    if (this.#state === 'closing' || this.#state === 'closed') return
    this.#handler?.heard?.()
    const most = this.#state === 'new' ? connectBytes : this.#parts.limits.mqttPacketBytes
    this.#guarded(() => {
      // another protocol would be waited for: its first bytes are taken for a length
      if (this.#state === 'new' && this.#cutter.isEmpty && !isConnect(chunk)) throw new MqttFault('no CONNECT first')
      const packets = this.#cutter.push(chunk, most)
      this.#inbox = this.#next < this.#inbox.length ? this.#inbox.slice(this.#next).concat(packets) : packets
      this.#next = 0
      this.#work()
    })
  }

  /** Packets one after the other, until one must be waited for; then the socket is left unread. */
  #work(): void {
    while (this.#ready()) {
      const bytes = this.#inbox[this.#next++]
      if (bytes === undefined) break
      if (this.#state === 'new') void this.#connect(bytes)
      else this.#handle(readPacket(bytes))
    }
    if (this.#next < this.#inbox.length) return void this.#stream.pause()
    // an idle device would hold its last message, which may have 256 KiB
    this.#inbox = nothing
    if (this.#stream.isPaused()) this.#stream.resume()
  }

  #ready(): boolean {
    if (this.#finishing) return this.#state === 'new'
    if (this.#state === 'new') return true
    return this.#state === 'open' && this.#inFlight < (this.#handler?.mostInFlight ?? this.#parts.limits.mqttInFlight)
  }

  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!(error instanceof MqttFault)) throw error
      this.#cutOff(error.message)
    }
  }

  async #connect(bytes: Uint8Array) {
    this.#state = 'connecting'
    try {
      if (!isConnect(bytes)) throw new MqttFault('the first packet is no CONNECT')
      const level = protocolLevelOf(bytes)
      if (level !== 4) return this.#refuseLevel(level)
      await this.#offer(readConnect(bytes))
    } catch (error) {
      if (error instanceof MqttFault) return this.#cutOff(error.message)
      this.#parts.log.error({ err: error, remoteAddress: this.remoteAddress }, 'an MQTT CONNECT failed unforeseen')
      this.#refuse(3)
    }
  }

  async #offer(packet: IConnectPacket) {
    const connect = connectOf(packet)
    const service = this.#parts.services.find((one) => one.matches(connect))
    if (this.#finishing) return this.#refuse(3)
    if (service === undefined) return this.#refuse(4, { userName: printable(connect.userName ?? '', 200) })
    const handler = await service.connect(connect, this)
    if (this.#state !== 'connecting') return typeof handler === 'object' ? handler.closed?.(false) : undefined
    if (typeof handler === 'number') return this.#refuse(handler)
    this.#open(connect, handler)
  }

  #open(connect: MqttConnect, handler: MqttHandler) {
    this.#state = 'open'
    this.#handler = handler
    this.#stopWaiting()
    // MQTT 3.1.1, 3.1.2.10; without keep-alive a limit of our own: contract/device-api 5.1
    this.#socket.setTimeout(handler.idleMs ?? (connect.keepAliveSeconds * 1500 || this.#parts.limits.mqttIdleMs))
    this.#send({ cmd: 'connack', returnCode: 0, sessionPresent: handler.sessionPresent ?? false })
    handler.opened?.()
    if (this.#finishing) return this.finish()
    this.#guarded(() => this.#work())
  }

  /** The client is told a number and no more, so the log says what it was refused for. */
  #refuse(returnCode: number, because: object = {}): void {
    if (this.#state !== 'connecting') return
    this.#logRefusal({ returnCode, ...because })
    this.#send({ cmd: 'connack', returnCode, sessionPresent: false })
    this.close(`CONNACK ${returnCode}`)
  }

  #logRefusal(facts: object): void {
    this.#parts.log.info({ remoteAddress: this.remoteAddress, ...facts }, 'an MQTT CONNECT was refused')
  }

  #refuseLevel(level: number) {
    if (level !== 5) return this.#refuse(1, { protocolLevel: level })
    this.#logRefusal({ protocolLevel: level })
    this.#write(refusalOfLevel5())
    this.close('MQTT 5')
  }

  #handle(packet: Packet) {
    switch (packet.cmd) {
      case 'publish':
        return this.#take(packet)
      case 'subscribe':
        return this.#subscribe(packet)
      case 'unsubscribe':
        this.#handler?.unsubscribe(packet.unsubscriptions)
        return this.#send({ cmd: 'unsuback', messageId: packet.messageId, granted: [] })
      case 'puback':
        return this.#identifiers.acknowledge(packet.messageId ?? 0)
      case 'pubrel':
        this.#identifiers.release(packet.messageId ?? 0)
        return this.#send({ cmd: 'pubcomp', messageId: packet.messageId })
      case 'pingreq':
        return this.#send({ cmd: 'pingresp' })
      case 'disconnect':
        this.#disconnected = true
        return this.close('DISCONNECT')
      default:
        throw new MqttFault(`a ${packet.cmd.toUpperCase()} from a client`)
    }
  }

  /** In work until it is granted, which may have to wait for the disk. */
  #subscribe({ subscriptions, messageId }: ISubscribePacket) {
    this.#inFlight++
    let isAtOnce = true
    const filters = subscriptions.map(({ topic, qos }) => ({ filter: topic, qos }))
    this.#handler?.subscribe(filters, (granted) => {
      this.#send({ cmd: 'suback', messageId, granted: [...granted] })
      if (isAtOnce) this.#inFlight--
      else this.#worked()
    })
    isAtOnce = false
  }

  #take(packet: IPublishPacket) {
    const { topic, qos, retain, messageId } = packet
    if (qos === 2 && !this.#identifiers.receive(messageId ?? 0)) return this.#send({ cmd: 'pubrec', messageId })
    const message = { topic, qos, retain, payload: packet.payload as Buffer }
    const acknowledge = () => {
      if (qos === 1) this.#write(writePuback(messageId ?? 0))
      else if (qos === 2) this.#send({ cmd: 'pubrec', messageId })
    }
    this.#inFlight++
    // chained by hand: of the messages of a flood each await would make promises of its own
    this.#handler?.publish(message, acknowledge).then(
      () => this.#worked(),
      (error) => this.#failed(error),
    )
  }

  #failed(error: unknown): void {
    this.#parts.log.error({ err: error, remoteAddress: this.remoteAddress }, 'an MQTT message failed unforeseen')
    this.close('an internal error')
    this.#worked()
  }

  #worked(): void {
    this.#inFlight--
    if (this.#finishing) this.finish()
    else if (this.#next < this.#inbox.length) this.#guarded(() => this.#work())
  }

  #send(packet: Packet): void {
    this.#write(writePacket(packet))
  }

  #write(bytes: Buffer): void {
    if (this.#state === 'closing' || this.#state === 'closed') return
    this.#outbox.writeThisTurn(bytes)
  }

  #cutOff(why: string): void {
    if (this.#state !== 'closing' && this.#state !== 'closed')
      this.#parts.log.info({ remoteAddress: this.remoteAddress, why }, 'an MQTT connection was cut off')
    // answers to what came before go out
    this.#outbox.release()
    this.#stream.destroy()
    this.#socket.destroy()
    this.#gone()
  }

  #gone(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#inbox = nothing
    this.#stopWaiting()
    this.#handler?.closed?.(this.#disconnected)
  }
}

function connectOf(packet: IConnectPacket): MqttConnect {
  return {
    clientId: packet.clientId,
    userName: packet.username,
    password: packet.password?.toString(),
    clean: packet.clean ?? false,
    keepAliveSeconds: packet.keepalive ?? 0,
    ...(packet.will && { will: willOf(packet.will) }),
  }
}

function willOf({ topic, payload, qos, retain }: NonNullable<IConnectPacket['will']>): MqttMessage {
  return { topic, payload: Buffer.from(payload), qos: qos ?? 0, retain: retain ?? false }
}
