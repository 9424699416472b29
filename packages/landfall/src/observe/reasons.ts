/** Why devices did not get in during the last day: by reason, of which the catalogue and the hub have a fixed number. */
import type { Attempt } from '../registration/attempt.ts'
import type { Instant } from '../system.ts'
import { TimeRing } from './time-ring.ts'

export interface ReasonCount {
  /** Of the catalogue, or the name that a hub refused it with. */
  readonly reason: string
  readonly count: number
  readonly lastAt: string
  /** Of the newest attempt. */
  readonly message: string
}

export interface Reasons {
  count(attempt: Attempt): void
  /** Of the 24 hours before `at`, to the quarter of an hour; most first. */
  upTo(at: Instant): readonly ReasonCount[]
}

const quarters = { spanMs: 15 * 60_000, spans: 24 * 4 } as const
/** More than a person looks at. */
const mostShown = 20

interface Told {
  readonly ring: TimeRing<{ count: number }>
  newest: Attempt
}

export function makeReasons(): Reasons {
  const told = new Map<string, Told>()
  return {
    count(attempt) {
      const { reason = attempt.hubCode, at } = attempt
      if (reason === undefined) return
      const known = told.get(reason) ?? begin(attempt)
      known.newest = attempt
      known.ring.rowAt(at).count++
      told.set(reason, known)
    },
    upTo(at) {
      return [...told]
        .map(([reason, known]) => countOf(reason, known, at))
        .filter(({ count }) => count > 0)
        .toSorted((one, other) => other.count - one.count || other.lastAt.localeCompare(one.lastAt))
        .slice(0, mostShown)
    },
  }
}

const begin = (newest: Attempt): Told => ({
  ring: new TimeRing({ ...quarters, makeRow: () => ({ count: 0 }) }),
  newest,
})

function countOf(reason: string, { ring, newest }: Told, at: Instant): ReasonCount {
  const count = ring.rows(at).reduce((sum, { row }) => sum + (row?.count ?? 0), 0)
  return { reason, count, lastAt: new Date(newest.at).toISOString(), message: newest.message ?? '' }
}
