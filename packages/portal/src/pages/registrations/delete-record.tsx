/** The record goes, and where it is wanted the identity on the hub too. */
import { Checkbox } from '@fluentui/react-components'
import { useRef, useState } from 'react'
import { removeHubDevice } from '../../api/hubs.ts'
import type { JsonObject } from '../../api/json.ts'
import { deleteRegistration, type RegistrationView, registrationsChanged } from '../../api/registrations.ts'
import { useMay } from '../../api/session.ts'
import { useText } from '../../i18n/i18n.ts'
import { ConfirmDialog } from '../../kit/confirm-dialog.tsx'
import { useToast } from '../../kit/toasts.tsx'
import { text } from './text.ts'

interface DeleteOrder {
  readonly record: RegistrationView
  /** Its identity; absent: it is on no hub that runs here. */
  readonly device: JsonObject | undefined
  readonly onClose: () => void
}

export function DeleteRecord({ record, device, onClose }: DeleteOrder) {
  const say = useText(text)
  const toast = useToast()
  const mayChangeHubs = useMay('ManagementWrite')
  const [identityToo, setIdentityToo] = useState(false)
  // a second try, after the hub refused, does not ask for the record again
  const recordGone = useRef(false)
  const { assignedHub: hub, deviceId } = record
  const remove = async () => {
    if (!recordGone.current) await deleteRegistration(record)
    recordGone.current = true
    if (identityToo && hub && deviceId) await removeHubDevice(hub, deviceId)
    toast(say('deleted', { id: record.registrationId }))
    void registrationsChanged()
  }
  return (
    <ConfirmDialog
      open
      title={say('deleteTitle', { id: record.registrationId })}
      confirm={say('deleteYes')}
      onConfirm={remove}
      onClose={onClose}
    >
      <div>{say('deleteHelp')}</div>
      {device && hub && mayChangeHubs && (
        <Checkbox
          label={say('identityToo', { deviceId: deviceId ?? '', hub })}
          checked={identityToo}
          onChange={(_, { checked }) => setIdentityToo(checked === true)}
        />
      )}
    </ConfirmDialog>
  )
}
