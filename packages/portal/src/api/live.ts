/** What the service pushes (`/landfall/events`): changed resources are read again, attempts and minutes are handed on. */
import { useEffect, useSyncExternalStore } from 'react'
import type { AttemptView } from './attempts.ts'
import { mostRefetched } from './list.ts'
import type { Minute } from './overview.ts'
import { queryClient } from './query-client.ts'
import { readSession } from './session.ts'

export type LiveState = 'connecting' | 'live' | 'lost'

interface Events {
  /** The newest; `skipped` came before them and are not told. */
  attempts: { readonly attempts: readonly AttemptView[]; readonly skipped: number }
  minute: Minute
  changed: { readonly kinds: readonly string[] }
}
type Handler<Name extends keyof Events> = (event: Events[Name]) => void

/** What the store calls a thing → the first member of the query keys that show it. */
const shownIn: Readonly<Record<string, readonly string[]>> = {
  group: ['groups', 'overview'],
  individual: ['individuals', 'overview'],
  registration: ['registrations', 'overview'],
  device: ['registrations', 'hubs'],
  twin: ['registrations'],
  caCertificate: ['certificates', 'overview'],
  settings: ['policies', 'hubs', 'allocation-policy', 'instance', 'overview', 'tokens'],
}

let source: EventSource | undefined
let state: LiveState = 'connecting'
let failures = 0
let retry: ReturnType<typeof setTimeout> | undefined
const watchers = new Set<() => void>()
const handlers: { readonly [Name in keyof Events]: Set<Handler<Name>> } = {
  attempts: new Set(),
  minute: new Set(),
  changed: new Set(),
}

function enter(next: LiveState): void {
  if (next === state) return
  state = next
  for (const watcher of watchers) watcher()
}

export function connectLive(): () => void {
  open()
  return () => {
    clearTimeout(retry)
    source?.close()
    source = undefined
    enter('connecting')
  }
}

function open(): void {
  const opened = new EventSource('/landfall/events')
  source = opened
  opened.addEventListener('open', () => {
    // what happened while we were away was told to nobody
    if (failures > 0) outdate([])
    failures = 0
    enter('live')
  })
  opened.addEventListener('error', () => {
    failures += 1
    enter('lost')
    if (opened.readyState !== EventSource.CLOSED) return
    void readSession().catch(() => undefined)
    retry = setTimeout(open, Math.min(30_000, 1000 * 2 ** failures))
  })
  for (const name of ['attempts', 'minute', 'changed'] as const)
    opened.addEventListener(name, ({ data }) => hand(name, JSON.parse(data)))
}

function hand<Name extends keyof Events>(name: Name, event: Events[Name]): void {
  for (const handler of handlers[name]) handler(event)
}

/** Devices that register by the hundred change something all the time; people read once a second at most. */
const readAgainMs = 1000
const waiting = new Set<string>()
let readAt = 0
let reading: ReturnType<typeof setTimeout> | undefined

handlers.changed.add(({ kinds }) => {
  // every change is in the log of changes
  for (const resource of ['audit', ...kinds.flatMap((kind) => shownIn[kind] ?? [])]) waiting.add(resource)
  readSoon()
})

function readSoon(): void {
  if (waiting.size === 0 || reading !== undefined) return
  reading = setTimeout(readWaiting, Math.max(50, readAt + readAgainMs - Date.now()))
}

function readWaiting(): void {
  reading = undefined
  readAt = Date.now()
  for (const resource of [...waiting]) {
    // an answer under way may be of before the change, and starting it over and over would never end
    if (queryClient.isFetching({ queryKey: [resource] }) > 0) continue
    waiting.delete(resource)
    outdate([resource])
  }
  readSoon()
}

/** What is shown is read again; but a list so long that this would be felt is only marked, and its reader told. */
function outdate(queryKey: readonly unknown[]): void {
  const all = { queryKey }
  void queryClient.invalidateQueries({ ...all, predicate: (query) => isShort(query.queryKey) })
  void queryClient.invalidateQueries({ ...all, predicate: (query) => !isShort(query.queryKey), refetchType: 'none' })
}

function isShort(queryKey: readonly unknown[]): boolean {
  const data = queryClient.getQueryData<{ readonly pages?: readonly unknown[] }>(queryKey)
  return (data?.pages?.length ?? 0) <= mostRefetched
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    () => state,
  )
}

/** Calls `handler` (keep it stable) for each event while the component is shown. */
export function useLive<Name extends keyof Events>(name: Name, handler: Handler<Name>): void {
  useEffect(() => {
    const of = handlers[name] as Set<Handler<Name>>
    of.add(handler)
    return () => void of.delete(handler)
  }, [name, handler])
}
