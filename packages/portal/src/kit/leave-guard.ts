/**
 * Unsaved changes are not lost in silence: whoever closes the tab is asked by the browser, whoever follows a link, presses
 * a button that leads on, or goes back, by us.
 */
import { useEffect } from 'react'
import { type AroundNavHandler, useLocation } from 'wouter'
import { useText } from '../i18n/i18n.ts'
import { text } from './text.ts'

const guards = new Set<{ readonly question: string }>()
/** Of the page with the changes. */
let place = ''
let free = false

/** Steps of a form and views of a list take the place of the address that they are at: they lead nowhere. */
export const guarded: AroundNavHandler = (navigate, to, options) => {
  if (!options?.replace && !mayLeave()) return
  navigate(to, options)
  place = window.location.href
}

/** For what was saved or deleted: nothing is lost any more. */
export function useGo(): (href: string, options?: { readonly replace?: boolean }) => void {
  const [, navigate] = useLocation()
  return (href, options) => {
    free = true
    navigate(href, options)
    free = false
  }
}

export function useLeaveGuard(dirty: boolean): void {
  const say = useText(text)
  const question = `${say('leaveTitle')}\n\n${say('leave')}`
  useEffect(() => {
    if (!dirty) return
    const guard = { question }
    guards.add(guard)
    place = window.location.href
    return () => void guards.delete(guard)
  }, [dirty, question])
}

function mayLeave(): boolean {
  const [guard] = guards
  return free || !guard || window.confirm(guard.question)
}

if (typeof window !== 'undefined') {
  window.addEventListener('beforeunload', (event) => guards.size > 0 && event.preventDefault())
  // before the router hears of it: the page stays as it is, and the address is put back
  window.addEventListener('popstate', stayPerhaps, { capture: true })
}

function stayPerhaps(event: PopStateEvent): void {
  if (mayLeave()) return
  event.stopImmediatePropagation()
  window.history.pushState(null, '', place)
}
