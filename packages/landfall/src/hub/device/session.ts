/**
 * The agreement between the transports of devices and the hub: what a transport brings, and what it may ask for one
 * device. Everything that is refused is thrown as a HubRefusal; each transport renders it in one function.
 */
import type { DeviceId, HubName, ModuleId, TrackingId } from '../../ids.ts'
import type { JsonObject } from '../../json.ts'
import type { Instant } from '../../system.ts'
import type { HubRefusal } from '../refusal.ts'
import type { DeviceMessage, StoredCloudMessage } from './message.ts'

export type DeviceTransport = 'mqtt' | 'mqttWs' | 'amqp' | 'amqpWs' | 'https'

/** What a device shows of itself when it comes. */
export interface Knock {
  /** The host it dialled: user name, `open.hostname` or Host header; a port is passed over. */
  readonly host: string
  readonly deviceId: string
  readonly moduleId?: string
  /** "SharedAccessSignature sr=…" */
  readonly sasToken: string | undefined
  /** DER, its own first; see protocol/client-certificates.ts for the other two. */
  readonly certificates: readonly Uint8Array[]
  readonly moreCertificates?: (known: number) => readonly Uint8Array[]
  readonly vouchForCertificates?: () => void
  readonly transport: DeviceTransport
  readonly remoteAddress: string | undefined
  readonly trackingId: TrackingId
  /** What the device says it is (contract/iot-hub 6.12). */
  readonly modelId?: string
}

/** Who it is, proven. */
export interface Admission {
  readonly hub: HubName
  readonly deviceId: DeviceId
  readonly moduleId?: ModuleId
  readonly generationId: string
  readonly proof: Proof
  /** A module that came in by what its device has (contract/iot-hub 5.2); absent: by what is its own. */
  readonly provenAs?: 'device'
  /** JSON text for `iothub-connection-auth-method` (contract/iot-hub 16.8). */
  readonly authMethod: string
  /** When its token ends, tolerance included; absent: it has none. */
  readonly expiresAt?: Instant
  readonly modelId?: string
}

/** What let it in: where that is taken away, the connection goes. */
export type Proof =
  | { readonly kind: 'deviceKey'; readonly key: string }
  | { readonly kind: 'policyKey'; readonly policy: string; readonly key: string }
  | { readonly kind: 'thumbprint'; readonly thumbprint: string }
  /** Of the verified CA certificate at the end of the path: SHA-256, upper-case hex. */
  | { readonly kind: 'authority'; readonly sha256Thumbprint: string }

/** What a device may do, however it is connected. */
export interface DeviceCalls {
  readonly hub: HubName
  readonly deviceId: DeviceId
  readonly moduleId?: ModuleId
  /** Resolves when all are on disk: acknowledge then, not before. */
  sendTelemetry(messages: readonly DeviceMessage[]): Promise<void>
  /** `{ desired: {…, $version}, reported: {…, $version} }` without `$metadata` (contract/iot-hub 6.10). */
  readTwin(): Promise<{ readonly desired: JsonObject; readonly reported: JsonObject }>
  /** Gives the new `$version` of reported; on disk when it resolves. Throws PreconditionFailed where it is not at `seenVersion`. */
  patchReported(patch: JsonObject, seenVersion?: number): Promise<number>
  readonly inbox: Inbox
}

/** The cloud-to-device messages of one device, or of one of its modules (contract/iot-hub 13). */
export interface Inbox {
  /**
   * Locks and gives the oldest that is free; undefined: there is none. The lock ends after `lockMs`, without: with the
   * session. Whoever lets it end finds the message in the queue again.
   */
  receive(lockMs?: number): Promise<Delivery | undefined>
  /** Each throws DeviceMessageLockLost where the lock is not held any more. On disk when it resolves. */
  complete(lockToken: string): Promise<void>
  abandon(lockToken: string): Promise<void>
  /** Its holder is gone before it said what becomes of it: free again, which counts as no delivery. No lock, no harm. */
  letGo(lockToken: string): void
  reject(lockToken: string): Promise<void>
}

export interface Delivery {
  readonly message: StoredCloudMessage
  /** A uuid: 16 bytes as a delivery tag (contract/iot-hub 11.11). */
  readonly lockToken: string
}

export interface MethodCall {
  readonly name: string
  /** JSON text, never empty: "null" where the caller gave none (contract/iot-hub 8.4). */
  readonly payload: string
}

export interface MethodAnswer {
  readonly status: number
  /** As the device sent it. */
  readonly payload: Uint8Array
}

/**
 * Answers when the device does; there is no need to give up: whoever called does, and aborts the signal. Throwing a
 * HubRefusal refuses the call.
 */
export type MethodHandler = (call: MethodCall, signal: AbortSignal) => Promise<MethodAnswer>

/** `patch` as it was made, nulls included, with `$version` (contract/iot-hub 10.13). */
export type DesiredListener = (patch: JsonObject, version: number) => void

/** One live connection of a device. There is one for an identity: the next takes over. */
export interface DeviceSession extends DeviceCalls {
  /** One that is deleted and made again under the same name has another (contract/iot-hub 4.5). */
  readonly generationId: string
  /** Subscribes; undefined ends it. */
  onDesired(listener: DesiredListener | undefined): void
  /** While there is none, the device counts as not online for methods. */
  onMethod(handler: MethodHandler | undefined): void
  /** Called at once and whenever a message may have become free: `inbox.receive()` until it gives none. */
  onCloudMessage(wake: (() => void) | undefined): void
  /** A packet came in: for `lastActivityTime` of idle devices. Calls above count by themselves. */
  alive(): void
  /** A newer token of the same device (AMQP put-token). */
  renew(admission: Admission): void
  /** The connection ended. Locks without an end of their own are given up. */
  close(): void
}

/** The transport's side of a live connection. */
export interface DeviceLink {
  /**
   * Silence of the device after which it is cut off; absent: the transport sees to it. A socket's own time-out does not do:
   * it begins anew with what is sent to a device that is long gone.
   */
  readonly idleMs?: number
  /**
   * The hub ends it: taken over (ConnectionForcefullyClosedOnNewConnection), disabled, deleted, key or token no longer
   * good. Called once at most, after which the session is closed already.
   */
  cut(why: HubRefusal): void
}

/** What every transport for devices is given. */
export interface DeviceHub {
  /** For calls without a connection (HTTPS), and for renewing a session. */
  admit(knock: Knock): Promise<Admission>
  /** Tells of one that a transport turned away by itself. */
  refuse(knock: Knock, why: HubRefusal): void
  /** What an admitted device may do without a connection of its own. */
  callsOf(admission: Admission): DeviceCalls
  /** Admits and opens in one: nothing that changes the device can slip in between. An older session is cut first. */
  connect(knock: Knock, link: DeviceLink): Promise<DeviceSession>
}
