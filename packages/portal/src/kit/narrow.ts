/** A phone, or a window as narrow as one. */
import { useSyncExternalStore } from 'react'

const query = globalThis.window?.matchMedia('(max-width: 760px)')

export function useNarrow(): boolean {
  return useSyncExternalStore(
    (watcher) => {
      query?.addEventListener('change', watcher)
      return () => query?.removeEventListener('change', watcher)
    },
    () => query?.matches === true,
  )
}
