/** What we use of rhea beneath its public types: every frame is looked at before rhea acts on it (amqp-endpoint.ts). */
import rhea, { type Typed } from 'rhea'

export interface RheaPerformative {
  /** The fields, in their order. */
  readonly value: Typed[]
}

export interface RheaFrame<Performative = RheaPerformative> {
  readonly channel: number
  performative: Performative
  payload?: Buffer
}

export interface RheaOpen extends RheaPerformative {
  readonly hostname: unknown
  readonly max_frame_size: unknown
  readonly idle_time_out: unknown
}

export interface RheaTerminus {
  readonly address: unknown
  readonly filter?: unknown
}

export interface RheaAttach extends RheaPerformative {
  name: string
  readonly handle: number
  /** True: the peer receives. */
  readonly role: boolean
  readonly snd_settle_mode: 0 | 1 | 2 | null | undefined
  readonly rcv_settle_mode: 0 | 1 | null | undefined
  source: Typed | RheaTerminus | null | undefined
  target: Typed | RheaTerminus | null | undefined
  offered_capabilities: readonly string[] | undefined
  readonly desired_capabilities: unknown
  readonly properties: unknown
}

export interface RheaTransfer extends RheaPerformative {
  readonly handle: number
  readonly more: boolean
  readonly aborted: boolean
  message_format: number
}

export interface RheaDisposition extends RheaPerformative {
  readonly role: boolean
  readonly first: unknown
  readonly last: unknown
  state: Typed | undefined
}

export interface RheaFlow extends RheaPerformative {
  readonly handle: unknown
  readonly echo: unknown
  delivery_count: unknown
}

export interface RheaDelivery {
  settled: boolean
  remote_settled: boolean
  update(settled: boolean | undefined, state?: unknown): void
  accept(): void
  reject(error: object): void
}

export interface RheaLink {
  readonly session: RheaSession
  readonly local: { readonly attach: RheaAttach }
  readonly remote: { handle: number }
  credit: number
  delivery_count: number
  issue_flow: boolean
  open(): void
  close(error?: object): void
  is_receiver(): boolean
  is_closed(): boolean
  on_attach(frame: RheaFrame<RheaAttach>): void
  on(event: string, listener: (context: { readonly delivery: RheaDelivery; readonly message: Buffer }) => void): void
  /** Of a receiver. */
  add_credit(count: number): void
  /** Of a sender; what is given with a format is sent as it is. */
  send(bytes: Buffer, tag: Buffer | undefined, format: number): RheaDelivery
  set_drained(drained: boolean): void
}

export interface RheaSession {
  readonly links: Readonly<Record<string, RheaLink>>
  readonly local: { readonly begin: { handle_max: number } }
  readonly remote: { readonly handles: Record<number, RheaLink> }
  readonly incoming: { next_transfer_id: number }
  readonly outgoing: { next_delivery_id: number; next_pending_delivery: number; available(): number }
  create_sender(name: string, options: object): RheaLink
  create_receiver(name: string, options: object): RheaLink
}

type FrameHandler<Performative> = (frame: RheaFrame<Performative>) => void

export interface RheaConnection {
  registered: boolean
  readonly local: { readonly open: RheaOpen }
  readonly remote_channel_map: Readonly<Record<number, RheaSession>>
  readonly amqp_transport: { encode(frame: RheaFrame): void }
  on_open: FrameHandler<RheaOpen>
  on_begin: FrameHandler<RheaPerformative>
  on_attach: FrameHandler<RheaAttach>
  on_flow: FrameHandler<RheaFlow>
  on_transfer: FrameHandler<RheaTransfer>
  on_disposition: FrameHandler<RheaDisposition>
  _register(): void
  _process(): void
  accept(socket: object): void
  open(): void
  close(error?: object): void
  input(bytes: Buffer): void
  /** The socket is gone: stops its timers. */
  eof(): void
  on(event: string, listener: (context: unknown) => void): void
}

const container = rhea.create_container({ id: 'landfall' })

export const makeRheaConnection = (options: object) =>
  container.create_connection(options as Parameters<typeof container.create_connection>[0]) as unknown as RheaConnection

/** Null, or the descriptor of a source or target. A coordinator of transactions is neither. */
export function isTerminus(field: Typed | RheaTerminus | null | undefined, descriptor: 0x28 | 0x29): boolean {
  const { descriptor: found, value } = (field ?? { value: null }) as { descriptor?: { value: unknown }; value: unknown }
  return found === undefined ? value === null : Number(found.value) === descriptor
}

const outcomes: ReadonlySet<unknown> = new Set(
  ['received', 'accepted', 'rejected', 'released', 'modified'].flatMap((name, at) => [`amqp:${name}:list`, 0x23 + at]),
)

/** AMQP 1.0, 3.4, by number or by name. Of others rhea complains on the console. */
export function isOutcome(state: Typed | undefined): boolean {
  const { descriptor } = (state ?? {}) as { descriptor?: { value: unknown } }
  return outcomes.has(descriptor?.value)
}
