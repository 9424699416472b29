/** Ticked enrollments are enabled or disabled; nothing else of them changes. */
import { type EnrollmentKind, type EnrollmentRow, enrollmentsChanged, switchEnrollment } from '../../api/enrollments.ts'
import { useText } from '../../i18n/i18n.ts'
import { EachDialog, type Ticked } from '../../kit/each-dialog.tsx'
import { text } from './text.ts'

interface SwitchOrder {
  readonly kind: EnrollmentKind
  readonly to: 'enabled' | 'disabled'
  readonly ticked: Ticked<EnrollmentRow>
  readonly onClose: () => void
}

export function SwitchDialog({ kind, to, ticked, onClose }: SwitchOrder) {
  const say = useText(text)
  const words = to === 'enabled' ? enableWords : disableWords
  return (
    <EachDialog
      ticked={ticked}
      title={say(words.title, { count: ticked.rows.length })}
      confirm={say(words.verb)}
      nameOf={({ id }) => id}
      act={({ id }) => switchEnrollment(kind, id, to)}
      done={(count) => say(words.done, { count })}
      onDone={() => enrollmentsChanged(kind)}
      onClose={onClose}
    >
      <div>{say(words.what)}</div>
    </EachDialog>
  )
}

const enableWords = { title: 'askEnable', verb: 'enable', done: 'enabledMany', what: 'whatEnable' } as const
const disableWords = { title: 'askDisable', verb: 'disable', done: 'disabledMany', what: 'whatDisable' } as const
