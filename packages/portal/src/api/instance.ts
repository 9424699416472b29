import { useQuery } from '@tanstack/react-query'
import { call } from './call.ts'

export interface Counts {
  readonly individuals: number
  readonly groups: number
  readonly registrations: number
  readonly certificates: number
  readonly hubs: number
}

export interface Storage {
  readonly writable: boolean
  readonly why?: string
}

export interface Instance {
  readonly serviceName: string
  readonly idScope: string
  readonly allocationPolicy: AllocationPolicy
  readonly createdDateTimeUtc: string
  readonly hostnames: readonly string[]
  /** Host and, where it is not 443, port. */
  readonly deviceEndpoint: string
  readonly portalUrl?: string
  readonly ports: { readonly https: number; readonly mqtt: number; readonly amqp: number; readonly management?: number }
  readonly hubs: readonly { readonly name: string; readonly linked: boolean }[]
  readonly counts: Partial<Counts>
  readonly storage: Storage
}

export type AllocationPolicy = 'hashed' | 'geoLatency' | 'static'

export const useInstance = () =>
  useQuery({
    queryKey: ['instance'],
    queryFn: ({ signal }) => call<Instance>('/landfall/instance', { signal }),
  })
