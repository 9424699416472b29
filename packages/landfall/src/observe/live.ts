/** What goes on in this process since it began: counted for the overview, and shown to those who watch. */
import type { Attempt } from '../registration/attempt.ts'
import type { Kind } from '../store/store.ts'
import type { Clock, Instant, Random } from '../system.ts'
import { type Feed, makeFeed } from './feed.ts'
import { type Minute, makeMinutes } from './minutes.ts'
import { makeReasons, type ReasonCount } from './reasons.ts'

export interface Live {
  /** Counting began then. */
  readonly since: Instant
  /** Another in each process: places of the feed are its own. */
  readonly run: string
  attempt(attempt: Attempt): void
  /** A device that a hub did not let in, or cut off: no attempt to register, and counted apart. `isNews`: told as well. */
  refusedByHub(refused: Attempt, isNews: boolean): void
  changed(kinds: Iterable<Kind>): void
  perMinute(): readonly Minute[]
  thisMinute(): Minute
  refusals(): readonly ReasonCount[]
  hubRefusals(): readonly ReasonCount[]
  readonly feed: Pick<Feed, 'place' | 'since'>
  /**
   * `end` is called when watching must end; gives back how to leave before that. Undefined: so many watch already, or
   * `who` does with half of all places, or the service is closing.
   */
  join(end: () => void, who?: string): (() => void) | undefined
  readonly mostWatchers: number
  readonly watching: number
  /** Ends all watching; resolves when the last has left. */
  close(): Promise<void>
}

/** People with the portal open, and then some; each has a connection. */
const mostWatchers = 64
/** Nobody keeps the others out. */
const mostOfOne = mostWatchers / 2

export function makeLive({ clock, random }: { readonly clock: Clock; readonly random: Random }): Live {
  const { now } = clock
  const minutes = makeMinutes()
  const reasons = makeReasons()
  const hubReasons = makeReasons()
  const feed = makeFeed()
  const watchers = new Map<() => void, string | undefined>()
  const { promise: allLeft, resolve: noneLeft } = Promise.withResolvers<void>()
  let closed = false
  const leave = (end: () => void) => {
    watchers.delete(end)
    if (closed && watchers.size === 0) noneLeft()
  }

  return {
    since: now(),
    run: Buffer.from(random.bytes(6)).toString('hex'),
    attempt(attempt) {
      minutes.count(attempt)
      reasons.count(attempt)
      feed.attempt(attempt)
    },
    refusedByHub(refused, isNews) {
      minutes.countByHub(refused)
      hubReasons.count(refused)
      if (isNews) feed.attempt(refused)
    },
    changed: feed.changed,
    perMinute: () => minutes.upTo(now()),
    thisMinute: () => minutes.current(now()),
    refusals: () => reasons.upTo(now()),
    hubRefusals: () => hubReasons.upTo(now()),
    feed,
    join(end, who) {
      if (closed || watchers.size >= mostWatchers) return
      const own = who === undefined ? 0 : [...watchers.values()].filter((other) => other === who).length
      if (own >= mostOfOne) return
      watchers.set(end, who)
      return () => leave(end)
    },
    mostWatchers,
    get watching() {
      return watchers.size
    },
    close() {
      closed = true
      if (watchers.size === 0) noneLeft()
      for (const end of watchers.keys()) end()
      return allLeft
    },
  }
}
