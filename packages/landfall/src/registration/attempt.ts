/** One try of a device, to register or to come to its hub, whatever came of it: what `landfall explain` tells. */
import type { Reason } from '../fault.ts'
import type { RegistrationKey, TrackingId } from '../ids.ts'
import type { Instant } from '../system.ts'
import type { AttestationType } from './record.ts'

export type Transport = 'https' | 'mqtt' | 'mqttWs' | 'amqp' | 'amqpWs'
export type Outcome = 'assigned' | 'assigning' | 'failed' | 'disabled' | 'refused' | 'challenged'

/** A step of the engine, in its own words: what was looked at and what was found. */
export interface TrailStep {
  readonly step: 'request' | 'enrollment' | 'attestation' | 'allocation' | 'reprovisioning' | 'hub'
  readonly ok: boolean
  /** A sentence for people. */
  readonly says: string
  readonly reason?: Reason
}

export interface Attempt {
  readonly trackingId: TrackingId
  readonly at: Instant
  /** As presented, made printable; the id may not even be legal. */
  readonly registrationId: string
  readonly key?: RegistrationKey
  readonly transport: Transport
  readonly attestation?: AttestationType
  readonly outcome: Outcome
  readonly reason?: Reason
  /** In place of a reason: the name that its hub refused it with. */
  readonly hubCode?: string
  /** Its hub had let it in before. */
  readonly cutOff?: true
  readonly errorCode?: number
  readonly message?: string
  readonly enrollment?: { readonly kind: 'individual' | 'group'; readonly id: string }
  readonly hub?: string
  readonly deviceId?: string
  readonly durationMs: number
  readonly remoteAddress?: string
  readonly trail: readonly TrailStep[]
}
