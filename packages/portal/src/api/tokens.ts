import { useMutation, useQuery } from '@tanstack/react-query'
import { call } from './call.ts'
import { path } from './path.ts'
import { queryClient } from './query-client.ts'

export type Role = 'reader' | 'contributor' | 'data-owner'

export interface PrincipalView {
  readonly id: string
  readonly name: string
  readonly roles: readonly Role[]
  readonly createdDateTimeUtc: string
  readonly expiresUtc?: string
}

export const useTokens = () =>
  useQuery({
    queryKey: ['tokens'],
    queryFn: ({ signal }) => call<readonly PrincipalView[]>('/landfall/tokens', { signal }),
  })

export const tokensChanged = () => queryClient.invalidateQueries({ queryKey: ['tokens'] })

/** The secret is in this answer and nowhere else. */
export const useAddToken = () =>
  useMutation({
    mutationFn: (body: {
      readonly name: string
      readonly roles: readonly Role[]
      readonly days?: number
      readonly expiresUtc?: string
    }) =>
      call<PrincipalView & { readonly secret: string; readonly bearer: string }>('/landfall/tokens', {
        method: 'POST',
        body,
      }),
    // a secret goes through it: forgotten as soon as nobody looks
    gcTime: 0,
    onSuccess: tokensChanged,
  })

export const deleteToken = (name: string) => call<void>(path`/landfall/tokens/${name}`, { method: 'DELETE' })
