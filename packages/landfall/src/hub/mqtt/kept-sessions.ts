/**
 * What stays of devices that asked for a lasting session (clean session 0): their subscriptions. Messages to them wait in the
 * store for every device. In memory: after a restart CONNACK says that there is none, and clients subscribe anew, as all
 * SDKs do anyway (contract/iot-hub 10.7).
 */
import { LRUCache } from 'lru-cache'
import type { FilterKind } from './topics.ts'

/** Granted QoS of each. */
export type Subscriptions = Map<FilterKind, 0 | 1>

/** Some 400 bytes each; those longest away are forgotten first. */
const mostKept = 50_000

export interface KeptSessions {
  /** The subscriptions to go on with, and whether they are of an earlier connection. */
  begin(name: string, clean: boolean): { readonly subscriptions: Subscriptions; readonly isKept: boolean }
}

export function makeKeptSessions(): KeptSessions {
  const kept = new LRUCache<string, Subscriptions>({ max: mostKept })
  return {
    begin(name, clean) {
      const known = kept.get(name)
      if (clean) {
        kept.delete(name)
        return { subscriptions: new Map(), isKept: false }
      }
      const subscriptions: Subscriptions = known ?? new Map()
      kept.set(name, subscriptions)
      return { subscriptions, isKept: known !== undefined }
    },
  }
}
