/** What went well, said in a corner and to screen readers. What went wrong stays on the page: ProblemBar. */
import { makeStyles, tokens } from '@fluentui/react-components'
import { CheckmarkCircleFilled } from '@fluentui/react-icons'
import { useSyncExternalStore } from 'react'

interface Toast {
  readonly id: number
  readonly says: string
}

const shownMs = 4000
let toasts: readonly Toast[] = []
let made = 0
const watchers = new Set<() => void>()

function show(next: readonly Toast[]): void {
  toasts = next
  for (const watcher of watchers) watcher()
}

function toast(says: string): void {
  const id = ++made
  show([...toasts, { id, says }])
  setTimeout(() => show(toasts.filter((one) => one.id !== id)), shownMs)
}

/** `const toast = useToast()` … `toast('Saved')`. */
export const useToast = (): ((says: string) => void) => toast

const useStyles = makeStyles({
  place: {
    position: 'fixed',
    right: '16px',
    bottom: '16px',
    zIndex: 1_000_000,
    display: 'flex',
    flexDirection: 'column',
    gap: '8px',
    maxWidth: 'calc(100vw - 32px)',
    pointerEvents: 'none',
  },
  toast: {
    display: 'flex',
    alignItems: 'center',
    gap: '8px',
    padding: '10px 14px',
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorNeutralForeground1,
    boxShadow: tokens.shadow16,
    '& svg': { color: tokens.colorPaletteGreenForeground1, flexShrink: 0, fontSize: '20px' },
  },
})

export function ToastPlace() {
  const styles = useStyles()
  const shown = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    () => toasts,
  )
  return (
    <div className={styles.place} role="status">
      {shown.map(({ id, says }) => (
        <div key={id} className={styles.toast}>
          <CheckmarkCircleFilled aria-hidden />
          {says}
        </div>
      ))}
    </div>
  )
}
