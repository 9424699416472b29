/** The newest attempts of any device, as they happen; while paused they are counted, and shown afterwards. */
import { useCallback, useEffect, useState } from 'react'
import { type AttemptView, useAttempts } from '../../api/attempts.ts'
import { useLive } from '../../api/live.ts'

/** As many as one looks over at a glance; the rest is in the list below and in each device's story. */
const mostShown = 6

interface Strip {
  readonly shown: readonly AttemptView[]
  /** Came while it was paused. */
  readonly held: readonly AttemptView[]
  readonly heldCount: number
}
const empty: Strip = { shown: [], held: [], heldCount: 0 }

export interface LiveAttempts {
  readonly shown: readonly AttemptView[]
  readonly heldCount: number
  readonly paused: boolean
  readonly waiting: boolean
  pause(paused: boolean): void
}

export function useLiveAttempts(): LiveAttempts {
  const before = useAttempts(mostShown)
  const [strip, setStrip] = useState(empty)
  const [paused, setPaused] = useState(false)
  const earlier = before.data
  useEffect(() => {
    if (earlier) setStrip((now) => ({ ...now, shown: newest([...now.shown, ...earlier]) }))
  }, [earlier])
  useLive(
    'attempts',
    useCallback(
      ({ attempts, skipped }) => setStrip((now) => taken(now, attempts, attempts.length + skipped, paused)),
      [paused],
    ),
  )
  const pause = (wanted: boolean) => {
    setPaused(wanted)
    if (!wanted) setStrip(({ shown, held }) => ({ ...empty, shown: newest([...held, ...shown]) }))
  }
  return { shown: strip.shown, heldCount: strip.heldCount, paused, waiting: before.isPending, pause }
}

function taken(now: Strip, attempts: readonly AttemptView[], count: number, paused: boolean): Strip {
  if (!paused) return { ...now, shown: newest([...attempts, ...now.shown]) }
  return { ...now, held: newest([...attempts, ...now.held]), heldCount: now.heldCount + count }
}

/** Each once, the newest first. */
function newest(attempts: readonly AttemptView[]): readonly AttemptView[] {
  const once = [...new Map(attempts.map((attempt) => [attempt.trackingId, attempt])).values()]
  return once.sort((a, b) => b.at.localeCompare(a.at)).slice(0, mostShown)
}
