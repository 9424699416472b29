/** Who changes something, and when: what the audit remembers beside the change itself. */
import type { Clock, Instant } from '../system.ts'

/**
 * `issuer`: somebody whom an OpenID Connect issuer vouches for. `device`: one that looks after its modules. `service`: the service
 * itself, as at its first start.
 */
export interface Actor {
  readonly kind: 'policy' | 'token' | 'issuer' | 'device' | 'service'
  readonly name: string
  /** The embedded hub whose policy or device it is; absent: the service's. */
  readonly hub?: string
}

export interface Deed {
  readonly actor: Actor
  readonly at: Instant
  readonly remoteAddress?: string
  /** As the request came: `PUT /enrollmentGroups/plant-7`. */
  readonly request?: string
}

/** What the service does by itself; nobody asked over a connection. */
export const ownDeed = (request: string, clock: Clock): Deed => ({
  actor: { kind: 'service', name: 'landfall' },
  at: clock.now(),
  request,
})
