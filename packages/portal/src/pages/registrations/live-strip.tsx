/** "Just now": who tries to register this very moment or is refused by its hub, and what comes of it. */
import { Button, makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { PauseRegular, PlayRegular } from '@fluentui/react-icons'
import type { AttemptView } from '../../api/attempts.ts'
import { useLiveState } from '../../api/live.ts'
import { useText } from '../../i18n/i18n.ts'
import { Link } from '../../kit/link.tsx'
import { LiveDot } from '../../kit/live-dot.tsx'
import { Said, useDutchHeading } from '../../kit/refusal-says.tsx'
import { Section } from '../../kit/section.tsx'
import { StatusBadge } from '../../kit/status-badge.tsx'
import { Timestamp } from '../../kit/timestamp.tsx'
import { useLiveAttempts } from './live-attempts.ts'
import { colorOf } from './outcome-color.ts'
import { text } from './text.ts'

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '6px' },
  row: {
    display: 'grid',
    gridTemplateColumns: '104px minmax(140px, 1.2fr) minmax(160px, 3fr) 190px',
    alignItems: 'center',
    gap: '4px 12px',
    padding: '6px 10px',
    borderLeft: '4px solid transparent',
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground2,
    animationName: {
      from: { opacity: 0, transform: 'translateY(-8px)' },
      to: { opacity: 1, transform: 'none' },
    },
    animationDuration: '250ms',
    '@media (prefers-reduced-motion: reduce)': { animationName: 'none' },
    '@media (max-width: 760px)': { gridTemplateColumns: 'auto minmax(0, 1fr)' },
  },
  outcome: { justifySelf: 'start' },
  why: {
    color: tokens.colorNeutralForeground2,
    display: '-webkit-box',
    WebkitBoxOrient: 'vertical',
    WebkitLineClamp: 2,
    overflow: 'hidden',
    '@media (max-width: 760px)': { gridColumn: '1 / -1' },
  },
  facts: {
    color: tokens.colorNeutralForeground2,
    fontSize: tokens.fontSizeBase200,
    textAlign: 'right',
    '@media (max-width: 760px)': { gridColumn: '1 / -1', textAlign: 'left' },
  },
  quiet: { color: tokens.colorNeutralForeground2 },
})

export function LiveStrip() {
  const styles = useStyles()
  const say = useText(text)
  const { shown, heldCount, paused, waiting, pause } = useLiveAttempts()
  return (
    <Section title={say('justNow')} actions={<Tools paused={paused} heldCount={heldCount} onPause={pause} />}>
      {shown.length === 0 && !waiting && <div className={styles.quiet}>{say('quiet')}</div>}
      <ol className={styles.list} aria-label={say('justNow')}>
        {shown.map((attempt) => (
          <Row key={attempt.trackingId} attempt={attempt} />
        ))}
      </ol>
    </Section>
  )
}

interface ToolsOrder {
  readonly paused: boolean
  readonly heldCount: number
  readonly onPause: (paused: boolean) => void
}

function Tools({ paused, heldCount, onPause }: ToolsOrder) {
  const say = useText(text)
  const connection = useLiveState()
  const state = connection !== 'live' ? 'lost' : paused ? 'paused' : 'live'
  const label = connection === 'connecting' ? say('connecting') : say(state)
  return (
    <>
      <LiveDot state={connection === 'connecting' ? 'paused' : state} label={label} />
      <Button
        size="small"
        icon={paused ? <PlayRegular /> : <PauseRegular />}
        aria-pressed={paused}
        onClick={() => onPause(!paused)}
      >
        {paused ? (heldCount > 0 ? say('resumeWith', { count: heldCount }) : say('resume')) : say('pause')}
      </Button>
    </>
  )
}

function Row({ attempt }: { readonly attempt: AttemptView }) {
  const styles = useStyles()
  const say = useText(text)
  const { registrationId, outcome, message, hub, deviceId, transport, durationMs, at, trackingId, hubCode } = attempt
  const reason = attempt.reason ?? hubCode
  const heading = useDutchHeading(reason)
  const became = hub === undefined ? '' : say('onHub', { hub, deviceId: deviceId ?? registrationId })
  return (
    <li className={mergeClasses(styles.row)} style={{ borderLeftColor: colorOf(outcome) }}>
      <span className={styles.outcome}>
        <StatusBadge status={attempt.cutOff ? 'cutOff' : outcome} />
      </span>
      <Link href={`/registrations/${encodeURIComponent(registrationId)}`}>{registrationId}</Link>
      <span className={styles.why} title={message}>
        {heading && <strong>{heading}. </strong>}
        {message ? <Said>{message}</Said> : (reason ?? became)}
      </span>
      <span className={styles.facts}>
        {say(`transport_${transport}`)},{' '}
        {hubCode === undefined ? say('milliseconds', { count: Math.round(durationMs) }) : say('atTheHub')},{' '}
        <Link href={`/trace/${encodeURIComponent(trackingId)}`}>
          <span className="visually-hidden">{say('storyOf', { id: registrationId })} </span>
          <Timestamp at={at} show="relative" />
        </Link>
      </span>
    </li>
  )
}
