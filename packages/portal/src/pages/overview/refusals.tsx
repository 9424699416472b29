/**
 * Why devices did not get in, when they registered or at their hub: by reason, the most frequent first, with the newest
 * sentence, which names the remedy.
 */
import { makeStyles, tokens } from '@fluentui/react-components'
import type { Refusal } from '../../api/overview.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/i18n.ts'
import { Link } from '../../kit/link.tsx'
import { useReason } from '../../kit/reasons.ts'
import { RefusalSays } from '../../kit/refusal-says.tsx'
import { Section } from '../../kit/section.tsx'
import { SmallTable } from '../../kit/small-table.tsx'
import { hubRefusalsHref } from '../../kit/things.ts'
import { Timestamp } from '../../kit/timestamp.tsx'
import { text } from './text.ts'

const useStyles = makeStyles({
  reason: {
    display: 'block',
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    whiteSpace: 'nowrap',
  },
  quiet: { color: tokens.colorNeutralForeground2 },
})

interface RefusalsOrder {
  readonly refusals: readonly Refusal[]
  readonly sinceUtc: string
}

export function Refusals(order: RefusalsOrder) {
  const say = useText(text)
  return (
    <Section title={say('refusals')}>
      <ByReason {...order} label={say('refusals')} none={say('noRefusals')} />
    </Section>
  )
}

export function HubRefusals(order: RefusalsOrder) {
  const say = useText(text)
  return (
    <Section title={say('hubRefusals')} actions={<Link href={hubRefusalsHref()}>{say('whichDevices')}</Link>}>
      <ByReason {...order} label={say('hubRefusals')} none={say('noHubRefusals')} />
    </Section>
  )
}

interface ByReasonOrder extends RefusalsOrder {
  readonly label: string
  readonly none: string
}

function ByReason({ refusals, sinceUtc, label, none }: ByReasonOrder) {
  const styles = useStyles()
  const say = useText(text)
  const format = useFormat()
  const headingOf = useReason()
  return (
    <>
      {refusals.length === 0 ? (
        <div>{none}</div>
      ) : (
        <SmallTable
          label={label}
          headers={[say('reason'), say('count'), say('lastAt'), say('message')]}
          rows={refusals.map(({ reason, count, lastAt, message }) => ({
            id: reason,
            cells: [
              <span key="reason">
                <strong>{headingOf(reason)}</strong>
                <span className={styles.reason}>{reason}</span>
              </span>,
              format.number(count),
              <Timestamp key="at" at={lastAt} show="relative" />,
              <RefusalSays key="says" reason={reason} message={message} />,
            ],
          }))}
        />
      )}
      <div className={styles.quiet}>{say('since', { at: format.instant(sinceUtc) })}</div>
    </>
  )
}
