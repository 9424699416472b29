/** Ticked certificates go; those that groups rely on only where that is meant. */
import { Checkbox } from '@fluentui/react-components'
import { useState } from 'react'
import { type CaCertificateView, certificatesChanged, deleteCertificate } from '../../api/certificates.ts'
import { useText } from '../../i18n/i18n.ts'
import { EachDialog, type Ticked } from '../../kit/each-dialog.tsx'
import { text } from './text.ts'

interface RemoveOrder {
  readonly ticked: Ticked<CaCertificateView>
  readonly onClose: () => void
}

export function RemoveTicked({ ticked, onClose }: RemoveOrder) {
  const say = useText(text)
  const [force, setForce] = useState(false)
  const { rows } = ticked
  const groups = new Set(rows.flatMap(({ usedBy = [] }) => usedBy))
  return (
    <EachDialog
      ticked={ticked}
      title={say('askRemoveMany', { count: rows.length })}
      confirm={say('remove')}
      nameOf={({ name }) => name}
      act={({ name, etag }) => deleteCertificate({ name, ifMatch: etag, force })}
      done={(count) => say('removedMany', { count })}
      onDone={certificatesChanged}
      onClose={onClose}
    >
      <div>{say('removeManyHelp')}</div>
      {groups.size > 0 && (
        <Checkbox
          checked={force}
          label={
            <>
              <strong>{say('forceMany', { groups: [...groups].join(', ') })}</strong>
              <div>{say('forceHelp')}</div>
            </>
          }
          onChange={(_, { checked }) => setForce(checked === true)}
        />
      )}
    </EachDialog>
  )
}
