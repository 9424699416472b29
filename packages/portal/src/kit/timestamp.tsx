/** An instant: when, in the reader's words and time zone, and how long ago. */
import { useSyncExternalStore } from 'react'
import { useFormat } from '../i18n/format.ts'

export interface TimestampOrder {
  /** ISO 8601; absent: a dash. */
  readonly at: string | undefined
  /** `both`: `26 Nov 2026, 14:05 (3 minutes ago)`. The other is the tooltip. */
  readonly show?: 'absolute' | 'relative' | 'both'
}

export function Timestamp({ at, show = 'absolute' }: TimestampOrder) {
  const format = useFormat()
  const now = useNow()
  if (at === undefined) return <span>–</span>
  const absolute = format.instant(at)
  const relative = format.relative(at, since(at, now))
  const shown = show === 'both' ? `${absolute} (${relative})` : show === 'relative' ? relative : absolute
  return (
    <time dateTime={at} title={show === 'relative' ? absolute : relative}>
      {shown}
    </time>
  )
}

/** What happened after the last tick happened just now, not in a moment. */
function since(at: string, tick: number): number {
  const ahead = Date.parse(at) - tick
  return ahead > 0 && ahead <= tickMs ? tick + ahead : tick
}

const tickMs = 15_000
const watchers = new Set<() => void>()
let now = Date.now()
let ticking: ReturnType<typeof setInterval> | undefined

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher)
  ticking ??= setInterval(() => {
    now = Date.now()
    for (const each of watchers) each()
  }, tickMs)
  return () => {
    watchers.delete(watcher)
    if (watchers.size > 0) return
    clearInterval(ticking)
    ticking = undefined
  }
}

/** Of this machine, moving on while somebody looks. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => {
    if (ticking === undefined && Date.now() - now > 1000) now = Date.now()
    return now
  })
}
