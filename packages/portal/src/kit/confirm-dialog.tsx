/** Asks before something is done that cannot be undone, and says what will happen. A refusal is shown where it was asked. */
import { Button } from '@fluentui/react-components'
import { type ReactNode, useState } from 'react'
import { useText } from '../i18n/i18n.ts'
import { Dialog } from './dialog.tsx'
import { ProblemBar } from './problem-bar.tsx'
import { text } from './text.ts'

export interface ConfirmOrder {
  readonly open: boolean
  readonly title: string
  /** What will happen, and to what; may hold options such as check boxes. */
  readonly children: ReactNode
  /** The verb on the button: `Delete 3 groups`. */
  readonly confirm: string
  /** Resolves when done; the dialog closes. Rejects: it stays and shows why. */
  readonly onConfirm: () => Promise<unknown>
  readonly onClose: () => void
}

export function ConfirmDialog({ open, title, children, confirm, onConfirm, onClose }: ConfirmOrder) {
  const say = useText(text)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<unknown>()
  const close = () => {
    if (busy) return
    setProblem(undefined)
    onClose()
  }
  const go = async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      await onConfirm()
      onClose()
    } catch (error) {
      setProblem(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog
      open={open}
      title={title}
      onClose={close}
      actions={
        <>
          <Button appearance="primary" disabled={busy} onClick={() => void go()}>
            {confirm}
          </Button>
          <Button disabled={busy} onClick={close}>
            {say('cancel')}
          </Button>
        </>
      }
    >
      {problem !== undefined && <ProblemBar problem={problem} />}
      {children}
    </Dialog>
  )
}
