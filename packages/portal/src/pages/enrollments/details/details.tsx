/** One enrollment: everything about it, who registered by it, and the ways to change, try and delete it. */
import { Button, makeStyles } from '@fluentui/react-components'
import { DeleteRegular, EditRegular, HistoryRegular, StethoscopeRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { type EnrollmentKind, type EnrollmentView, useEnrollment } from '../../../api/enrollments.ts'
import { useMay } from '../../../api/session.ts'
import { useText } from '../../../i18n/i18n.ts'
import { ButtonLink } from '../../../kit/button-link.tsx'
import { Page as Frame } from '../../../kit/page.tsx'
import { ProblemBar } from '../../../kit/problem-bar.tsx'
import { Tabs } from '../../../kit/tabs.tsx'
import { Waiting } from '../../../kit/waiting.tsx'
import { enrollmentHref, listHref } from '../addresses.ts'
import { CopyAs } from '../copy-as/copy-as.tsx'
import { DeleteDialog } from '../deleting/delete-dialog.tsx'
import { bodyOf } from '../form/body.ts'
import { readForm } from '../form/read-form.ts'
import { text as common } from '../text.ts'
import { Credentials } from './credentials.tsx'
import { DeviceKey } from './device-key.tsx'
import { Records } from './records.tsx'
import { Settings } from './settings.tsx'
import { State } from './state.tsx'
import { text } from './text.ts'
import { Twin } from './twin.tsx'
import { Warnings } from './warnings.tsx'

export interface DetailsOrder {
  readonly kind: EnrollmentKind
  readonly id: string
  /** The tab of registration records. */
  readonly records: boolean
}

export function Details({ kind, id, records }: DetailsOrder) {
  const say = useText(text)
  const sayCommon = useText(common)
  const [, navigate] = useLocation()
  const { data, error, refetch } = useEnrollment(kind, id)
  return (
    <Frame
      title={data && 'registrationId' in data ? data.registrationId : (data?.enrollmentGroupId ?? id)}
      breadcrumb={[{ label: sayCommon('title'), href: listHref(kind) }]}
      actions={data && <Actions kind={kind} id={id} enrollment={data} />}
    >
      <Warnings />
      {error && <ProblemBar problem={error} onRetry={() => void refetch()} />}
      {!data && !error && <Waiting for={sayCommon('reading')} />}
      {data && kind === 'individual' && <Whole kind={kind} enrollment={data} />}
      {data && kind === 'group' && (
        <Tabs
          label={say('tabs')}
          tabs={[
            { value: 'details', label: say('details') },
            { value: 'registrations', label: say('records') },
          ]}
          value={records ? 'registrations' : 'details'}
          onChange={(tab) => navigate(enrollmentHref(kind, id, tab === 'details' ? undefined : 'registrations'))}
        >
          {records ? <Records group={id} /> : <Whole kind={kind} enrollment={data} />}
        </Tabs>
      )}
    </Frame>
  )
}

const useStyles = makeStyles({
  columns: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(min(440px, 100%), 1fr))',
    gap: '16px',
    alignItems: 'start',
  },
  column: { display: 'flex', flexDirection: 'column', gap: '16px', minWidth: 0 },
})

function Whole({ kind, enrollment }: { readonly kind: EnrollmentKind; readonly enrollment: EnrollmentView }) {
  const styles = useStyles()
  const symmetric = enrollment.attestation.type === 'symmetricKey'
  return (
    <div className={styles.columns}>
      <div className={styles.column}>
        <Credentials kind={kind} enrollment={enrollment} />
        {'enrollmentGroupId' in enrollment && symmetric && <DeviceKey group={enrollment.enrollmentGroupId} />}
        {'registrationId' in enrollment && <State enrollment={enrollment} />}
        <Twin enrollment={enrollment} />
      </div>
      <div className={styles.column}>
        <Settings enrollment={enrollment} />
        <CopyAs kind={kind} body={bodyOf(kind, readForm(enrollment), enrollment)} exists={false} />
      </div>
    </div>
  )
}

function Actions({
  kind,
  id,
  enrollment,
}: Pick<DetailsOrder, 'kind' | 'id'> & { readonly enrollment: EnrollmentView }) {
  const say = useText(text)
  const sayCommon = useText(common)
  const [, navigate] = useLocation()
  const mayWrite = useMay('EnrollmentWrite')
  const [deleting, setDeleting] = useState(false)
  const gone = () => navigate(listHref(kind), { replace: true })
  const named = new URLSearchParams({ kind, id })
  const asked = new URLSearchParams({ [kind === 'group' ? 'group' : 'registrationId']: id })
  return (
    <>
      {mayWrite && (
        <ButtonLink appearance="primary" icon={<EditRegular />} href={enrollmentHref(kind, id, 'edit')}>
          {sayCommon('edit')}
        </ButtonLink>
      )}
      <ButtonLink icon={<StethoscopeRegular />} href={`/diagnose?${asked}`}>
        {say('diagnose')}
      </ButtonLink>
      <ButtonLink icon={<HistoryRegular />} href={`/activity?${named}`}>
        {say('activity')}
      </ButtonLink>
      {mayWrite && (
        <Button icon={<DeleteRegular />} onClick={() => setDeleting(true)}>
          {sayCommon('delete')}
        </Button>
      )}
      {deleting && (
        <DeleteDialog
          kind={kind}
          enrollments={[{ id, etag: enrollment.etag }]}
          onGone={() => undefined}
          onClose={() => setDeleting(false)}
          onAllGone={gone}
        />
      )}
    </>
  )
}
