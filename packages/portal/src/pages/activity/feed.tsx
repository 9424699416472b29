/** The entries of the log, the newest first, a heading for each day. */
import { Button, makeStyles, tokens } from '@fluentui/react-components'
import type { AuditEntry } from '../../api/audit.ts'
import type { CursorList } from '../../api/list.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/i18n.ts'
import { Section } from '../../kit/section.tsx'
import { Entry } from './entry.tsx'
import { text } from './text.ts'

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0 },
  outdated: {
    display: 'flex',
    alignItems: 'center',
    flexWrap: 'wrap',
    gap: '8px',
    padding: '8px 12px',
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground3,
  },
  more: { alignSelf: 'center' },
})

interface FeedOrder {
  readonly list: CursorList<AuditEntry>
  readonly openFirst: boolean
}

export function Feed({ list, openFirst }: FeedOrder) {
  const styles = useStyles()
  const say = useText(text)
  const format = useFormat()
  const first = list.rows[0]?.number
  return (
    <>
      {list.outdated && (
        <div className={styles.outdated} role="status">
          {say('outdated')}
          <Button size="small" onClick={list.refresh}>
            {say('refresh')}
          </Button>
        </div>
      )}
      {byDay(list.rows, format.date).map(({ day, entries }) => (
        <Section key={day} title={day}>
          <ol className={styles.list}>
            {entries.map((entry) => (
              <Entry key={entry.number} entry={entry} startsOpen={openFirst && entry.number === first} />
            ))}
          </ol>
        </Section>
      ))}
      {list.hasMore && (
        <Button className={styles.more} disabled={list.loadingMore} onClick={list.loadMore}>
          {say(list.loadingMore ? 'readingMore' : 'more')}
        </Button>
      )}
    </>
  )
}

function byDay(entries: readonly AuditEntry[], dayOf: (iso: string) => string) {
  const days = new Map<string, AuditEntry[]>()
  for (const entry of entries) {
    const day = dayOf(entry.at)
    const there = days.get(day)
    if (there) there.push(entry)
    else days.set(day, [entry])
  }
  return [...days].map(([day, of]) => ({ day, entries: of }))
}
