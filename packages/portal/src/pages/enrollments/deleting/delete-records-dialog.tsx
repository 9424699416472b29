/** Before registration records are deleted. */
import { Checkbox } from '@fluentui/react-components'
import { useState } from 'react'
import {
  deleteHubDevice,
  deleteRegistration,
  type RegistrationView,
  registrationsChanged,
} from '../../../api/registrations.ts'
import { useMay } from '../../../api/session.ts'
import { useText } from '../../../i18n/i18n.ts'
import { useOwnHubs } from './delete-dialog.tsx'
import { eachRecord, gonePerhaps, type Outcome, type Progress } from './deleting.ts'
import { DeletingDialog } from './deleting-dialog.tsx'
import { Option } from './option.tsx'
import { text } from './text.ts'

export interface DeleteRecordsOrder {
  readonly records: readonly RegistrationView[]
  readonly onGone: () => void
  readonly onClose: () => void
}

export function DeleteRecordsDialog({ records: given, onGone, onClose }: DeleteRecordsOrder) {
  const say = useText(text)
  const [records] = useState(given)
  const [identities, setIdentities] = useState(false)
  const { own } = useOwnHubs()
  const mayHubs = useMay('ManagementWrite')
  const run = async (tell: (progress: Progress) => void) => {
    const outcome = await deleteRecords(records, identities ? own : [], tell)
    await registrationsChanged()
    return outcome
  }
  return (
    <DeletingDialog
      title={say('recordsTitle', { count: records.length })}
      count={records.length}
      run={run}
      onGone={onGone}
      onClose={onClose}
    >
      <div>{say('whatRecords')}</div>
      {mayHubs && (
        <Option help={say('identitiesHelp')}>
          <Checkbox
            label={say('identities')}
            checked={identities}
            onChange={(_, { checked }) => setIdentities(checked === true)}
          />
        </Option>
      )}
    </DeletingDialog>
  )
}

async function deleteRecords(
  records: readonly RegistrationView[],
  hubs: readonly string[],
  tell: (progress: Progress) => void,
): Promise<Outcome> {
  const devices = records.filter(({ assignedHub }) => hubs.includes(assignedHub ?? ''))
  const identities = await eachRecord(
    devices,
    'identities',
    'identity',
    tell,
    ({ assignedHub, deviceId, registrationId }) => deleteHubDevice(assignedHub ?? '', deviceId ?? registrationId),
  )
  const failed = await eachRecord(records, 'records', 'record', tell, ({ registrationId }) =>
    gonePerhaps(deleteRegistration({ registrationId })),
  )
  return {
    enrollments: 0,
    identities: devices.length - identities.length,
    records: records.length - failed.length,
    failures: [...identities, ...failed],
  }
}
