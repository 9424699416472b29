/** How many attempts of each outcome a minute had: the chart of the overview; and how often a hub refused a device. */
import type { Attempt } from '../registration/attempt.ts'
import type { Instant } from '../system.ts'
import { TimeRing } from './time-ring.ts'

const outcomes = ['assigned', 'assigning', 'failed', 'disabled', 'refused'] as const
type Counted = (typeof outcomes)[number]

/** `at`: when the minute began, ISO 8601. */
export type Minute = { readonly at: string } & Readonly<Counts>
type Counts = Record<Counted | 'refusedByHub', number>

export interface Minutes {
  count(attempt: Attempt): void
  countByHub(refused: Pick<Attempt, 'at'>): void
  /** The last 60, oldest first, ending with the one that `at` is in. */
  upTo(at: Instant): readonly Minute[]
  current(at: Instant): Minute
}

export function makeMinutes(): Minutes {
  const ring = new TimeRing({ spanMs: 60_000, spans: 60, makeRow: makeCounts })
  const upTo = (at: Instant) => ring.rows(at).map(({ at: began, row }) => minuteOf(began, row))
  return {
    count({ at, outcome }) {
      // a challenge is half an attempt: the answer to it is the other half
      if (outcome !== 'challenged') ring.rowAt(at)[outcome]++
    },
    countByHub({ at }) {
      ring.rowAt(at).refusedByHub++
    },
    upTo,
    current(at) {
      const began = at - (at % 60_000)
      return minuteOf(began, ring.rowAt(at))
    },
  }
}

const makeCounts = (): Counts => ({
  assigned: 0,
  assigning: 0,
  failed: 0,
  disabled: 0,
  refused: 0,
  refusedByHub: 0,
})

const minuteOf = (began: Instant, row: Readonly<Counts> = makeCounts()): Minute => ({
  at: new Date(began).toISOString(),
  ...row,
})
