/** What the walk made: the group, its devices, their files, how to use them, and how to be rid of it all. */
import { Button } from '@fluentui/react-components'
import { DeleteRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import type { DoneStep } from '../../api/quick-start.ts'
import { useText } from '../../i18n/i18n.ts'
import { ButtonLink } from '../../kit/button-link.tsx'
import { Link } from '../../kit/link.tsx'
import { Section } from '../../kit/section.tsx'
import { SmallTable } from '../../kit/small-table.tsx'
import { CleanUp } from './clean-up.tsx'
import { Commands } from './commands.tsx'
import { Files } from './files.tsx'
import { text } from './text.ts'

export function Result({ done }: { readonly done: DoneStep }) {
  const say = useText(text)
  const [cleaning, setCleaning] = useState(false)
  const { group, ca, devices } = done
  return (
    <>
      <Section
        title={say('made', { count: devices.length })}
        actions={
          <>
            <ButtonLink href={`/enrollments/groups/${encodeURIComponent(group)}`}>{say('openGroup')}</ButtonLink>
            <ButtonLink href={`/certificates/${encodeURIComponent(ca)}`}>{say('openCa')}</ButtonLink>
            <Button icon={<DeleteRegular />} onClick={() => setCleaning(true)}>
              {say('cleanUp')}
            </Button>
          </>
        }
      >
        <SmallTable
          label={say('devicesMade')}
          headers={[say('registrationId'), say('hub'), say('took')]}
          rows={devices.map(({ registrationId, hub, milliseconds }) => ({
            id: registrationId,
            cells: [
              <Link key="id" href={`/registrations/${encodeURIComponent(registrationId)}`}>
                {registrationId}
              </Link>,
              <Link key="hub" href={`/hubs/${encodeURIComponent(hub)}`}>
                {hub}
              </Link>,
              say('milliseconds', { count: Math.round(milliseconds) }),
            ],
          }))}
        />
      </Section>
      <Files name={group} files={done.files} />
      <Commands registrationId={devices[0]?.registrationId ?? group} name={group} />
      {cleaning && <CleanUp name={group} onClose={() => setCleaning(false)} />}
    </>
  )
}
