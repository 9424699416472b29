/** What became of the one device of an individual enrollment. */
import { Button } from '@fluentui/react-components'
import { useState } from 'react'
import type { IndividualView } from '../../../api/enrollments.ts'
import { useRegistration } from '../../../api/registrations.ts'
import { useMay } from '../../../api/session.ts'
import { useText } from '../../../i18n/i18n.ts'
import { Facts } from '../../../kit/facts.tsx'
import { Link } from '../../../kit/link.tsx'
import { Section } from '../../../kit/section.tsx'
import { StatusBadge } from '../../../kit/status-badge.tsx'
import { Timestamp } from '../../../kit/timestamp.tsx'
import { DeleteRecordsDialog } from '../deleting/delete-records-dialog.tsx'
import { text as common } from '../text.ts'
import { text } from './text.ts'

export function State({ enrollment }: { readonly enrollment: IndividualView }) {
  const say = useText(text)
  const sayCommon = useText(common)
  const { registrationId } = enrollment
  const story = useRegistration(registrationId)
  const came = enrollment.registrationState?.status === 'unassigned' ? undefined : enrollment.registrationState
  // the live one; until it is read, the one that came with the enrollment
  const record = story.data?.registration ?? (story.isPending ? came : undefined)
  const mayDelete = useMay('RegistrationStatusWrite')
  const [deleting, setDeleting] = useState(false)
  const link = <Link href={`/registrations/${encodeURIComponent(registrationId)}`}>{say('timeline')}</Link>
  if (!record) return <Section title={say('registration')}>{say('neverRegistered')}</Section>
  return (
    <Section title={say('registration')} actions={link}>
      <Facts
        facts={[
          [say('status'), <StatusBadge key="status" status={record.status} />],
          [say('why'), record.errorMessage],
          [say('assignedHub'), record.assignedHub],
          [sayCommon('deviceId'), record.deviceId],
          [say('lastUpdated'), <Timestamp key="at" at={record.lastUpdatedDateTimeUtc} show="both" />],
        ]}
      />
      {mayDelete && (
        <div>
          <Button onClick={() => setDeleting(true)}>{say('deleteRecord')}</Button>
        </div>
      )}
      {deleting && (
        <DeleteRecordsDialog records={[record]} onGone={() => undefined} onClose={() => setDeleting(false)} />
      )}
    </Section>
  )
}
