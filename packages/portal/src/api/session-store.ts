/** Who is signed in, in memory only: what `call` needs to know and what the shell shows. */
export interface Session {
  readonly actor: { readonly kind: string; readonly name: string }
  readonly permissions: readonly string[]
  readonly csrf: string
  readonly expiresUtc: string
  readonly idleSeconds: number
}

export type SessionState =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'none'; readonly because?: 'ended' | 'signedOut' }
  | { readonly kind: 'here'; readonly session: Session }

let state: SessionState = { kind: 'unknown' }
const listeners = new Set<() => void>()

export const sessionStore = {
  get: (): SessionState => state,
  set(next: SessionState): void {
    state = next
    for (const listener of listeners) listener()
  },
  subscribe(listener: () => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
}

export const csrfToken = (): string | undefined => (state.kind === 'here' ? state.session.csrf : undefined)

/** A call was answered 401: the person signs in again, and stays where they are. */
export function sessionEnded(): void {
  if (state.kind === 'here') sessionStore.set({ kind: 'none', because: 'ended' })
}
