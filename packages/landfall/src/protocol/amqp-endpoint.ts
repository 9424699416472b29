/**
 * rhea as a server for strangers. It trusts its peer: a disposition over four thousand million deliveries is a loop of as
 * many turns, a message in single bytes is copied for each, and what it throws while it writes ends the process. So each
 * frame is looked at first, and everything beneath runs guarded.
 */
import { Incoming, type LinkHost, Outgoing } from './amqp-links.ts'
import { MessagePieces } from './amqp-pieces.ts'
import {
  isOutcome,
  isTerminus,
  makeRheaConnection,
  type RheaAttach,
  type RheaConnection,
  type RheaDisposition,
  type RheaFlow,
  type RheaFrame,
  type RheaLink,
  type RheaOpen,
  type RheaSession,
  type RheaTransfer,
} from './amqp-rhea.ts'
import { apart, Said } from './amqp-said.ts'
import { AmqpFault, scanValue } from './amqp-scan.ts'
import type { AmqpError, AmqpLink } from './amqp-service.ts'
import type { ProtocolLimits } from './limits.ts'

export interface EndpointEvents {
  write(bytes: Buffer): void
  /** What is written meanwhile goes out in one piece. */
  together(work: () => void): void
  /** Everything is written. */
  end(): void
  opened(hostname: string | undefined): void
  attached(link: AmqpLink): void
  fault(error: Error): void
}

/** AMQP 1.0, 2.3: how many fields each performative has; rhea leaves out the last ones that are null. */
const fieldCounts: Readonly<Record<string, number>> = {
  open: 10,
  begin: 8,
  attach: 14,
  flow: 11,
  transfer: 11,
  disposition: 6,
  detach: 3,
  end: 1,
  close: 1,
}

/** AMQP 1.0, 2.7.1 and 2.4.5: no smaller frames, and a peer that wants a sign of life all the time is refused. */
const leastFrameBytes = 512
const leastIdleMs = 1000
const noHandle = -1
/** More than a session of rhea's holds. */
const widestDisposition = 2048

export class AmqpEndpoint {
  readonly #rhea: RheaConnection
  readonly #events: EndpointEvents
  readonly #limits: ProtocolLimits
  readonly #host: LinkHost
  readonly #links = new Map<RheaLink, Incoming | Outgoing>()
  readonly #pieces: MessagePieces
  readonly #said: Said
  /** Of the frame that rhea is reading. */
  #frameBytes = 0
  #made = 0

  constructor(host: LinkHost, events: EndpointEvents, limits: ProtocolLimits) {
    this.#host = host
    this.#events = events
    this.#limits = limits
    this.#pieces = new MessagePieces(limits)
    this.#said = new Said(limits.amqpSaidBytes)
    const { amqpFrameBytes, amqpSessions, amqpIdleMs } = limits
    this.#rhea = makeRheaConnection({
      container_id: 'landfall',
      max_frame_size: amqpFrameBytes,
      channel_max: amqpSessions - 1,
      idle_time_out: amqpIdleMs,
      disable_sasl: true,
      reconnect: false,
    })
    this.#guard()
    this.#inspect()
    this.#rhea.accept(socketOf(events))
  }

  /** One protocol header or frame. */
  input(bytes: Buffer): void {
    this.#frameBytes = bytes.length
    this.#rhea.input(apart(bytes))
  }

  close(error?: AmqpError): void {
    this.#rhea.open()
    this.#rhea.close(error && { ...error })
  }

  /** The peer reads again. */
  roomAgain(): void {
    for (const link of this.#links.values()) if (link.direction === 'outgoing') link.roomAgain()
  }

  /** The connection is gone. */
  gone(): void {
    this.#rhea.eof()
    for (const link of this.#links.values()) link.left()
    this.#links.clear()
  }

  #guard(): void {
    const rhea = this.#rhea
    const told = (error: unknown) => this.#events.fault(error instanceof Error ? error : new AmqpFault('closed'))
    rhea.on('error', told)
    rhea.on('protocol_error', told)
    // with nobody to listen, rhea throws them at the process or prints them
    for (const event of ['connection_error', 'session_error', 'receiver_error', 'sender_error', 'disconnected'])
      rhea.on(event, () => {})
    rhea.on('session_close', (context) => this.#sessionGone((context as { session: RheaSession }).session))
    rhea.on('receiver_close', (context) => this.#linkGone((context as { receiver: RheaLink }).receiver))
    rhea.on('sender_close', (context) => this.#linkGone((context as { sender: RheaLink }).sender))
    rhea._register = () => {
      if (rhea.registered) return
      rhea.registered = true
      process.nextTick(() => this.#process(told))
    }
  }

  #process(failed: (error: unknown) => void): void {
    this.#events.together(() => {
      try {
        this.#rhea._process()
      } catch (error) {
        failed(error)
      }
    })
    this.#tellWritten()
  }

  #tellWritten(): void {
    let isAllWritten = true
    for (const [{ session }, link] of this.#links) {
      if (link.direction === 'incoming') link.written()
      const { next_delivery_id, next_pending_delivery } = session.outgoing
      if (next_delivery_id !== next_pending_delivery) isAllWritten = false
      else if (link.direction === 'outgoing') link.written()
    }
    if (!isAllWritten || this.#host.unwrittenBytes === 0) return
    this.#host.unwrittenBytes = 0
    this.roomAgain()
  }

  /** Before rhea's own handlers. */
  #inspect(): void {
    const rhea = this.#rhea
    const { on_open, on_begin, on_flow, on_transfer, on_disposition } = rhea
    rhea.on_open = (frame) => {
      checkOpen(frame.performative)
      on_open.call(rhea, frame)
      const { hostname } = frame.performative
      this.#events.opened(typeof hostname === 'string' ? hostname : undefined)
    }
    rhea.on_begin = (frame) => {
      if (rhea.remote_channel_map[frame.channel] || frame.channel >= this.#limits.amqpSessions)
        throw new AmqpFault(`session ${frame.channel} cannot begin`, 'amqp:not-allowed')
      on_begin.call(rhea, frame)
      const session = rhea.remote_channel_map[frame.channel]
      if (session === undefined) return
      this.#said.keep(session, this.#frameBytes)
      session.local.begin.handle_max = this.#limits.amqpLinks - 1
    }
    rhea.on_flow = (frame) => this.#flow(frame, on_flow)
    rhea.on_disposition = (frame) => {
      checkDisposition(frame.performative)
      on_disposition.call(rhea, frame)
    }
    rhea.on_attach = (frame) => this.#attach(frame)
    rhea.on_transfer = (frame) => this.#transfer(frame, on_transfer)
    const { encode } = rhea.amqp_transport
    rhea.amqp_transport.encode = (frame) => {
      if (frame.performative) fill(frame.performative)
      encode.call(rhea.amqp_transport, frame)
    }
  }

  #flow(frame: RheaFrame<RheaFlow>, act: RheaConnection['on_flow']): void {
    const { performative } = frame
    const { handle, echo } = performative
    const link = typeof handle === 'number' ? this.#session(frame).remote.handles[handle] : undefined
    // AMQP 1.0, 2.7.4: a receiver that has not seen our count leaves it out
    if (link && typeof performative.delivery_count !== 'number') performative.delivery_count = link.delivery_count
    act.call(this.#rhea, frame)
    if (link && echo === true) link.issue_flow = true
  }

  #attach(frame: RheaFrame<RheaAttach>): void {
    const { performative: attach } = frame
    const session = this.#session(frame)
    if (session.remote.handles[attach.handle] || this.#links.size >= this.#limits.amqpLinks)
      throw new AmqpFault(`handle ${attach.handle} cannot be attached`, 'amqp:session:handle-in-use')
    const [source, target] = [attach.source, attach.target]
    if (!isTerminus(source, 0x28) || !isTerminus(target, 0x29))
      throw new AmqpFault('transactions are not served', 'amqp:not-implemented')
    const rhea = this.#makeLink(session, attach)
    this.#said.keep(rhea, this.#frameBytes)
    session.remote.handles[attach.handle] = rhea
    attachLater(rhea, frame)
    const echo = { source, target }
    const link = attach.role
      ? new Outgoing(rhea, this.#host, attach, echo)
      : new Incoming(rhea, this.#host, attach, echo)
    this.#links.set(rhea, link)
    this.#events.attached(link)
  }

  /** Of a name of our own: rhea takes two links of one name for one, though one may go each way. */
  #makeLink(session: RheaSession, attach: RheaAttach): RheaLink {
    const key = `link-${this.#made++}`
    const { amqpMessageBytes: max_message_size } = this.#limits
    const modes = { snd_settle_mode: attach.snd_settle_mode ?? 2, max_message_size }
    const link = attach.role
      ? session.create_sender(key, {
          ...modes,
          rcv_settle_mode: attach.rcv_settle_mode ?? 0,
          treat_modified_as_released: false,
        })
      : session.create_receiver(key, { ...modes, rcv_settle_mode: 0, credit_window: 0, autoaccept: false })
    link.local.attach.name = attach.name
    return link
  }

  /** Pieces are put together here, and rhea gets whole messages, unread. */
  #transfer(frame: RheaFrame<RheaTransfer>, act: RheaConnection['on_transfer']): void {
    const { performative: transfer, payload } = frame
    const session = this.#session(frame)
    const rhea = session.remote.handles[transfer.handle]
    const link = rhea && this.#links.get(rhea)
    if (rhea === undefined || link?.direction !== 'incoming')
      throw new AmqpFault('a message on no link', 'amqp:session:unattached-handle')
    const message = this.#pieces.add(rhea, transfer, payload)
    if (message) {
      link.expect(message.bytes, message.format)
      act.call(this.#rhea, { channel: frame.channel, performative: message.transfer })
    } else {
      session.incoming.next_transfer_id++
      this.#rhea._register()
    }
  }

  #session({ channel }: { readonly channel: number }): RheaSession {
    const session = this.#rhea.remote_channel_map[channel]
    if (session === undefined) throw new AmqpFault(`no session ${channel}`, 'amqp:not-allowed')
    return session
  }

  #linkGone(rhea: RheaLink): void {
    this.#links.get(rhea)?.left()
    this.#links.delete(rhea)
    this.#pieces.drop(rhea)
    this.#said.drop(rhea)
    // rhea frees it some turns later; the peer may attach the next link with it at once
    delete rhea.session.remote.handles[rhea.remote.handle]
    rhea.remote.handle = noHandle
  }

  #sessionGone(session: RheaSession): void {
    for (const link of [...this.#links.keys()]) if (link.session === session) this.#linkGone(link)
    this.#said.drop(session)
  }
}

/** Before rhea reads it. */
export function checkFrame(frame: Buffer): void {
  const start = (frame[4] ?? 0) * 4
  if (frame[5] !== 0 || start < 8 || start > frame.length) throw new AmqpFault('no AMQP frame')
  if (start < frame.length) scanValue(frame, start)
}

function checkOpen({ max_frame_size, idle_time_out }: RheaOpen): void {
  if (typeof max_frame_size === 'number' && max_frame_size < leastFrameBytes)
    throw new AmqpFault(`frames of ${max_frame_size} bytes are too small`, 'amqp:not-allowed')
  if (typeof idle_time_out === 'number' && idle_time_out > 0 && idle_time_out < leastIdleMs)
    throw new AmqpFault(`an idle time-out of ${idle_time_out} ms is too short`, 'amqp:not-allowed')
}

function checkDisposition(disposition: RheaDisposition): void {
  const { first, state } = disposition
  const last = disposition.last ?? first
  if (typeof first !== 'number' || typeof last !== 'number' || last < first || last - first >= widestDisposition)
    throw new AmqpFault('a disposition of no deliveries', 'amqp:invalid-field')
  if (!isOutcome(state)) disposition.state = undefined
}

/** contract/iot-hub 14.1: Python's client counts on every field. */
function fill(performative: RheaFrame['performative']): void {
  const { value } = performative
  const [name = ''] = String(performative.constructor).split('#')
  value.length = Math.max(value.length, fieldCounts[name] ?? 0)
}

/** As rhea does when a peer attaches, but for the answer, which waits until somebody takes the link. */
function attachLater(link: RheaLink, frame: RheaFrame<RheaAttach>): void {
  link.open = () => {}
  link.on_attach(frame)
  Reflect.deleteProperty(link, 'open')
  // rhea forgets it, and would never free the handle
  link.remote.handle = frame.performative.handle
}

/** What rhea needs of a socket; it is read by amqp-session.ts. */
const socketOf = ({ write, end }: EndpointEvents) => ({
  write,
  // rhea says so before what it wrote on this turn has gone out
  end: () => process.nextTick(end),
  on: () => {},
  removeAllListeners: () => {},
  destroy: end,
  get_id_string: () => 'a client',
})
