/** What a transport makes of a device's message, and what it gets back. The only words between `device-api` and the engine. */
import type { Fault, ProvisioningError } from '../fault.ts'
import type { OperationId, TrackingId } from '../ids.ts'
import type { Json } from '../json.ts'
import type { Instant } from '../system.ts'
import type { Transport } from './attempt.ts'
import type { Registration } from './record.ts'

/** What the connection and the message showed. Both may be there; a SAS token then counts (contract/semantics 3.12). */
export interface Evidence {
  /** DER of the TLS client certificates as sent: leaf first, the rest in any order; empty: none sent. */
  readonly certificates: readonly Uint8Array[]
  /** More of what was sent, where `known` certificates did not do; reading costs. As many as known: that was all. */
  readonly more?: (known: number) => readonly Uint8Array[]
  /** What `more` gave proved to be a good chain. */
  readonly vouch?: () => void
  /** The text of the Authorization header, the MQTT password, or that of SASL. */
  readonly sasToken?: string
  /** Base64, with or without the size that TPM2B_PUBLIC begins with; judged by the engine. */
  readonly tpm?: { readonly endorsementKey: string; readonly storageRootKey?: string }
}

export interface DeviceRequest {
  readonly trackingId: TrackingId
  /** As presented; judged by the engine, so that the attempt is remembered whatever it holds. */
  readonly idScope: string
  readonly registrationId: string
  readonly evidence: Evidence
  /** As presented; absent where the client named none. */
  readonly apiVersion?: string
  readonly transport: Transport
  readonly remoteAddress?: string
  /** The request's one instant. */
  readonly at: Instant
  /** The same moment by the machine's clock, by which devices make their tokens; absent: `at`. */
  readonly tokensAt?: Instant
}

export interface RegistrationRequest extends DeviceRequest {
  /** `registrationId` of the body, where it has one. */
  readonly bodyRegistrationId?: string
  /** Undefined and null are both: none. */
  readonly payload?: Json
}

export interface StatusRequest extends DeviceRequest {
  readonly operationId: string
}

/** A key that only the device's TPM can open; who signs with it has proved itself. Base64. */
export interface Challenge {
  readonly kind: 'challenge'
  readonly authenticationKey: string
  /** It is refused already, and no proof helps: `prove` alone. */
  readonly refusal?: ProvisioningError
}

/** Expected answers; a refusal is thrown as ProvisioningError. `registration` is rendered by `device-api/messages.ts`. */
export type Answer =
  | {
      readonly kind: 'assigned' | 'failed' | 'disabled'
      readonly operationId: OperationId
      readonly registration: Registration
      /** Of a device that came in by its TPM and is assigned: its key for the hub, as a challenge's. */
      readonly authenticationKey?: string
    }
  | {
      readonly kind: 'assigning'
      readonly operationId: OperationId
      readonly retryAfterSeconds: number
      readonly registration?: Registration
    }

/** All that a transport may call. */
export interface DeviceApi {
  register(request: RegistrationRequest): Promise<Answer | Challenge>
  operationStatus(request: StatusRequest): Promise<Answer>
  /** The registration status look-up: the record (contract/semantics 12.10). */
  lookUp(request: RegistrationRequest): Promise<Registration>
  /** Judges a token's form, scope and expiry without the enrollment, for CONNACK (contract/device-api 5.2); throws. */
  precheck(request: DeviceRequest): Promise<void>
  /**
   * Judges the credentials against the enrollment, before there is a message (contract/device-api-amqp-tpm 3.5); throws.
   * The keys of a TPM without a token prove nothing yet: gives what it must sign with, even where that is in vain.
   */
  prove(request: DeviceRequest): Promise<Challenge | undefined>
  /** Remembers what a transport refused by itself, since it could not be made a request. */
  noteUnread(request: DeviceRequest, fault: Fault): void
}
