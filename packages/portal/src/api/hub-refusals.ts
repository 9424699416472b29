/** Devices that a hub of this service did not let in, or cut off, since the service was started. */
import { useQuery } from '@tanstack/react-query'
import type { AttemptView } from './attempts.ts'
import { call } from './call.ts'
import type { Minute } from './overview.ts'
import { useReadAsRefused } from './read-as-refused.ts'

/** The newest of one device and one reason. */
export interface HubRefusal extends AttemptView {
  readonly hub: string
  readonly deviceId: string
  readonly hubCode: string
  readonly message: string
  /** So often. */
  readonly times: number
}

const key = ['hub-refusals'] as const
/** All that the service lists. */
const limit = 1000

export function useHubRefusals() {
  useReadAsRefused(key, refusedByHub)
  return useQuery({
    queryKey: key,
    queryFn: ({ signal }) => call<readonly HubRefusal[]>('/landfall/hub-refusals', { query: { limit }, signal }),
  })
}

const refusedByHub = (minute: Minute): number => minute.refusedByHub
