/** The first page: what to copy, how much there is, what goes on, and what needs somebody. */
import { MessageBar, MessageBarBody, makeStyles } from '@fluentui/react-components'
import { useInstance } from '../../api/instance.ts'
import { useOverview } from '../../api/overview.ts'
import { useText } from '../../i18n/i18n.ts'
import { Page as Frame } from '../../kit/page.tsx'
import { ProblemBar } from '../../kit/problem-bar.tsx'
import { Waiting } from '../../kit/waiting.tsx'
import { Counts } from './counts.tsx'
import { Essentials } from './essentials.tsx'
import { ExpiringCertificates } from './expiring.tsx'
import { PerMinute } from './per-minute.tsx'
import { HubRefusals, Refusals } from './refusals.tsx'
import { text } from './text.ts'

const useStyles = makeStyles({
  columns: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 2fr) minmax(0, 1fr)',
    '@media (max-width: 1100px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
    gap: '16px',
    alignItems: 'start',
  },
  column: { display: 'flex', flexDirection: 'column', gap: '16px', minWidth: 0 },
})

export function Page() {
  const styles = useStyles()
  const say = useText(text)
  const instance = useInstance()
  const overview = useOverview()
  const problem = overview.error ?? instance.error
  const { data } = overview
  return (
    <Frame title={say('title')}>
      {problem && <ProblemBar problem={problem} onRetry={() => void overview.refetch()} />}
      {data && !data.storage.writable && (
        <MessageBar intent="error" layout="multiline" role="alert">
          <MessageBarBody>{say('notWritable', { why: data.storage.why ?? '?' })}</MessageBarBody>
        </MessageBar>
      )}
      {instance.data && <Essentials instance={instance.data} />}
      {!data && !problem && <Waiting for={say('reading')} />}
      {data && (
        <>
          <Counts counts={data.counts} />
          <PerMinute minutes={data.perMinute} />
          <div className={styles.columns}>
            <div className={styles.column}>
              <Refusals refusals={data.refusals} sinceUtc={data.sinceUtc} />
              <HubRefusals refusals={data.hubRefusals} sinceUtc={data.sinceUtc} />
            </div>
            <ExpiringCertificates expiring={data.expiring} />
          </div>
        </>
      )}
    </Frame>
  )
}
