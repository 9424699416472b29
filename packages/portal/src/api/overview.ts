import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef } from 'react'
import { call } from './call.ts'
import type { Expiring } from './certificates.ts'
import type { Counts, Storage } from './instance.ts'
import { useLive } from './live.ts'

/** What became of the attempts of one minute. */
export interface Minute {
  readonly at: string
  readonly assigned: number
  readonly assigning: number
  readonly failed: number
  readonly disabled: number
  readonly refused: number
}

export interface Refusal {
  readonly reason: string
  readonly count: number
  readonly lastAt: string
  readonly message: string
}

export interface Overview {
  readonly counts: Counts
  readonly perMinute: readonly Minute[]
  readonly refusals: readonly Refusal[]
  readonly expiring: readonly Expiring[]
  readonly storage: Storage
  readonly sinceUtc: string
}

const key = ['overview'] as const
/** As many as the chart shows. */
const minutesKept = 60

/** Nothing is stored when a device is refused: only the minute's numbers tell that the refusals are others now. */
const settleMs = 1500

/** The current minute comes by push; the rest is read again when something changed. */
export function useOverview() {
  const client = useQueryClient()
  const reading = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(reading.current), [])
  const onMinute = useCallback(
    (minute: Minute) => {
      const seen = client.getQueryData<Overview>(key)
      if (!seen) return
      const updatedAt = client.getQueryState(key)?.dataUpdatedAt
      client.setQueryData<Overview>(key, { ...seen, perMinute: withMinute(seen, minute) }, { updatedAt })
      if (!refusedMore(seen, minute)) return
      clearTimeout(reading.current)
      reading.current = setTimeout(() => void client.invalidateQueries({ queryKey: key }), settleMs)
    },
    [client],
  )
  useLive('minute', onMinute)
  return useQuery({
    queryKey: key,
    queryFn: ({ signal }) => call<Overview>('/landfall/overview', { signal }),
  })
}

function refusedMore({ perMinute }: Overview, now: Minute): boolean {
  const before = perMinute.find(({ at }) => at === now.at)
  const refused = (minute: Minute | undefined) => (minute ? minute.refused + minute.failed + minute.disabled : 0)
  return refused(now) > refused(before)
}

const withMinute = ({ perMinute }: Overview, minute: Minute): readonly Minute[] =>
  [...perMinute.filter(({ at }) => at !== minute.at), minute].slice(-minutesKept)
