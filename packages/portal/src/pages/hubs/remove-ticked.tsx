/** Ticked hubs go, with what is on them. */
import { type HubView, hubsChanged, removeHub } from '../../api/hubs.ts'
import { useText } from '../../i18n/i18n.ts'
import { EachDialog, type Ticked } from '../../kit/each-dialog.tsx'
import { text } from './text.ts'

interface RemoveOrder {
  readonly ticked: Ticked<HubView>
  readonly onClose: () => void
}

export function RemoveTicked({ ticked, onClose }: RemoveOrder) {
  const say = useText(text)
  const { rows } = ticked
  const count = rows.length
  const devices = rows.reduce((sum, hub) => sum + (hub.devices ?? 0), 0)
  return (
    <EachDialog
      ticked={ticked}
      title={say('askRemoveMany', { count })}
      confirm={devices > 0 ? say('removeManyWith', { count: devices }) : say('remove')}
      nameOf={({ name }) => name}
      // only what was said may go: devices that came meanwhile are a refusal that counts them
      act={(hub) => removeHub({ name: hub.name, force: (hub.devices ?? 0) > 0 })}
      done={(gone) => say('removedMany', { count: gone })}
      inTurn
      onDone={hubsChanged}
      onClose={onClose}
    >
      {rows.some(({ kind }) => kind === 'embedded') && <div>{say('removeManyHere', { count: devices })}</div>}
      {rows.some(({ kind }) => kind === 'azure') && <div>{say('removeManyLinks')}</div>}
      <div>{say('removeEnrollments')}</div>
    </EachDialog>
  )
}
