import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import { call } from './call.ts'
import type { Expiring } from './certificates.ts'
import type { Counts, Storage } from './instance.ts'
import { useLive } from './live.ts'
import { useReadAsRefused } from './read-as-refused.ts'

/** What became of the attempts of one minute, and how often hubs refused devices in it. */
export interface Minute {
  readonly at: string
  readonly assigned: number
  readonly assigning: number
  readonly failed: number
  readonly disabled: number
  readonly refused: number
  readonly refusedByHub: number
}

export interface Refusal {
  /** Of the service's catalogue, or the name that a hub refused it with. */
  readonly reason: string
  readonly count: number
  readonly lastAt: string
  readonly message: string
}

export interface Overview {
  readonly counts: Counts
  readonly perMinute: readonly Minute[]
  readonly refusals: readonly Refusal[]
  readonly hubRefusals: readonly Refusal[]
  readonly expiring: readonly Expiring[]
  readonly storage: Storage
  readonly sinceUtc: string
}

const key = ['overview'] as const
/** As many as the chart shows. */
const minutesKept = 60

/** The current minute comes by push; the rest is read again when something changed. */
export function useOverview() {
  const client = useQueryClient()
  const onMinute = useCallback(
    (minute: Minute) => {
      const seen = client.getQueryData<Overview>(key)
      if (!seen) return
      const updatedAt = client.getQueryState(key)?.dataUpdatedAt
      client.setQueryData<Overview>(key, { ...seen, perMinute: withMinute(seen, minute) }, { updatedAt })
    },
    [client],
  )
  useLive('minute', onMinute)
  useReadAsRefused(key, refusedInAnyWay)
  return useQuery({
    queryKey: key,
    queryFn: ({ signal }) => call<Overview>('/landfall/overview', { signal }),
  })
}

const refusedInAnyWay = ({ refused, failed, disabled, refusedByHub }: Minute): number =>
  refused + failed + disabled + refusedByHub

const withMinute = ({ perMinute }: Overview, minute: Minute): readonly Minute[] =>
  [...perMinute.filter(({ at }) => at !== minute.at), minute].slice(-minutesKept)
