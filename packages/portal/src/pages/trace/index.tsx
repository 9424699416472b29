/** `/trace/:trackingId`: what happened, step by step; where every error of the portal links to. */
import { type AttemptView, type Trace, useTrace } from '../../api/attempts.ts'
import { useText } from '../../i18n/i18n.ts'
import { usePart } from '../../kit/address-part.ts'
import { CopyBox } from '../../kit/copy-box.tsx'
import { type Fact, Facts } from '../../kit/facts.tsx'
import { Link } from '../../kit/link.tsx'
import { Page as Frame } from '../../kit/page.tsx'
import { ProblemBar } from '../../kit/problem-bar.tsx'
import { useReason } from '../../kit/reasons.ts'
import { HeadedRefusal, RefusalSays } from '../../kit/refusal-says.tsx'
import { Section } from '../../kit/section.tsx'
import { StatusBadge } from '../../kit/status-badge.tsx'
import { Timestamp } from '../../kit/timestamp.tsx'
import { Trail } from '../../kit/trail.tsx'
import { Waiting } from '../../kit/waiting.tsx'
import { text } from './text.ts'

export function Page() {
  const say = useText(text)
  const trackingId = usePart('trackingId')
  const { data, error } = useTrace(trackingId)
  return (
    <Frame title={say('title')} intro={say('intro')}>
      <CopyBox label={say('trackingId')} value={trackingId} />
      {error && <ProblemBar problem={error} />}
      {!data && !error && <Waiting for={say('reading')} />}
      {data?.kind === 'attempt' && <OfAttempt attempt={data.attempt} />}
      {data?.kind === 'refusal' && <OfRefusal refusal={data} />}
    </Frame>
  )
}

function OfAttempt({ attempt }: { readonly attempt: AttemptView }) {
  const say = useText(text)
  const { registrationId, enrollment, hubCode, trail = [] } = attempt
  const reason = attempt.reason ?? hubCode
  const named = useNamed(reason)
  const facts: readonly Fact[] = [
    [say('outcome'), <StatusBadge key="outcome" status={attempt.cutOff ? 'cutOff' : attempt.outcome} />],
    [say('at'), <Timestamp key="at" at={attempt.at} show="both" />],
    [
      say('registrationId'),
      <Link key="id" href={`/registrations/${encodeURIComponent(registrationId)}`}>
        {registrationId}
      </Link>,
    ],
    [say('enrollment'), enrollment && <EnrollmentLink key="enrollment" {...enrollment} />],
    [say('attestation'), attempt.attestation],
    [say('transport'), attempt.transport],
    [say('from'), attempt.remoteAddress],
    [say('hub'), attempt.hub],
    [say('deviceId'), attempt.deviceId],
    [say('duration'), hubCode ? undefined : say('milliseconds', { count: Math.round(attempt.durationMs) })],
    [say('message'), attempt.message && <RefusalSays key="says" reason={reason} message={attempt.message} />],
    [say('errorCode'), attempt.errorCode],
    [say('reason'), named],
  ]
  return (
    <>
      <Section title={say('attempt')}>
        <Facts facts={facts} />
      </Section>
      {trail.length > 0 && (
        <Section title={say('steps')}>
          <Trail trail={trail} />
        </Section>
      )}
    </>
  )
}

function EnrollmentLink({ kind, id }: NonNullable<AttemptView['enrollment']>) {
  const say = useText(text)
  const place = kind === 'group' ? 'groups' : 'individual'
  return <Link href={`/enrollments/${place}/${encodeURIComponent(id)}`}>{say(kind, { id })}</Link>
}

function OfRefusal({ refusal }: { readonly refusal: Extract<Trace, { readonly kind: 'refusal' }> }) {
  const say = useText(text)
  const named = useNamed(refusal.reason)
  return (
    <Section title={say('refusal')}>
      <Facts
        facts={[
          [say('message'), <HeadedRefusal key="says" reason={refusal.reason} message={refusal.message} />],
          [say('at'), <Timestamp key="at" at={refusal.at} show="both" />],
          [say('request'), `${refusal.method} ${refusal.path}`],
          [say('actor'), refusal.actor?.name],
          [say('status'), refusal.status],
          [say('errorCode'), refusal.errorCode],
          [say('reason'), named],
        ]}
      />
    </Section>
  )
}

/** For people, and as the API names it. */
function useNamed(reason: string | undefined): string | undefined {
  const heading = useReason()(reason)
  return heading === undefined ? reason : `${heading} (${reason})`
}
