/**
 * `#sign-in=<token>`, as `landfall portal` opens it. Taken out of the address at once, so that it stays in no history,
 * and not used before somebody says so: a foreign link must not sign anybody in (login CSRF).
 */
import { useSyncExternalStore } from 'react'

let offered: string | undefined
const watchers = new Set<() => void>()

function offer(token: string | undefined): void {
  offered = token
  for (const watcher of watchers) watcher()
}

export function takeOfferedToken(): void {
  const { hash, pathname, search } = window.location
  const token = new URLSearchParams(hash.slice(1)).get('sign-in')
  if (token === null) return
  window.history.replaceState(null, '', pathname + search)
  offer(token)
}
globalThis.window?.addEventListener('hashchange', takeOfferedToken)

export const dropOfferedToken = (): void => offer(undefined)

export function useOfferedToken(): string | undefined {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    () => offered,
  )
}

/** Who the token says it is; the service checks it, this is for the button only. */
export function nameInToken(token: string): string | undefined {
  try {
    const [, payload = ''] = token.split('.')
    const bytes = Uint8Array.from(atob(payload.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as Readonly<Record<string, unknown>>
    const name = claims.name ?? claims.preferred_username ?? claims.appid ?? claims.sub
    return typeof name === 'string' ? name.slice(0, 100) : undefined
  } catch {
    return undefined
  }
}
