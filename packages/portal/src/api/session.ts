/** Signing in and out. A key signs one short-lived token in this browser and is dropped; it is never sent or kept. */
import { useSyncExternalStore } from 'react'
import { call } from './call.ts'
import { asProblem, readProblem } from './problem.ts'
import { queryClient } from './query-client.ts'
import { type Session, type SessionState, sessionStore } from './session-store.ts'

export type { Session, SessionState } from './session-store.ts'

const address = '/portal/session'

export const useSessionState = (): SessionState => useSyncExternalStore(sessionStore.subscribe, sessionStore.get)

/** Of whoever is signed in; pages are shown to nobody else. */
export function useSession(): Session {
  const state = useSessionState()
  return state.kind === 'here' ? state.session : nobody
}
const nobody: Session = {
  actor: { kind: 'nobody', name: '' },
  permissions: [],
  csrf: '',
  expiresUtc: new Date(0).toISOString(),
  idleSeconds: 0,
}

/** Whether a button for it makes sense; the service decides all the same. */
export function useMay(permission: string): boolean {
  return useSession().permissions.includes(permission)
}

/** Asks the service whose session the cookie is, which also keeps it alive. */
export async function readSession(): Promise<void> {
  try {
    sessionStore.set({ kind: 'here', session: await call<Session>(address) })
  } catch (error) {
    if (asProblem(error).status !== 401) throw error
    if (sessionStore.get().kind === 'unknown') sessionStore.set({ kind: 'none' })
  }
}

export async function signIn(authorization: string): Promise<void> {
  const answer = await fetch(address, { method: 'POST', headers: { authorization }, credentials: 'same-origin' })
  if (!answer.ok) throw await readProblem(answer)
  queryClient.clear()
  sessionStore.set({ kind: 'here', session: (await answer.json()) as Session })
}

export async function signOut(because: 'ended' | 'signedOut' = 'signedOut'): Promise<void> {
  await call(address, { method: 'DELETE' }).catch(() => undefined)
  queryClient.clear()
  sessionStore.set({ kind: 'none', because })
}
