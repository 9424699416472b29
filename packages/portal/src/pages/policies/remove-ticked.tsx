/** Ticked policies go, the reader's own last: with it goes the right to delete more. */
import { deletePolicy, type PolicyView, policiesChanged } from '../../api/policies.ts'
import { useSession } from '../../api/session.ts'
import { useText } from '../../i18n/i18n.ts'
import { EachDialog, type Ticked } from '../../kit/each-dialog.tsx'
import { text } from './text.ts'

interface RemoveOrder {
  readonly ticked: Ticked<PolicyView>
  readonly onClose: () => void
}

export function RemoveTicked({ ticked, onClose }: RemoveOrder) {
  const say = useText(text)
  const { actor } = useSession()
  const isOwn = ({ name }: PolicyView) => actor.kind === 'policy' && actor.name === name
  const rows = ticked.rows.toSorted((one, other) => Number(isOwn(one)) - Number(isOwn(other)))
  return (
    <EachDialog
      ticked={{ ...ticked, rows }}
      title={say('askRemoveMany', { count: rows.length })}
      confirm={say('remove')}
      nameOf={({ name }) => name}
      act={({ name }) => deletePolicy(name)}
      done={(count) => say('removedMany', { count })}
      inTurn
      onDone={policiesChanged}
      onClose={onClose}
    >
      <div>{say('removeStops')}</div>
      {rows.some(isOwn) && <strong>{say('yours')}</strong>}
    </EachDialog>
  )
}
