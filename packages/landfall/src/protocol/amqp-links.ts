/** Links as services see them, over rhea's. */
import { readMessages, writeMessage } from './amqp-message.ts'
import type { RheaAttach, RheaDelivery, RheaLink } from './amqp-rhea.ts'
import { AmqpFault } from './amqp-scan.ts'
import {
  type AmqpError,
  AmqpRefusal,
  type IncomingLink,
  type IncomingOptions,
  type Outcome,
  type OutgoingLink,
  type OutgoingMessage,
} from './amqp-service.ts'

/** What a link asks of its connection. */
export interface LinkHost {
  readonly isGone: boolean
  /** Whether the peer reads what it is sent. */
  readonly reads: boolean
  /** Handed to rhea and not written yet: they will wait for the peer as well. */
  unwrittenBytes: number
  /** A message is in work until it resolves. */
  work(message: () => Promise<void>): void
  unforeseen(error: unknown): void
}

/** Of rhea, for a refusal or a rejected message. */
const rheaError = ({ condition, description, info }: AmqpError) => ({
  condition,
  description,
  ...(info && { info }),
})

/** Whatever was thrown, as the peer is told. */
export function amqpErrorOf(error: unknown, host: Pick<LinkHost, 'unforeseen'>): AmqpError {
  if (error instanceof AmqpRefusal) return { condition: error.condition, description: error.message, info: error.info }
  if (error instanceof AmqpFault) return { condition: 'amqp:decode-error', description: error.message }
  host.unforeseen(error)
  return { condition: 'amqp:internal-error', description: 'An internal error occurred; the log of the service tells.' }
}

/** The termini as the peer sent them. */
export type Echo = Pick<RheaAttach, 'source' | 'target'>

abstract class Link {
  readonly name: string
  readonly address: string
  readonly ownAddress: string
  readonly properties: Readonly<Record<string, unknown>>
  readonly desiredCapabilities: readonly string[]
  protected readonly rhea: RheaLink
  protected readonly host: LinkHost
  protected isAccepted = false
  readonly #echo: Echo
  readonly #gone = new AbortController()

  constructor(rhea: RheaLink, host: LinkHost, attach: RheaAttach, echo: Echo) {
    const [theirs, ours] = attach.role ? [attach.target, attach.source] : [attach.source, attach.target]
    this.rhea = rhea
    this.host = host
    this.name = String(attach.name)
    this.address = bareAddress(textOf(ours))
    this.ownAddress = textOf(theirs)
    this.properties = plainMap(attach.properties)
    this.desiredCapabilities = [attach.desired_capabilities].flat().filter((one) => typeof one === 'string')
    this.#echo = echo
  }

  get gone(): AbortSignal {
    return this.#gone.signal
  }

  /** Attaches, with what the peer asked for as it asked for it (contract/iot-hub 14.3). */
  protected open(): void {
    if (this.isAccepted || this.#gone.signal.aborted || this.host.isGone) return
    this.isAccepted = true
    this.rhea.local.attach.source = this.#echo.source
    this.rhea.local.attach.target = this.#echo.target
    this.rhea.open()
  }

  /** A refusal attaches without termini, then detaches (AMQP 1.0, 2.6.3). */
  close(error: AmqpError): void {
    if (this.host.isGone || this.#gone.signal.aborted) return
    if (!this.isAccepted) this.rhea.open()
    this.rhea.close(rheaError(error))
    this.left()
  }

  /** It is gone. */
  left(): void {
    this.#gone.abort(linkGone)
  }
}

/** Without one, each abort makes an exception with a stack. */
const linkGone = 'the link is gone'

export class Incoming extends Link implements IncomingLink {
  readonly direction = 'incoming'
  #options: IncomingOptions | undefined
  #done = 0
  /** Of messages whose outcome rhea has not written yet. */
  readonly #unwritten: (() => void)[] = []
  #arriving: readonly [bytes: Buffer | undefined, format: number] = [undefined, 0]

  constructor(...args: ConstructorParameters<typeof Link>) {
    super(...args)
    this.rhea.on('message', ({ delivery }) => this.#receive(delivery))
  }

  /** What rhea is about to be handed; `bytes` undefined: it was larger than it may be. */
  expect(bytes: Buffer | undefined, format: number): void {
    this.#arriving = [bytes, format]
  }

  accept(options: IncomingOptions): void {
    this.#options = options
    this.open()
    this.rhea.add_credit(options.credit)
  }

  /** rhea wrote the outcomes that it was given. */
  written(): void {
    for (const goOn of this.#unwritten.splice(0)) goOn()
  }

  override left(): void {
    super.left()
    this.written()
  }

  #receive(delivery: RheaDelivery): void {
    const [bytes, format] = this.#arriving
    this.#arriving = [undefined, 0]
    // ours is closed, and the peer has not said so yet; it may never
    if (this.gone.aborted) return
    this.host.work(async () => {
      const isAhead = bytes !== undefined && this.#options?.acceptsFirst === true
      if (isAhead) await this.#acceptNow(delivery)
      const refusal = await this.#outcomeOf(bytes, format)
      if (this.host.isGone) return
      if (isAhead) {
        if (refusal) this.close(refusal)
      } else if (refusal) delivery.reject(rheaError(refusal))
      else delivery.accept()
      this.#giveCredit()
    })
  }

  /** rhea writes messages before outcomes: an answer waits until the outcome is written. */
  #acceptNow(delivery: RheaDelivery): Promise<void> {
    return new Promise((resolve) => {
      this.#unwritten.push(resolve)
      delivery.accept()
    })
  }

  async #outcomeOf(bytes: Buffer | undefined, format: number): Promise<AmqpError | undefined> {
    if (bytes === undefined)
      return { condition: 'amqp:link:message-size-exceeded', description: 'The message is larger than the link takes.' }
    try {
      await this.#options?.take(readMessages(bytes, format))
      return
    } catch (error) {
      return amqpErrorOf(error, this.host)
    }
  }

  /** In halves, so that not each message costs a frame. */
  #giveCredit(): void {
    this.#done++
    if (this.#done * 2 < (this.#options?.credit ?? 0) || this.gone.aborted) return
    this.rhea.add_credit(this.#done)
    this.#done = 0
  }
}

export class Outgoing extends Link implements OutgoingLink {
  readonly direction = 'outgoing'
  readonly filter: Readonly<Record<string, unknown>>
  readonly #settled = new WeakMap<RheaDelivery, (outcome: Outcome) => void>()
  #room: (() => void) | undefined
  /** Given to rhea, which counts them when it writes. */
  #unwritten = 0
  #isAttached = false

  constructor(...args: ConstructorParameters<typeof Link>) {
    super(...args)
    const [, , attach] = args
    const { filter } = (attach.source ?? {}) as { filter?: unknown }
    this.filter = Object.fromEntries(
      Object.entries(plainMap(filter)).map(([name, value]) => [name, undescribed(value)]),
    )
    const { rhea } = this
    for (const outcome of ['accepted', 'rejected', 'released', 'modified'] as const)
      rhea.on(outcome, ({ delivery }) => this.#settle(delivery, outcome))
    rhea.on('sendable', () => this.roomAgain())
    // whoever drains asks for what is there: nothing is kept back here, so that was it
    rhea.on('sender_draining', () => rhea.set_drained(true))
  }

  accept({ room, offeredCapabilities }: Parameters<OutgoingLink['accept']>[0]): void {
    this.#room = room
    if (offeredCapabilities) this.rhea.local.attach.offered_capabilities = offeredCapabilities
    this.open()
  }

  get credit(): number {
    if (!this.#isAttached || this.gone.aborted || this.host.isGone || !this.host.reads) return 0
    return Math.max(0, Math.min(this.rhea.credit - this.#unwritten, this.rhea.session.outgoing.available()))
  }

  send({ message, tag, settled }: OutgoingMessage): void {
    if (this.gone.aborted || this.host.isGone) return
    const bytes = writeMessage(message)
    const delivery = this.rhea.send(bytes, tag, 0)
    this.host.unwrittenBytes += bytes.length
    this.#unwritten++
    const mode = this.rhea.local.attach.snd_settle_mode
    // whoever asked for settled messages says no more of them (AMQP 1.0, 2.8.2)
    if (settled && mode === 1) settled('accepted')
    else if (settled) this.#settled.set(delivery, settled)
    else if (mode !== 0) delivery.settled = true
  }

  /** rhea wrote what it was given, the answer to the attach among it: what is sent may not overtake that. */
  written(): void {
    this.#unwritten = 0
    if (this.#isAttached || !this.isAccepted) return
    this.#isAttached = true
    this.roomAgain()
  }

  roomAgain(): void {
    if (this.credit > 0) this.#room?.()
  }

  #settle(delivery: RheaDelivery, outcome: Outcome): void {
    this.#settled.get(delivery)?.(outcome)
    this.#settled.delete(delivery)
    if (delivery.remote_settled) return
    // the peer waits for us to settle first (rcv-settle-mode second); rhea forgets what both have settled
    delivery.update(true)
    delivery.remote_settled = true
  }
}

// contract/iot-hub 11.5, 14.6
function bareAddress(address: string): string {
  return address
    .replace(/^[a-z]+:\/\/[^/]*/i, '')
    .replace(/\/{2,}/g, '/')
    .replace(/^\/|\/$/g, '')
}

function textOf(terminus: RheaAttach['source']): string {
  const { address } = (terminus ?? {}) as { address?: unknown }
  return typeof address === 'string' ? address : ''
}

const plainMap = (map: unknown): Readonly<Record<string, unknown>> =>
  typeof map === 'object' && map !== null && !Array.isArray(map) ? { ...map } : {}

/** Described values stay wrapped in rhea. */
const undescribed = (value: unknown) =>
  typeof value === 'object' && value !== null && 'descriptor' in value ? (value as { value?: unknown }).value : value
