/** `/registrations/:id`: all that is known of one device, also of one that was never let in. */
import { Button, makeStyles } from '@fluentui/react-components'
import { DeleteRegular, HistoryRegular, StethoscopeRegular } from '@fluentui/react-icons'
import { useCallback, useState } from 'react'
import { useLive } from '../../api/live.ts'
import { asProblem } from '../../api/problem.ts'
import { type RegistrationStory, registrationsChanged, useRegistration } from '../../api/registrations.ts'
import { useMay } from '../../api/session.ts'
import { useText } from '../../i18n/i18n.ts'
import { ButtonLink } from '../../kit/button-link.tsx'
import { Empty } from '../../kit/empty.tsx'
import { Page as Frame } from '../../kit/page.tsx'
import { ProblemBar } from '../../kit/problem-bar.tsx'
import { Waiting } from '../../kit/waiting.tsx'
import { Assignment } from './assignment.tsx'
import { AttemptTimeline } from './attempt-timeline.tsx'
import { DeleteRecord } from './delete-record.tsx'
import { HubState } from './hub-state.tsx'
import { text } from './text.ts'

const useStyles = makeStyles({
  columns: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 3fr) minmax(0, 2fr)',
    gap: '16px',
    alignItems: 'start',
    '@media (max-width: 1100px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  column: { display: 'flex', flexDirection: 'column', gap: '16px', minWidth: 0 },
})

export function Device({ id }: { readonly id: string }) {
  const styles = useStyles()
  const say = useText(text)
  const { data, error, refetch } = useRegistration(id)
  useFollow(id, data?.registration?.deviceId)
  const unheard = error !== null && asProblem(error).reason === 'registration_not_found'
  return (
    <Frame
      title={id}
      breadcrumb={[{ label: say('title'), href: '/registrations' }]}
      actions={<Actions id={id} story={data} />}
    >
      {unheard && <Empty title={say('unheard')} says={say('unheardHelp')} />}
      {error && !unheard && <ProblemBar problem={error} onRetry={() => void refetch()} />}
      {!data && !error && <Waiting for={say('readingOne')} />}
      {data && !unheard && (
        <div className={styles.columns}>
          <AttemptTimeline attempts={data.attempts} />
          <div className={styles.column}>
            <Assignment story={data} />
            <HubState story={data} />
          </div>
        </div>
      )}
    </Frame>
  )
}

/** A refusal changes nothing that is stored, and yet is part of the story. */
function useFollow(id: string, deviceId: string | undefined): void {
  useLive(
    'attempts',
    useCallback(
      ({ attempts }) => {
        const names = [id, deviceId].map((name) => name?.toLowerCase())
        if (attempts.some(({ registrationId }) => names.includes(registrationId.toLowerCase())))
          void registrationsChanged()
      },
      [id, deviceId],
    ),
  )
}

function Actions({ id, story }: { readonly id: string; readonly story: RegistrationStory | undefined }) {
  const say = useText(text)
  const mayDelete = useMay('RegistrationStatusWrite')
  const [deleting, setDeleting] = useState(false)
  const record = story?.registration
  return (
    <>
      <ButtonLink icon={<StethoscopeRegular />} href={`/diagnose?registrationId=${encodeURIComponent(id)}`}>
        {say('diagnose')}
      </ButtonLink>
      <ButtonLink icon={<HistoryRegular />} href={`/activity?kind=registration&id=${encodeURIComponent(id)}`}>
        {say('activity')}
      </ButtonLink>
      {record && mayDelete && (
        <Button icon={<DeleteRegular />} onClick={() => setDeleting(true)}>
          {say('delete')}
        </Button>
      )}
      {record && deleting && <DeleteRecord record={record} device={story.device} onClose={() => setDeleting(false)} />}
    </>
  )
}
