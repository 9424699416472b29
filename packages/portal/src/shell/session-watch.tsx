/**
 * Ends the session of somebody who went away, after a warning. Whoever is at work keeps it alive even where nothing is
 * sent, in a long form for instance; pushed updates alone keep nothing alive.
 */
import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
} from '@fluentui/react-components'
import { useEffect, useRef, useState } from 'react'
import { readSession, signOut, useSession } from '../api/session.ts'
import { useText } from '../i18n/i18n.ts'
import { text } from './text.ts'

const warnSeconds = 60

export function SessionWatch() {
  const say = useText(text)
  const secondsLeft = useSecondsLeft()
  const warn = secondsLeft <= warnSeconds
  return (
    <Dialog open={warn} modalType="alert">
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{say('aboutToEnd')}</DialogTitle>
          <DialogContent>{say('endsIn', { count: Math.max(0, secondsLeft) })}</DialogContent>
          <DialogActions>
            <Button appearance="primary" onClick={() => void readSession().catch(() => undefined)}>
              {say('staySignedIn')}
            </Button>
            <Button onClick={() => void signOut()}>{say('signOut')}</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}

/** Until the person was away for too long, or the session is as old as it may get. */
function useSecondsLeft(): number {
  const { idleSeconds, expiresUtc } = useSession()
  const [secondsLeft, setSecondsLeft] = useState(Number.POSITIVE_INFINITY)
  const activeAt = useRef(Date.now())
  const renewedAt = useRef(Date.now())

  useEffect(() => {
    const idleMs = idleSeconds * 1000
    const end = () => Math.min(activeAt.current + idleMs, Date.parse(expiresUtc))
    const look = () => {
      const left = Math.ceil((end() - Date.now()) / 1000)
      setSecondsLeft(left > warnSeconds ? Number.POSITIVE_INFINITY : left)
      if (left <= 0) void signOut('ended')
    }
    const onActive = () => {
      const now = Date.now()
      // while the warning is shown, only its button counts
      if (end() - now <= warnSeconds * 1000) return
      activeAt.current = now
      if (now - renewedAt.current < idleMs / 3) return
      renewedAt.current = now
      void readSession().catch(() => undefined)
    }
    activeAt.current = Date.now()
    renewedAt.current = activeAt.current
    look()
    const ticking = setInterval(look, 1000)
    const events = ['pointerdown', 'keydown', 'wheel'] as const
    for (const event of events) window.addEventListener(event, onActive, { passive: true })
    return () => {
      clearInterval(ticking)
      for (const event of events) window.removeEventListener(event, onActive)
    }
  }, [idleSeconds, expiresUtc])
  return secondsLeft
}
