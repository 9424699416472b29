import { useMutation, useQuery } from '@tanstack/react-query'
import { call } from './call.ts'
import type { AllocationPolicy } from './instance.ts'
import { queryClient } from './query-client.ts'

interface Body {
  readonly allocationPolicy: AllocationPolicy
}
const address = '/landfall/allocation-policy'

export const useAllocationPolicy = () =>
  useQuery({ queryKey: ['allocation-policy'], queryFn: ({ signal }) => call<Body>(address, { signal }) })

export const useSaveAllocationPolicy = () =>
  useMutation({
    mutationFn: (body: Body) => call<Body>(address, { method: 'PUT', body }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['allocation-policy'] }),
  })
