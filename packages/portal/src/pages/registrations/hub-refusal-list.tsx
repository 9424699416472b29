/** Devices that a hub did not let in, or cut off: why, how often, and the way to the story of the newest. */
import { makeStyles, tokens } from '@fluentui/react-components'
import { useMemo } from 'react'
import { type HubRefusal, useHubRefusals } from '../../api/hub-refusals.ts'
import { wholeList } from '../../api/list.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/i18n.ts'
import { type Column, DataTable } from '../../kit/data-table.tsx'
import { Empty } from '../../kit/empty.tsx'
import { Link } from '../../kit/link.tsx'
import { type ListView, narrowed, useListView } from '../../kit/list-view.ts'
import { useReason } from '../../kit/reasons.ts'
import { RefusalSays } from '../../kit/refusal-says.tsx'
import type { Filter } from '../../kit/table-toolbar.tsx'
import { Timestamp } from '../../kit/timestamp.tsx'
import { text } from './text.ts'

const useStyles = makeStyles({
  intro: { color: tokens.colorNeutralForeground2, maxWidth: '75ch' },
  code: { display: 'block', color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
  last: { display: 'inline-block' },
  text: { overflowWrap: 'anywhere' },
})

const nothing: readonly HubRefusal[] = []

export function HubRefusalList() {
  const styles = useStyles()
  const say = useText(text)
  const read = useHubRefusals()
  const view = useListView({ sort: 'at', order: 'desc' })
  const all = read.data ?? nothing
  const rows = narrowed(all, view.query, {
    search: ({ deviceId, message }) => [deviceId, message],
    sort: { device: ({ deviceId }) => deviceId, times: ({ times }) => times, at: ({ at }) => at },
    filters: { hub: ({ hub }) => hub, reason: ({ hubCode }) => hubCode },
  })
  return (
    <>
      <div className={styles.intro}>{say('hubRefusalsHelp')}</div>
      <DataTable
        label={say('hubRefusals')}
        columns={useColumns()}
        list={wholeList({ ...read, data: rows })}
        rowId={({ hub, deviceId, hubCode }) => JSON.stringify([hub, deviceId, hubCode])}
        rowHref={({ deviceId }) => `/registrations/${encodeURIComponent(deviceId)}`}
        view={view}
        searchLabel={say('searchRefusals')}
        filters={useFilters(all, view.query)}
        empty={<Empty title={say('noHubRefusals')} says={say('noHubRefusalsHelp')} />}
      />
    </>
  )
}

function useColumns(): readonly Column<HubRefusal>[] {
  const styles = useStyles()
  const say = useText(text)
  const format = useFormat()
  return useMemo(
    () => [
      {
        id: 'device',
        header: say('deviceId'),
        sort: 'device',
        width: 'minmax(120px, 1.2fr)',
        cell: ({ deviceId }) => <span className={styles.text}>{deviceId}</span>,
      },
      { id: 'hub', header: say('anyHub'), cell: ({ hub }) => <span className={styles.text}>{hub}</span> },
      { id: 'reason', header: say('reason'), width: 'minmax(150px, 1.3fr)', cell: (row) => <Reason {...row} /> },
      {
        id: 'says',
        header: say('says'),
        width: 'minmax(200px, 3fr)',
        cell: ({ hubCode, message }) => (
          <span className={styles.text}>
            <RefusalSays reason={hubCode} message={message} />
          </span>
        ),
      },
      { id: 'times', header: say('times'), sort: 'times', width: '80px', cell: ({ times }) => format.number(times) },
      { id: 'at', header: say('last'), sort: 'at', width: '130px', cell: (row) => <Last {...row} /> },
    ],
    [say, format, styles],
  )
}

function Reason({ hubCode }: HubRefusal) {
  const styles = useStyles()
  const heading = useReason()(hubCode)
  return (
    <>
      {heading}
      <span className={styles.code}>{hubCode}</span>
    </>
  )
}

function Last({ at, deviceId, trackingId }: HubRefusal) {
  const styles = useStyles()
  const say = useText(text)
  return (
    <Link className={styles.last} href={`/trace/${encodeURIComponent(trackingId)}`}>
      <span className="visually-hidden">{say('storyOf', { id: deviceId })} </span>
      <Timestamp at={at} show="relative" />
    </Link>
  )
}

function useFilters(all: readonly HubRefusal[], query: ListView['query']): readonly Filter[] {
  const say = useText(text)
  const headingOf = useReason()
  // an address may name one that has refused nobody
  const once = (asked: string | undefined, of: (row: HubRefusal) => string) =>
    [...new Set([...(asked ? [asked] : []), ...all.map(of)])].sort()
  return [
    {
      id: 'hub',
      label: say('anyHub'),
      help: say('anyHubHelp'),
      options: once(query.hub, ({ hub }) => hub).map((value) => ({ value, label: value })),
    },
    {
      id: 'reason',
      label: say('reason'),
      help: say('reasonHelp'),
      options: once(query.reason, ({ hubCode }) => hubCode).map((value) => ({
        value,
        label: headingOf(value) ?? value,
      })),
    },
  ]
}
