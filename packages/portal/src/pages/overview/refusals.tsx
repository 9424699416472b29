/** Why devices did not get in: by reason, the most frequent first, with the newest sentence, which names the remedy. */
import { makeStyles, tokens } from '@fluentui/react-components'
import type { Refusal } from '../../api/overview.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/i18n.ts'
import { useReason } from '../../kit/reasons.ts'
import { RefusalSays } from '../../kit/refusal-says.tsx'
import { Section } from '../../kit/section.tsx'
import { SmallTable } from '../../kit/small-table.tsx'
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

export function Refusals({ refusals, sinceUtc }: { readonly refusals: readonly Refusal[]; readonly sinceUtc: string }) {
  const styles = useStyles()
  const say = useText(text)
  const format = useFormat()
  const headingOf = useReason()
  return (
    <Section title={say('refusals')}>
      {refusals.length === 0 ? (
        <div>{say('noRefusals')}</div>
      ) : (
        <SmallTable
          label={say('refusals')}
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
    </Section>
  )
}
