import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
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

/** As many as the chart shows. */
const minutesKept = 60

/** Nothing is stored when a device is refused, so nothing tells that the refusals changed but the minute's number. */
const refusalsMs = 5000

/** The current minute comes by push; the rest is read again when something changed. */
export function useOverview() {
  const client = useQueryClient()
  const onMinute = useCallback(
    (minute: Minute) => {
      const seen = client.getQueryData<Overview>(['overview'])
      if (!seen) return
      client.setQueryData<Overview>(
        ['overview'],
        { ...seen, perMinute: withMinute(seen, minute) },
        { updatedAt: seenAt(client) },
      )
      if (refusedMore(seen, minute) && Date.now() - seenAt(client) > refusalsMs)
        void client.invalidateQueries({ queryKey: ['overview'] })
    },
    [client],
  )
  useLive('minute', onMinute)
  return useQuery({
    queryKey: ['overview'],
    queryFn: ({ signal }) => call<Overview>('/landfall/overview', { signal }),
  })
}

const seenAt = (client: QueryClient) => client.getQueryState(['overview'])?.dataUpdatedAt ?? 0

function refusedMore({ perMinute }: Overview, now: Minute): boolean {
  const before = perMinute.find(({ at }) => at === now.at)
  const refused = (minute: Minute | undefined) => (minute ? minute.refused + minute.failed + minute.disabled : 0)
  return refused(now) > refused(before)
}

const withMinute = ({ perMinute }: Overview, minute: Minute): readonly Minute[] =>
  [...perMinute.filter(({ at }) => at !== minute.at), minute].slice(-minutesKept)
