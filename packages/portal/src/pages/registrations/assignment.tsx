/** Where a device is, by which enrollment it came there, and since when. */
import type { RegistrationStory } from '../../api/registrations.ts'
import { useText } from '../../i18n/i18n.ts'
import { type Fact, Facts } from '../../kit/facts.tsx'
import { Link } from '../../kit/link.tsx'
import { Said } from '../../kit/refusal-says.tsx'
import { Section } from '../../kit/section.tsx'
import { StatusBadge } from '../../kit/status-badge.tsx'
import { hrefOf } from '../../kit/things.ts'
import { Timestamp } from '../../kit/timestamp.tsx'
import { text } from './text.ts'

export function Assignment({ story: { registration, enrollment } }: { readonly story: RegistrationStory }) {
  const say = useText(text)
  const by: Fact = [
    say('enrollment'),
    enrollment && (
      <Link key="enrollment" href={hrefOf(enrollment.kind, enrollment.id) ?? '/'}>
        {say(`${enrollment.kind}Named`, { id: enrollment.id })}
      </Link>
    ),
  ]
  return (
    <Section title={say('assignment')}>
      {!registration && <div>{say('neverLetIn')}</div>}
      <Facts facts={registration ? [...factsOf(registration, say), by] : [by]} />
    </Section>
  )
}

function factsOf(
  record: NonNullable<RegistrationStory['registration']>,
  say: ReturnType<typeof useText<(typeof text)['keys'][number]>>,
): readonly Fact[] {
  const { status, substatus, assignedHub, deviceId, errorCode, errorMessage } = record
  return [
    [say('status'), <StatusBadge key="status" status={status} />],
    [say('substatus'), substatus],
    [
      say('hub'),
      assignedHub && (
        <Link key="hub" href={`/hubs/${encodeURIComponent(assignedHub)}`}>
          {assignedHub}
        </Link>
      ),
    ],
    [say('deviceId'), deviceId],
    [say('message'), errorMessage && <Said key="says">{errorMessage}</Said>],
    [say('errorCode'), errorCode === 0 ? undefined : errorCode],
    [say('created'), <Timestamp key="created" at={record.createdDateTimeUtc} show="both" />],
    [say('updated'), <Timestamp key="updated" at={record.lastUpdatedDateTimeUtc} show="both" />],
  ]
}
