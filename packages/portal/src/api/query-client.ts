/** What was read, kept until it is told to have changed (live.ts), or for half a minute where nothing is told. */
import { QueryClient } from '@tanstack/react-query'
import { asProblem } from './problem.ts'

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: true,
      // a refusal will be one again; an answer that never came may come
      retry: (count, error) => count < 2 && [0, 503].includes(asProblem(error).status),
    },
    mutations: { retry: false },
  },
})
