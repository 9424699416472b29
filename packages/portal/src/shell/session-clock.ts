/** How long the session has yet: it ends when the person was away too long, in all tabs, or when it is as old as it may get. */
import { useCallback, useEffect, useRef, useState } from 'react'
import { serviceTime } from '../api/service-time.ts'
import { readSession, signOut, useSession } from '../api/session.ts'

export const warnSeconds = 60

export interface TimeLeft {
  /** Infinity: long enough not to speak of it. */
  readonly seconds: number
  /** Whoever is back may stay; not so where the session is too old. */
  readonly extendable: boolean
  stay(): void
}

const plenty = { seconds: Number.POSITIVE_INFINITY, extendable: true }
/** Other tabs need not know more exactly. */
const tellMs = 5000

export function useTimeLeft(): TimeLeft {
  const { idleSeconds, expiresUtc } = useSession()
  const [left, setLeft] = useState(plenty)
  const activeAt = useRef(Date.now())

  useEffect(() => {
    const idleMs = idleSeconds * 1000
    const idleEnd = () => activeAt.current + idleMs
    const lastEnd = () => Date.parse(expiresUtc) - serviceTime() + Date.now()
    const secondsLeft = () => Math.ceil((Math.min(idleEnd(), lastEnd()) - Date.now()) / 1000)
    const look = () => {
      const seconds = secondsLeft()
      setLeft(seconds > warnSeconds ? plenty : { seconds, extendable: idleEnd() < lastEnd() })
      if (seconds <= 0) void signOut('ended')
    }
    const keepAlive = keepAliveEvery(idleMs / 3)
    const tabs = otherTabs(() => {
      activeAt.current = Date.now()
      look()
    })
    const onActive = () => {
      // while the warning is shown, only its button counts
      if (secondsLeft() <= warnSeconds) return
      activeAt.current = Date.now()
      keepAlive()
      tabs.tell()
    }
    activeAt.current = Date.now()
    look()
    const ticking = setInterval(look, 1000)
    const events = ['pointerdown', 'keydown', 'wheel'] as const
    for (const event of events) window.addEventListener(event, onActive, { passive: true })
    return () => {
      clearInterval(ticking)
      tabs.close()
      for (const event of events) window.removeEventListener(event, onActive)
    }
  }, [idleSeconds, expiresUtc])

  const stay = useCallback(() => {
    activeAt.current = Date.now()
    setLeft(plenty)
    void readSession().catch(() => undefined)
  }, [])
  return { ...left, stay }
}

/** The service counts requests; somebody at work on a long form sends none. */
function keepAliveEvery(ms: number): () => void {
  let askedAt = Date.now()
  return () => {
    if (Date.now() - askedAt < ms) return
    askedAt = Date.now()
    void readSession().catch(() => undefined)
  }
}

function otherTabs(onActive: () => void) {
  const channel = new BroadcastChannel('landfall.active')
  channel.addEventListener('message', onActive)
  let toldAt = 0
  return {
    tell() {
      if (Date.now() - toldAt < tellMs) return
      toldAt = Date.now()
      channel.postMessage('active')
    },
    close: () => channel.close(),
  }
}
