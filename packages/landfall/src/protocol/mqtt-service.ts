/** What a service behind MQTT is asked, and what it may do with a connection. The CONNECT decides which service. */

export interface MqttConnect {
  readonly clientId: string
  readonly userName: string | undefined
  readonly password: string | undefined
  readonly clean: boolean
  /** 0: none asked for. */
  readonly keepAliveSeconds: number
  /** To be published for a client that goes without DISCONNECT. */
  readonly will?: MqttMessage
}

/** MQTT 3.1.1, 3.2.2.3: identifier rejected, server unavailable, bad user name or password, not authorized. */
export type RefusedConnect = 2 | 3 | 4 | 5

export interface MqttMessage {
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos: 0 | 1 | 2
  readonly retain: boolean
}

export interface MqttSubscription {
  readonly filter: string
  readonly qos: 0 | 1 | 2
}

/** Granted QoS, or 0x80: not granted. */
export type Granted = 0 | 1 | 128

export interface MqttPeer {
  readonly transport: 'mqtt' | 'mqttWs'
  /** DER of the client's own certificate as it was sent in TLS, or none. */
  readonly certificates: readonly Uint8Array[]
  readonly remoteAddress: string | undefined
}

export interface Sending {
  /** The client's PUBACK came; QoS 1 only. */
  readonly acknowledged: () => void
  /** Under this packet identifier it was sent on an earlier connection of the session: MQTT 3.1.1, 4.4. */
  readonly sentBeforeAs?: number
}

/** One client's connection. What is sent when it is gone already goes nowhere. */
export interface MqttSession extends MqttPeer {
  /** Gives the packet identifier of QoS 1. */
  publish(topic: string, payload: string | Uint8Array, qos: 0 | 1, sending?: Sending): number | undefined
  /** More than the `known` certificates, where more was sent: the chain, leaf first; see protocol/client-certificates.ts. */
  moreCertificates(known: number): readonly Uint8Array[]
  /** They proved to be a good chain. */
  vouchForCertificates(): void
  /** Sends what is written, then closes. */
  close(why: string): void
}

export interface MqttHandler {
  /** What the server kept of an earlier connection goes on: told in CONNACK. */
  readonly sessionPresent?: boolean
  /** Silence after which the client is gone; absent: 1.5 times its keep-alive, or the limit for those without. */
  readonly idleMs?: number
  /** Publishes in work at once; absent: the limit. */
  readonly mostInFlight?: number
  /** CONNACK is sent: what is published from now on arrives. */
  opened?(): void
  /** Bytes came in. */
  heard?(): void
  /** Calls `grant` with one code a filter, in order; what it publishes afterwards follows the SUBACK. */
  subscribe(subscriptions: readonly MqttSubscription[], grant: (codes: readonly Granted[]) => void): void
  unsubscribe(filters: readonly string[]): void
  /**
   * Calls `acknowledge` when the message is taken: PUBACK or PUBREC go out then. Resolves when the work is done; so
   * many are awaited at once and no more are read. The connection may be gone meanwhile.
   */
  publish(message: MqttMessage, acknowledge: () => void): Promise<void>
  /** The connection is gone; `disconnected`: the client said so itself. */
  closed?(disconnected: boolean): void
}

export interface MqttService {
  /** Whether a CONNECT is meant for this service, by its user name. */
  matches(connect: MqttConnect): boolean
  connect(connect: MqttConnect, session: MqttSession): Promise<MqttHandler | RefusedConnect>
}
