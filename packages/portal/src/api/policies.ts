import { useMutation, useQuery } from '@tanstack/react-query'
import { call } from './call.ts'
import { path } from './path.ts'
import { queryClient } from './query-client.ts'

export const serviceRights = [
  'ServiceConfig',
  'DeviceConnect',
  'EnrollmentWrite',
  'EnrollmentRead',
  'RegistrationStatusRead',
  'RegistrationStatusWrite',
] as const
export type ServiceRight = (typeof serviceRights)[number]

export interface PolicyView {
  readonly name: string
  readonly rights: readonly ServiceRight[]
}

export interface PolicyKeys {
  readonly primaryKey: string
  readonly secondaryKey: string
  /** With the primary key. */
  readonly connectionString: string
}

export type WhichKey = 'primary' | 'secondary' | 'swap'

export const usePolicies = () =>
  useQuery({
    queryKey: ['policies'],
    queryFn: ({ signal }) => call<readonly PolicyView[]>('/landfall/policies', { signal }),
  })

export const usePolicy = (name: string) =>
  useQuery({
    queryKey: ['policies', name],
    queryFn: ({ signal }) => call<PolicyView>(path`/landfall/policies/${name}`, { signal }),
  })

/** For <Secret>: asked when somebody wants to see them, and in no cache. */
export const policyKeys = (name: string) =>
  call<PolicyKeys>(path`/landfall/policies/${name}`, { query: { keys: true } })

/** The service tells the one with the primary key; the key comes last in it. */
export const secondaryConnectionString = ({ connectionString, primaryKey, secondaryKey }: PolicyKeys) =>
  connectionString.slice(0, connectionString.length - primaryKey.length) + secondaryKey

export const policiesChanged = () => queryClient.invalidateQueries({ queryKey: ['policies'] })

export interface PolicyOrder {
  readonly name: string
  readonly rights: readonly ServiceRight[]
  readonly primaryKey?: string
  readonly secondaryKey?: string
}

export const useAddPolicy = () =>
  useMutation({
    mutationFn: ({ name, ...body }: PolicyOrder) =>
      call<PolicyView & PolicyKeys>(path`/landfall/policies/${name}`, { method: 'PUT', body }),
    // keys go through it: forgotten as soon as nobody looks
    gcTime: 0,
    onSuccess: policiesChanged,
  })

export const useChangePolicy = () =>
  useMutation({
    mutationFn: ({ name, rights }: PolicyView) =>
      call<PolicyView>(path`/landfall/policies/${name}`, { method: 'PATCH', body: { rights } }),
    onSuccess: policiesChanged,
  })

export async function rotatePolicy(name: string, key: WhichKey): Promise<void> {
  await call(path`/landfall/policies/${name}/rotate`, { method: 'POST', body: { key } })
  await policiesChanged()
}

export const deletePolicy = (name: string) => call<void>(path`/landfall/policies/${name}`, { method: 'DELETE' })

export const useDeletePolicy = () =>
  useMutation({
    mutationFn: deletePolicy,
    onSuccess: policiesChanged,
  })
