/** What one device tried, to register or at its hub, the newest first: each attempt with its story step by step. */
import { makeStyles, tokens } from '@fluentui/react-components'
import type { AttemptView } from '../../api/attempts.ts'
import { useText } from '../../i18n/i18n.ts'
import { Link } from '../../kit/link.tsx'
import { useReason } from '../../kit/reasons.ts'
import { RefusalSays } from '../../kit/refusal-says.tsx'
import { Section } from '../../kit/section.tsx'
import { StatusBadge } from '../../kit/status-badge.tsx'
import { Timestamp } from '../../kit/timestamp.tsx'
import { Trail } from '../../kit/trail.tsx'
import { colorOf } from './outcome-color.ts'
import { text } from './text.ts'

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0 },
  item: {
    position: 'relative',
    paddingLeft: '26px',
    paddingBottom: '20px',
    ':not(:last-child)::before': {
      content: '""',
      position: 'absolute',
      left: '7px',
      top: '14px',
      bottom: '-6px',
      width: '2px',
      backgroundColor: tokens.colorNeutralStroke2,
    },
  },
  dot: {
    position: 'absolute',
    left: 0,
    top: '3px',
    width: '16px',
    height: '16px',
    borderRadius: '50%',
    boxSizing: 'border-box',
    border: `3px solid ${tokens.colorNeutralBackground1}`,
    boxShadow: `0 0 0 1px ${tokens.colorNeutralStroke2}`,
  },
  head: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '4px 10px' },
  says: { marginTop: '4px' },
  facts: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, marginTop: '4px' },
  more: { marginTop: '8px' },
  summary: {
    cursor: 'pointer',
    width: 'fit-content',
    color: tokens.colorBrandForegroundLink,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  steps: {
    marginTop: '8px',
    padding: '12px',
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground2,
  },
})

export function AttemptTimeline({ attempts }: { readonly attempts: readonly AttemptView[] }) {
  const styles = useStyles()
  const say = useText(text)
  return (
    <Section title={say('attempts')}>
      {attempts.length === 0 && <div>{say('noAttempts')}</div>}
      <ol className={styles.list}>
        {attempts.map((attempt, index) => (
          <li key={attempt.trackingId} className={styles.item}>
            <span aria-hidden className={styles.dot} style={{ backgroundColor: colorOf(attempt.outcome) }} />
            <Attempt attempt={attempt} open={index === 0} />
          </li>
        ))}
      </ol>
    </Section>
  )
}

function Attempt({ attempt, open }: { readonly attempt: AttemptView; readonly open: boolean }) {
  const styles = useStyles()
  const say = useText(text)
  const { outcome, at, hub, deviceId, registrationId, message, trackingId, remoteAddress, trail = [] } = attempt
  const where = hub === undefined ? undefined : say('onHub', { hub, deviceId: deviceId ?? registrationId })
  const reason = attempt.reason ?? attempt.hubCode
  const heading = useReason()(reason)
  return (
    <>
      <div className={styles.head}>
        <StatusBadge status={attempt.cutOff ? 'cutOff' : outcome} />
        {attempt.hubCode && hub && say('byHub', { hub })}
        <strong>
          <Timestamp at={at} show="both" />
        </strong>
      </div>
      {heading && <strong>{heading}</strong>}
      {message ? (
        <div className={styles.says}>
          <RefusalSays reason={reason} message={message} />
        </div>
      ) : (
        where && <div className={styles.says}>{where}</div>
      )}
      <div className={styles.facts}>
        {[
          say(`transport_${attempt.transport}`),
          attempt.attestation && say(`attestation_${attempt.attestation}`),
          attempt.hubCode === undefined && say('milliseconds', { count: Math.round(attempt.durationMs) }),
          remoteAddress && say('from', { address: remoteAddress }),
          attempt.errorCode && say('errorCodeIs', { code: attempt.errorCode }),
          reason,
        ]
          .filter(Boolean)
          .join(' · ')}
        {' · '}
        {say('trackingId')} <Link href={`/trace/${encodeURIComponent(trackingId)}`}>{trackingId}</Link>
      </div>
      {trail.length > 0 && (
        <details open={open} className={styles.more}>
          <summary className={styles.summary}>{say('stepByStep')}</summary>
          <div className={styles.steps}>
            <Trail trail={trail} />
          </div>
        </details>
      )}
    </>
  )
}
