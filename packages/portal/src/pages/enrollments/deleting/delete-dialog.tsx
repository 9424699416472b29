/** Before enrollments are deleted: what will happen, and whether what their devices left behind shall go too. */
import { Checkbox } from '@fluentui/react-components'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type EnrollmentKind, enrollmentsChanged } from '../../../api/enrollments.ts'
import { useHubs } from '../../../api/hubs.ts'
import { countRegistrations, registrationsChanged } from '../../../api/registrations.ts'
import { useMay } from '../../../api/session.ts'
import { useText } from '../../../i18n/i18n.ts'
import { mostNamed, Names } from '../../../kit/names.tsx'
import { type Doomed, deleteAll } from './deleting.ts'
import { DeletingDialog } from './deleting-dialog.tsx'
import { Option } from './option.tsx'
import { text } from './text.ts'

export interface DeleteDialogOrder {
  readonly kind: EnrollmentKind
  readonly enrollments: readonly Doomed[]
  /** Something is gone; the dialog may still tell what is not. */
  readonly onGone: () => void
  readonly onClose: () => void
  /** Nothing was refused. */
  readonly onAllGone?: () => void
}

export function DeleteDialog({ kind, enrollments: given, onGone, onClose, onAllGone }: DeleteDialogOrder) {
  const say = useText(text)
  // the list behind is read again while this is open
  const [enrollments] = useState(given)
  const [records, setRecords] = useState(false)
  const [identities, setIdentities] = useState(false)
  const hubs = useOwnHubs()
  const recordCount = useRecordCount(kind, enrollments)
  const mayRecords = useMay('RegistrationStatusWrite')
  const mayHubs = useMay('ManagementWrite')
  const count = enrollments.length
  const run = async (tell: Parameters<typeof deleteAll>[1]) => {
    const ownHubs = new Set(hubs.own)
    const outcome = await deleteAll({ kind, enrollments, records, identities, ownHubs }, tell)
    // first away from what is gone, or it would be read once more
    if (outcome.failures.length === 0) onAllGone?.()
    await Promise.all([enrollmentsChanged(kind), registrationsChanged()])
    return outcome
  }
  return (
    <DeletingDialog
      title={say(kind === 'group' ? 'titleGroup' : 'titleIndividual', { count })}
      count={count}
      run={run}
      onGone={onGone}
      onClose={onClose}
    >
      <Names names={enrollments.map(({ id }) => id)} />
      <div>{say(kind === 'group' ? 'whatGroup' : 'whatIndividual')}</div>
      {kind === 'group' && mayRecords && (
        <Option help={say('recordsHelp')}>
          <Checkbox
            label={recordCount === undefined ? say('records') : say('recordsCounted', { count: recordCount })}
            checked={records}
            onChange={(_, { checked }) => setRecords(checked === true)}
          />
        </Option>
      )}
      {mayHubs && (
        <Option help={say('identitiesHelp')}>
          <Checkbox
            label={say('identities')}
            checked={identities}
            onChange={(_, { checked }) => setIdentities(checked === true)}
          />
        </Option>
      )}
      {identities && hubs.elsewhere.length > 0 && <div>{say('elsewhere', { hubs: hubs.elsewhere.join(', ') })}</div>}
    </DeletingDialog>
  )
}

export function useOwnHubs() {
  const { data = [] } = useHubs()
  const names = (kind: string) => data.filter((hub) => hub.kind === kind).map(({ name }) => name)
  return { own: names('embedded'), elsewhere: names('azure') }
}

function useRecordCount(kind: EnrollmentKind, enrollments: readonly Doomed[]): number | undefined {
  const ids = enrollments.map(({ id }) => id)
  const { data } = useQuery({
    queryKey: ['registrations', 'count', ids],
    queryFn: async ({ signal }) => {
      const counts = await Promise.all(ids.map((id) => countRegistrations(id, signal)))
      return counts.reduce((sum, count) => sum + count, 0)
    },
    enabled: kind === 'group' && ids.length <= mostNamed,
  })
  return data
}
