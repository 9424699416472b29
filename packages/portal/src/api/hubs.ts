import { useMutation, useQuery } from '@tanstack/react-query'
import { call } from './call.ts'
import type { AllocationPolicy } from './instance.ts'
import { path } from './path.ts'
import type { PolicyKeys, WhichKey } from './policies.ts'
import { Problem } from './problem.ts'
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

/** Of a link; for <Secret>: asked when somebody wants to see it, and in no cache. */
export async function linkConnectionString(name: string): Promise<string> {
  const { connectionStrings } = await call<{ readonly connectionStrings: { readonly link?: string } }>(
    path`/landfall/hubs/${name}`,
    { query: { keys: true } },
  )
  return connectionStrings.link ?? ''
}

export type HubRight = 'RegistryRead' | 'RegistryWrite' | 'ServiceConnect' | 'DeviceConnect'

export interface HubPolicyView {
  readonly name: string
  readonly rights: readonly HubRight[]
}

/** Of an embedded hub. */
export const useHubPolicies = (hub: string) =>
  useQuery({
    queryKey: ['hubs', hub, 'policies'],
    queryFn: ({ signal }) => call<readonly HubPolicyView[]>(path`/landfall/hubs/${hub}/policies`, { signal }),
  })

/** For <Secret>, as that of a link. */
export async function hubPolicyKeys(hub: string, policy: string): Promise<PolicyKeys> {
  const all = await call<readonly (HubPolicyView & PolicyKeys)[]>(path`/landfall/hubs/${hub}/policies`, {
    query: { keys: true },
  })
  const found = all.find(({ name }) => name === policy)
  if (!found) throw new Problem(`There is no policy "${policy}" any more.`, { reason: 'policy_not_found' })
  return found
}

export async function rotateHubPolicy(hub: string, policy: string, key: WhichKey): Promise<void> {
  await call(path`/landfall/hubs/${hub}/policies/${policy}/rotate`, { method: 'POST', body: { key } })
  await hubsChanged()
}

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
