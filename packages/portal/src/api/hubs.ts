import { useMutation, useQuery } from '@tanstack/react-query'
import { call } from './call.ts'
import type { AllocationPolicy } from './instance.ts'
import { path } from './path.ts'
import { queryClient } from './query-client.ts'

export interface HubView {
  readonly name: string
  readonly kind: 'embedded' | 'azure'
  readonly linked: boolean
  readonly allocationWeight: number
  readonly applyAllocationPolicy: boolean
  readonly location?: string
  /** Of an embedded hub. */
  readonly devices?: number
}

export interface HubOrder {
  readonly name: string
  readonly linked?: boolean
  readonly allocationWeight?: number
  readonly applyAllocationPolicy?: boolean
  readonly location?: string
  readonly connectionString?: string
}

export interface HubPreview {
  readonly sampled: number
  readonly moved: number
  readonly byHub: readonly { readonly name: string; readonly before: number; readonly after: number }[]
  readonly unassigned: { readonly before: number; readonly after: number }
}

export const useHubs = () =>
  useQuery({
    queryKey: ['hubs'],
    queryFn: ({ signal }) => call<readonly HubView[]>('/landfall/hubs', { signal }),
  })

export const useHub = (name: string) =>
  useQuery({
    queryKey: ['hubs', name],
    queryFn: ({ signal }) => call<HubView>(path`/landfall/hubs/${name}`, { signal }),
  })

/** By policy; for <Secret>: asked when somebody wants to see them, and in no cache. */
export const hubKeys = (name: string) =>
  call<HubView & { readonly connectionStrings: Readonly<Record<string, string>> }>(path`/landfall/hubs/${name}`, {
    query: { keys: true },
  })

/** What a change of hubs, weights or policy would move. */
export const previewHubs = (
  order: {
    readonly hubs: readonly Pick<HubView, 'name' | 'allocationWeight' | 'applyAllocationPolicy' | 'linked'>[]
    readonly allocationPolicy?: AllocationPolicy
  },
  signal?: AbortSignal,
) =>
  call<HubPreview>('/landfall/hubs/preview', {
    method: 'POST',
    body: {
      ...order,
      hubs: order.hubs.map(({ name, allocationWeight, applyAllocationPolicy, linked }) => ({
        name,
        weight: allocationWeight,
        applyAllocationPolicy,
        linked,
      })),
    },
    signal,
  })

export const hubsChanged = () =>
  Promise.all(
    ['hubs', 'instance', 'overview'].map((resource) => queryClient.invalidateQueries({ queryKey: [resource] })),
  )

export const useAddHub = () =>
  useMutation({
    mutationFn: ({ name, ...body }: HubOrder) => call<HubView>(path`/landfall/hubs/${name}`, { method: 'PUT', body }),
    // keys go through it: forgotten as soon as nobody looks
    gcTime: 0,
    onSuccess: hubsChanged,
  })

export const useChangeHub = () =>
  useMutation({
    mutationFn: ({ name, ...body }: HubOrder) => call<HubView>(path`/landfall/hubs/${name}`, { method: 'PATCH', body }),
    // keys go through it: forgotten as soon as nobody looks
    gcTime: 0,
    onSuccess: hubsChanged,
  })

/** `force`: with the devices that are on it. */
export const removeHub = ({ name, force }: { readonly name: string; readonly force?: boolean }) =>
  call<void>(path`/landfall/hubs/${name}`, { method: 'DELETE', query: { force } })

export const useRemoveHub = () =>
  useMutation({
    mutationFn: removeHub,
    onSuccess: hubsChanged,
  })

/** The identity of one device on an embedded hub. */
export const removeHubDevice = (hub: string, deviceId: string) =>
  call<void>(path`/landfall/hubs/${hub}/devices/${deviceId}`, { method: 'DELETE' })
