/** One AMQP 1.0 connection: SASL or none, then rhea, fed with whole frames; bounded in all that it holds. */
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Log } from '../observe/log.ts'
import type { Timers } from '../system.ts'
import { AmqpCutter, isProtocolHeader, protocolHeader } from './amqp-cutter.ts'
import { AmqpEndpoint, checkFrame } from './amqp-endpoint.ts'
import { amqpErrorOf, type LinkHost } from './amqp-links.ts'
import {
  readSaslInit,
  readSaslResponse,
  type SaslConclusion,
  type SaslCredentials,
  type SaslInit,
  type SaslStep,
  saslChallenge,
  saslMechanisms,
  saslOutcome,
} from './amqp-sasl.ts'
import { SaslExchange } from './amqp-sasl-exchange.ts'
import { AmqpFault } from './amqp-scan.ts'
import type { AmqpError, AmqpHandler, AmqpLink, AmqpPeer, AmqpService } from './amqp-service.ts'
import { moreCertificates, ownCertificate, peerCertificates, vouchFor } from './client-certificates.ts'
import type { ProtocolLimits } from './limits.ts'
import { Outbox } from './outbox.ts'

export interface AmqpParts {
  /** Each link is offered to them in order. */
  readonly services: readonly AmqpService[]
  readonly limits: ProtocolLimits
  readonly timers: Timers
  readonly log: Log
}

export interface AmqpStream {
  readonly stream: Duplex
  /** The TLS connection beneath, which has certificate, address and idle time. */
  readonly socket: TLSSocket
  readonly transport: AmqpPeer['transport']
  /** The Host header, where there is one. */
  readonly host?: string
}

/** As protocol/mqtt-session.ts: without a reason each abort makes an exception with a stack. */
const openOrGone = 'open or gone'
/** For the last bytes to arrive, and for the peer to close its side. */
const lingerMs = 5000
/** Of the bytes towards a client that may wait, so many stop what is streamed to it. */
const readsWithin = 1 / 4

export class AmqpConnection implements AmqpPeer, LinkHost {
  readonly transport: AmqpPeer['transport']
  readonly remoteAddress: string | undefined
  readonly localPort: number
  readonly certificates: readonly Uint8Array[]
  host: string
  credentials: SaslCredentials | undefined
  isGone = false
  unwrittenBytes = 0
  readonly #stream: Duplex
  readonly #socket: TLSSocket
  readonly #parts: AmqpParts
  readonly #cutter = new AmqpCutter()
  readonly #outbox: Outbox
  #opened = new AbortController()
  readonly #closed = new AbortController()
  #sasl: SaslExchange | undefined
  #state: 'new' | 'sasl' | 'checking' | 'trusted' | 'amqp' | 'closing' | 'ended' = 'new'
  #endpoint: AmqpEndpoint | undefined
  #handlers: readonly AmqpHandler[] = []
  #inFlight = 0
  #finishing = false

  constructor({ stream, socket, transport, host }: AmqpStream, parts: AmqpParts) {
    this.#stream = stream
    this.#socket = socket
    this.#parts = parts
    this.#outbox = new Outbox(stream, parts.limits.unreadBytes, () => this.#cutOff('it does not read'))
    this.transport = transport
    this.remoteAddress = socket.remoteAddress
    this.localPort = socket.localPort ?? 0
    this.host = hostOf(host ?? (socket.servername || undefined))
    this.certificates = ownCertificate(socket)
    stream.on('data', (chunk: Buffer) => this.#receive(chunk))
    stream.on('drain', () => this.#endpoint?.roomAgain())
    stream.on('error', () => stream.destroy())
    stream.on('end', () => this.#end())
    stream.on('close', () => this.#gone())
    socket.on('close', () => stream.destroy())
    socket.setTimeout(0)
    void this.#awaitOpen(parts.limits.amqpOpenMs)
  }

  moreCertificates(known: number): readonly Uint8Array[] {
    return moreCertificates(this.#socket, known)
  }

  vouchForCertificates(): void {
    vouchFor(this.#socket)
  }

  get #isEnding(): boolean {
    return this.#state === 'closing' || this.#state === 'ended' || this.isGone
  }

  get reads(): boolean {
    return this.#stream.writableLength + this.unwrittenBytes < this.#parts.limits.unreadBytes * readsWithin
  }

  work(message: () => Promise<void>): void {
    this.#inFlight++
    void message()
      .catch((error) => this.unforeseen(error))
      .finally(() => {
        this.#inFlight--
        if (this.#finishing) this.finish()
        else this.#work()
      })
  }

  unforeseen(error: unknown): void {
    this.#parts.log.error({ err: error, remoteAddress: this.remoteAddress }, 'an AMQP message failed unforeseen')
  }

  close(error: AmqpError): void {
    if (this.#state === 'closing' || this.isGone) return
    const { condition, description: why } = error
    this.#parts.log.info({ remoteAddress: this.remoteAddress, condition, why }, 'an AMQP connection is closed')
    this.#closing()
    if (this.#endpoint) this.#endpoint.close(error)
    else this.#end()
  }

  /** Takes no more messages, and closes when those in work are answered. */
  finish(): void {
    this.#finishing = true
    if (this.#inFlight === 0) this.close({ condition: 'amqp:connection:forced', description: 'shutting down' })
  }

  async #awaitOpen(ms: number): Promise<void> {
    const { signal } = this.#opened
    await this.#parts.timers.sleep(ms, signal)
    if (!signal.aborted) this.#cutOff('no OPEN in time')
  }

  /** TPMs are slow. A stranger does not come here: its endorsement key is enrolled. */
  #awaitTpm(): void {
    this.#opened.abort(openOrGone)
    this.#opened = new AbortController()
    void this.#awaitOpen(this.#parts.limits.amqpTpmMs)
  }

  #receive(chunk: Buffer): void {
    if (this.isGone || this.#state === 'ended') return
    this.#cutter.push(chunk)
    this.#work()
  }

  /** Frames one after the other, until one must be waited for; then the socket is left unread. */
  #work(): void {
    this.#outbox.holdWhile(() => {
      try {
        while (this.#ready()) {
          const bytes = this.#cutter.next(this.#parts.limits.amqpFrameBytes)
          if (bytes === undefined) break
          this.#take(bytes)
        }
      } catch (error) {
        this.#fault(error as Error)
      }
    })
    if (!this.#ready()) this.#stream.pause()
    else if (this.#stream.isPaused()) this.#stream.resume()
  }

  #ready(): boolean {
    if (this.isGone || this.#state === 'checking' || this.#state === 'ended') return false
    // the peer's CLOSE is still waited for
    return this.#state === 'closing' || (!this.#finishing && this.#inFlight < this.#parts.limits.amqpInFlight)
  }

  #take(bytes: Buffer): void {
    if (isProtocolHeader(bytes)) this.#begin(bytes)
    else if (this.#state === 'sasl') void this.#continueSasl(bytes)
    else if (this.#endpoint === undefined) throw new AmqpFault('a frame without a protocol header')
    else this.#hand(this.#endpoint, bytes)
  }

  #hand(endpoint: AmqpEndpoint, frame: Buffer): void {
    checkFrame(frame)
    endpoint.input(frame)
  }

  /** AMQP 1.0, 2.2: whoever asks for another protocol or version is told ours. */
  #begin(header: Buffer): void {
    const isOurs = header[5] === 1 && header[6] === 0 && header[7] === 0
    const [, , , , protocol] = header
    const mayBegin = this.#state === 'new' || this.#state === 'trusted'
    if (isOurs && mayBegin && protocol === 0) this.#beginAmqp(header)
    else if (isOurs && this.#state === 'new' && protocol === 3) this.#beginSasl()
    else {
      if (this.#endpoint === undefined) this.#outbox.write(protocolHeader(0))
      throw new AmqpFault('no AMQP 1.0')
    }
  }

  #beginSasl(): void {
    this.#state = 'sasl'
    this.#outbox.write(protocolHeader(3))
    this.#outbox.write(saslMechanisms())
  }

  /** The frame is read at once: a fault in it ends the connection. */
  #continueSasl(frame: Buffer): Promise<void> {
    if (this.#sasl) return this.#check(this.#sasl, readSaslResponse(frame))
    const { mechanism, response, hostname } = readSaslInit(frame)
    this.host = hostOf(hostname) || this.host
    this.#sasl = new SaslExchange(mechanism, this.#parts.services, this)
    return this.#check(this.#sasl, response)
  }

  async #check(sasl: SaslExchange, response: Buffer): Promise<void> {
    this.#state = 'checking'
    const step = await sasl.step(response).catch((error): SaslStep => {
      this.unforeseen(error)
      return { kind: 'refused' }
    })
    if (step.kind !== 'challenge') return this.#conclude(step, sasl.mechanism)
    if (this.#isEnding) return
    this.#state = 'sasl'
    if (step.isSlow) this.#awaitTpm()
    this.#outbox.write(saslChallenge(step.bytes))
    this.#work()
  }

  #conclude(step: SaslConclusion, mechanism: SaslInit['mechanism']): void {
    const isGood = step.kind === 'good'
    if (isGood) this.credentials = step.credentials
    if (this.isGone) return
    this.#state = isGood ? 'trusted' : 'sasl'
    this.#outbox.write(saslOutcome(isGood))
    if (isGood) this.#work()
    else this.#cutOff(`SASL ${mechanism ?? 'by an unknown mechanism'} refused`, () => this.#end())
  }

  #beginAmqp(header: Buffer): void {
    this.#state = 'amqp'
    const events = {
      write: (bytes: Buffer) => this.#outbox.write(bytes),
      together: (work: () => void) => this.#outbox.holdWhile(work),
      end: () => this.#end(),
      opened: (hostname: string | undefined) => this.#open(hostname),
      attached: (link: AmqpLink) => void this.#attach(link),
      fault: (error: Error) => this.#fault(error),
    }
    this.#endpoint = new AmqpEndpoint(this, events, this.#parts.limits)
    this.#endpoint.input(header)
  }

  #open(hostname: string | undefined): void {
    this.#opened.abort(openOrGone)
    this.host = hostOf(hostname) || this.host
    this.#handlers = this.#parts.services.map((service) => service.connect(this))
  }

  async #attach(link: AmqpLink): Promise<void> {
    try {
      for (const handler of this.#handlers) if (await handler.attach(link)) return
      link.close({ condition: 'amqp:not-found', description: `There is no "${link.address.slice(0, 200)}" here.` })
    } catch (error) {
      const refusal = amqpErrorOf(error, this)
      const { remoteAddress } = this
      this.#parts.log.info(
        { remoteAddress, address: link.address.slice(0, 200), ...refusal },
        'an AMQP link was refused',
      )
      link.close(refusal)
    }
  }

  /** What the peer sent cannot be followed. */
  #fault(error: Error): void {
    const condition = error instanceof AmqpFault ? error.condition : 'amqp:connection:framing-error'
    this.#cutter.clear()
    this.close({ condition, description: error.message })
    // once rhea has written it; what such a peer answers is of no use
    process.nextTick(() => this.#end())
  }

  #cutOff(why: string, end: () => unknown = () => this.#stream.destroy()): void {
    if (!this.#isEnding)
      this.#parts.log.info({ remoteAddress: this.remoteAddress, why }, 'an AMQP connection was cut off')
    this.#closing()
    end()
  }

  #closing(): void {
    if (this.#isEnding) return
    // what a device asked for is finished without it; its chain can only be read while the socket stands
    if (this.#inFlight > 0) peerCertificates(this.#socket)
    this.#state = 'closing'
    this.#opened.abort(openOrGone)
    void this.#linger()
  }

  /** However busy the peer keeps the connection. */
  async #linger(): Promise<void> {
    await this.#parts.timers.sleep(lingerMs, this.#closed.signal)
    this.#stream.destroy()
    this.#socket.destroy()
  }

  /** Both sides have said what they had to say. */
  #end(): void {
    this.#closing()
    this.#state = 'ended'
    this.#outbox.release()
    this.#cutter.clear()
    this.#stream.resume()
    this.#stream.end()
  }

  #gone(): void {
    if (this.isGone) return
    this.isGone = true
    this.#socket.destroy()
    this.#cutter.clear()
    this.#opened.abort(openOrGone)
    this.#closed.abort(openOrGone)
    this.#endpoint?.gone()
    for (const handler of this.#handlers) handler.closed?.()
  }
}

// contract/iot-hub 1.3: some send the port along
const hostOf = (host: string | undefined) => (host ?? '').toLowerCase().replace(/:\d{1,5}$/, '')
