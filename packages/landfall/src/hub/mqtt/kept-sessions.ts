/**
 * What stays of devices that asked for a lasting session (clean session 0): their subscriptions, and what they were sent and
 * did not acknowledge. Messages to them wait in the store for every device. In memory: after a restart CONNACK says that there is none, and clients subscribe anew, as all
 * SDKs do anyway (contract/iot-hub 10.7).
 */
import { LRUCache } from 'lru-cache'
import type { FilterKind } from './topics.ts'

/** Granted QoS of each. */
export type Subscriptions = Map<FilterKind, 0 | 1>

export interface LastingSession {
  readonly subscriptions: Subscriptions
  readonly unacknowledged: Unacknowledged
}

/** Some 500 bytes each; those longest away are forgotten first. */
const mostKept = 50_000
/** More than are under way at once; messages that expired or were purged meanwhile are among them. */
const mostUnacknowledged = 64

/** Packet identifiers by message: sent again under the same, and said to be so (MQTT 3.1.1, 4.4). */
export class Unacknowledged {
  #identifiers: Map<string, number> | undefined

  identifierOf(messageId: string): number | undefined {
    return this.#identifiers?.get(messageId)
  }

  sent(messageId: string, identifier: number): void {
    this.#identifiers ??= new Map()
    this.#identifiers.set(messageId, identifier)
    const [oldest] = this.#identifiers.keys()
    if (this.#identifiers.size > mostUnacknowledged && oldest !== undefined) this.#identifiers.delete(oldest)
  }

  acknowledged(messageId: string): void {
    this.#identifiers?.delete(messageId)
  }
}

export interface KeptSessions {
  /** What to go on with, and whether it is of an earlier connection. */
  begin(name: string, clean: boolean): { readonly lasting: LastingSession; readonly isKept: boolean }
}

export function makeKeptSessions(): KeptSessions {
  const kept = new LRUCache<string, LastingSession>({ max: mostKept })
  return {
    begin(name, clean) {
      const known = kept.get(name)
      if (clean) {
        kept.delete(name)
        return { lasting: fresh(), isKept: false }
      }
      const lasting = known ?? fresh()
      kept.set(name, lasting)
      return { lasting, isKept: known !== undefined }
    },
  }
}

const fresh = (): LastingSession => ({ subscriptions: new Map(), unacknowledged: new Unacknowledged() })
