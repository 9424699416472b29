/** Asks before something is done that cannot be undone, and says what will happen. A refusal is shown where it was asked. */
import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  makeStyles,
} from '@fluentui/react-components'
import { type ReactNode, useState } from 'react'
import { useText } from '../i18n/i18n.ts'
import { ProblemBar } from './problem-bar.tsx'
import { text } from './text.ts'

const useStyles = makeStyles({ content: { display: 'flex', flexDirection: 'column', gap: '12px' } })

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
  const styles = useStyles()
  const say = useText(text)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<unknown>()
  const close = () => {
    setProblem(undefined)
    onClose()
  }
  const go = async () => {
    setBusy(true)
    setProblem(undefined)
    await onConfirm()
      .then(close, setProblem)
      .finally(() => setBusy(false))
  }
  return (
    <Dialog open={open} modalType="alert" onOpenChange={(_, data) => !data.open && !busy && close()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{title}</DialogTitle>
          <DialogContent className={styles.content}>
            {problem !== undefined && <ProblemBar problem={problem} />}
            {children}
          </DialogContent>
          <DialogActions>
            <Button appearance="primary" disabled={busy} onClick={() => void go()}>
              {confirm}
            </Button>
            <Button disabled={busy} onClick={close}>
              {say('cancel')}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}
