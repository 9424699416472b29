/** Save and cancel at the foot of a form; leaving with unsaved changes is asked about first. */
import { Button, makeStyles, tokens } from '@fluentui/react-components'
import type { ReactNode } from 'react'
import { useText } from '../i18n/i18n.ts'
import { useLeaveGuard } from './leave-guard.ts'
import { ProblemBar } from './problem-bar.tsx'
import { text } from './text.ts'

const useStyles = makeStyles({
  bar: {
    position: 'sticky',
    bottom: '-32px',
    display: 'flex',
    flexDirection: 'column',
    gap: '8px',
    padding: '12px 0',
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground2,
    zIndex: 1,
  },
  buttons: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
})

export interface FormBarOrder {
  /** Something was changed: saving makes sense, leaving is asked about. */
  readonly dirty: boolean
  readonly busy?: boolean
  readonly problem?: unknown
  /** The verb; absent: Save. */
  readonly saveLabel?: string
  /** Absent: the bar stands in a <form> and submits it. */
  readonly onSave?: () => void
  readonly onCancel?: () => void
  /** Further buttons between the two. */
  readonly more?: ReactNode
}

export function FormBar({ dirty, busy = false, problem, saveLabel, onSave, onCancel, more }: FormBarOrder) {
  const styles = useStyles()
  const say = useText(text)
  useLeaveGuard(dirty && !busy)
  return (
    <div className={styles.bar}>
      {problem !== undefined && problem !== null && <ProblemBar problem={problem} />}
      <div className={styles.buttons}>
        <Button
          appearance="primary"
          type={onSave ? 'button' : 'submit'}
          disabled={!dirty || busy}
          onClick={onSave && (() => onSave())}
        >
          {saveLabel ?? say('save')}
        </Button>
        {more}
        {onCancel && (
          <Button disabled={busy} onClick={onCancel}>
            {say('cancel')}
          </Button>
        )}
      </div>
    </div>
  )
}
