/** What a service behind AMQP is asked, and what it may do with a connection. The address of a link decides which service. */
import type { AmqpMessage } from './amqp-message.ts'
import type { PlainCredentials, SaslCredentials } from './amqp-sasl.ts'
import type { TpmIdentity } from './amqp-sasl-tpm.ts'

/** Why a link or a connection ends. */
export interface AmqpError {
  /** "amqp:not-found" */
  readonly condition: string
  readonly description: string
  readonly info?: Readonly<Record<string, unknown>>
}

/** Thrown by whoever attaches a link or takes a message: the peer is told. */
export class AmqpRefusal extends Error {
  readonly condition: string
  readonly info: AmqpError['info']

  constructor(condition: string, description: string, info?: AmqpError['info']) {
    super(description)
    this.name = 'AmqpRefusal'
    this.condition = condition
    this.info = info
  }
}

/** One client's connection. */
export interface AmqpPeer {
  readonly transport: 'amqp' | 'amqpWs'
  /** The host it dialled, without port: `open.hostname`, else SNI or the Host header (contract/iot-hub 1.3). */
  readonly host: string
  /** The port it dialled, or that of the server behind what forwards. */
  readonly localPort: number
  readonly remoteAddress: string | undefined
  /** As MqttPeer's. */
  readonly certificates: readonly Uint8Array[]
  moreCertificates(known: number): readonly Uint8Array[]
  vouchForCertificates(): void
  /** Those of SASL PLAIN or TPM, where a service found them good. */
  readonly credentials: SaslCredentials | undefined
  close(error: AmqpError): void
}

interface Link {
  readonly name: string
  /** Without scheme and host, without slashes at its ends; letter case as the peer wrote it (contract/iot-hub 11.5). */
  readonly address: string
  /** The terminus on the peer's side, as it wrote it: where answers are expected. */
  readonly ownAddress: string
  readonly properties: Readonly<Record<string, unknown>>
  readonly desiredCapabilities: readonly string[]
  /** Aborts when the link is gone, whoever ended it. */
  readonly gone: AbortSignal
  close(error: AmqpError): void
}

export interface IncomingOptions {
  /** As many messages come before the first is done. */
  readonly credit: number
  /** One message, or those of a batch. What it resolves for is accepted; an AmqpRefusal rejects it and leaves the link. */
  readonly take: (messages: readonly AmqpMessage[]) => Promise<void>
  /**
   * The peer hears that a message is accepted before `take` sees it, and so before any answer; what `take` throws ends
   * the link.
   */
  readonly acceptsFirst?: boolean
}

/** The peer sends. */
export interface IncomingLink extends Link {
  readonly direction: 'incoming'
  /** Takes the link. */
  accept(options: IncomingOptions): void
}

export type Outcome = 'accepted' | 'rejected' | 'released' | 'modified'

export interface OutgoingMessage {
  readonly message: AmqpMessage
  /** Absent: one of ours. */
  readonly tag?: Buffer
  /** What the peer made of it; absent: sent as settled, unless the peer wants to settle itself. */
  readonly settled?: (outcome: Outcome) => void
}

/** The peer receives. */
export interface OutgoingLink extends Link {
  readonly direction: 'outgoing'
  /** Of the source; descriptors taken off. */
  readonly filter: Readonly<Record<string, unknown>>
  /** `room` is called when messages may be sent; ask `credit` how many. */
  accept(options: { readonly room: () => void; readonly offeredCapabilities?: readonly string[] }): void
  /** How many messages it takes now: what the peer asked for, none while it does not read. */
  readonly credit: number
  /** One of `credit`. */
  send(message: OutgoingMessage): void
}

export type AmqpLink = IncomingLink | OutgoingLink

/** Each connection has one of each service. */
export interface AmqpHandler {
  /**
   * Whether the link is this service's. Resolves once it is accepted; throws an AmqpRefusal, or anything else, which
   * refuses it as an internal error.
   */
  attach(link: AmqpLink): Promise<boolean>
  /** The connection is gone. */
  closed?(): void
}

export interface TpmChallenge {
  /** In which the TPM finds the key to sign with. */
  readonly blob: Buffer
  /** It is not let in whatever it signs, and hears so when it has signed: some clients do not listen before. */
  readonly isInVain: boolean
}

/** What a service says to SASL TPM. */
export interface AmqpTpm {
  /** Undefined: it is not let in, and not worth a word. */
  challenge(identity: TpmIdentity, peer: AmqpPeer): Promise<TpmChallenge | undefined>
  /** Whether the token is signed with it. */
  knows(identity: TpmIdentity, token: string, peer: AmqpPeer): Promise<boolean>
}

export interface AmqpService {
  /** Absent: its devices have none. */
  readonly tpm?: AmqpTpm
  /** Whether SASL PLAIN credentials are good, before the connection is open. */
  knows?(credentials: PlainCredentials, peer: AmqpPeer): Promise<boolean>
  connect(peer: AmqpPeer): AmqpHandler
}
