/**
 * What stays of devices that asked for a lasting session (clean session 0): their subscriptions, and what they were sent and
 * did not acknowledge. Messages to them wait in the store for every device. Subscriptions are in the store too: Python's SDK
 * never subscribes anew, whatever CONNACK says of the session, and would hear nothing after a restart.
 */
import { LRUCache } from 'lru-cache'
import type { Log } from '../../observe/log.ts'
import type { Store } from '../../store/store.ts'
import { type Identity, keyOf } from '../device/named.ts'
import type { FilterKind } from './topics.ts'

/** Granted QoS of each. */
export type Subscriptions = Map<FilterKind, 0 | 1>

export interface LastingSession {
  readonly subscriptions: Subscriptions
  /** Resolves when they are on disk as they stand now, or cannot be: the log says so, the device goes on. */
  keep(): Promise<void>
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

export interface BegunSession {
  readonly lasting: LastingSession
  /** It is of an earlier connection. */
  readonly isKept: boolean
}

type Whose = Pick<Identity, 'hub' | 'deviceId' | 'moduleId' | 'generationId'>

export interface KeptSessions {
  /** What to go on with. One that was deleted and made again has nothing of what its namesake had. */
  begin(of: Whose, clean: boolean): Promise<BegunSession>
}

export interface KeptParts {
  readonly store: Store
  readonly log: Log
}

export function makeKeptSessions({ store, log }: KeptParts): KeptSessions {
  const kept = new LRUCache<string, LastingSession>({ max: mostKept })

  async function begin({ hub, deviceId, moduleId, generationId }: Whose, clean: boolean): Promise<BegunSession> {
    const of = { hub, deviceId, ...(moduleId !== undefined && { moduleId }) }
    const write = async (subscriptions: Subscriptions) => {
      const value = { ...of, granted: Object.fromEntries(subscriptions) }
      await store.commit([{ note: 'subscriptions', value }]).catch((error) => {
        log.warn({ err: error, ...of }, 'what a device subscribed to could not be written')
      })
    }
    const name = `${keyOf(of)} ${generationId}`
    if (clean) {
      kept.delete(name)
      if (await store.subscriptions(of)) await write(new Map())
      return { lasting: freshSession(async () => {}), isKept: false }
    }
    const stored = kept.has(name) ? undefined : await store.subscriptions(of)
    // asked for after waiting: a connection that takes over has begun it meanwhile
    const known = kept.get(name)
    const lasting = known ?? freshSession(write, stored?.granted)
    kept.set(name, lasting)
    return { lasting, isKept: known !== undefined || stored !== undefined }
  }

  return { begin }
}

function freshSession(
  write: (subscriptions: Subscriptions) => Promise<void>,
  granted: Readonly<Record<string, 0 | 1>> = {},
): LastingSession {
  const subscriptions: Subscriptions = new Map(Object.entries(granted) as [FilterKind, 0 | 1][])
  return { subscriptions, unacknowledged: new Unacknowledged(), keep: together(() => write(subscriptions)) }
}

/** Whoever comes while it is written waits for one more writing, all together: a device that changes its mind costs no more. */
function together(write: () => Promise<void>): () => Promise<void> {
  let current: Promise<void> | undefined
  let next: Promise<void> | undefined
  const again = (): Promise<void> => {
    if (current === undefined) {
      current = write().finally(() => {
        current = undefined
      })
      return current
    }
    next ??= current.then(() => {
      next = undefined
      return again()
    })
    return next
  }
  return again
}
