/** Above a table: search, filters, how many there are, and what to do with the ticked ones. */
import { Button, makeStyles, SearchBox, Select, Text, tokens } from '@fluentui/react-components'
import { ArrowClockwiseRegular } from '@fluentui/react-icons'
import { type ReactNode, useEffect, useState } from 'react'
import type { CursorList } from '../api/list.ts'
import { useFormat } from '../i18n/format.ts'
import { useText } from '../i18n/i18n.ts'
import { useFilterHelp } from './filter-help.tsx'
import type { ListView } from './list-view.ts'
import { text } from './text.ts'
import { TypedFilter } from './typed-filter.tsx'

export interface Filter {
  /** The member of the query. */
  readonly id: string
  readonly label: string
  readonly help: string
  readonly options: readonly { readonly value: string; readonly label: string }[]
  /** There are too many to choose among: one is typed, and `options` are what fits it so far. */
  readonly onType?: (typed: string) => void
}

const useStyles = makeStyles({
  bar: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px', padding: '12px' },
  // a width that does not depend on what it holds: while it has the focus it has more, and the list would move under a click
  search: { flexGrow: 1, flexBasis: '180px', minWidth: '180px', maxWidth: '360px' },
  count: { color: tokens.colorNeutralForeground2, marginLeft: 'auto' },
  second: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: '8px',
    padding: '6px 12px',
    backgroundColor: tokens.colorNeutralBackground3,
  },
})

interface ToolbarOrder {
  readonly label: string
  readonly list: CursorList<unknown>
  readonly view?: ListView
  readonly searchLabel?: string
  readonly filters?: readonly Filter[]
  readonly actions?: ReactNode
  readonly selected: number
  readonly clear: () => void
  readonly selectionButtons?: ReactNode
}

export function TableToolbar(order: ToolbarOrder) {
  const styles = useStyles()
  const say = useText(text)
  const { list, view, filters = [], selected } = order
  const explained = useFilterHelp(view ? filters : [])
  return (
    <>
      <div className={styles.bar}>
        {view && <Search view={view} label={order.searchLabel ?? say('search')} className={styles.search} />}
        {view &&
          filters.map((filter) =>
            filter.onType ? (
              <TypedFilter key={filter.id} {...filter} onType={filter.onType} view={view} />
            ) : (
              <FilterBox key={filter.id} filter={filter} view={view} />
            ),
          )}
        {explained.button}
        {order.actions}
        <Button
          appearance="subtle"
          icon={<ArrowClockwiseRegular />}
          aria-label={say('refresh')}
          title={say('refresh')}
          onClick={list.refresh}
        />
        <Count list={list} />
      </div>
      {explained.help}
      {list.outdated && (
        <div className={styles.second} role="status">
          <Text>{say('outdated')}</Text>
          <Button size="small" onClick={list.refresh}>
            {say('refresh')}
          </Button>
        </div>
      )}
      {selected > 0 && (
        <div className={styles.second}>
          <Text role="status">{say('selected', { count: selected })}</Text>
          {order.selectionButtons}
          <Button size="small" appearance="subtle" onClick={order.clear}>
            {say('clearSelection')}
          </Button>
        </div>
      )}
    </>
  )
}

function Count({ list: { rows, total, totalIsExact, waiting } }: { readonly list: CursorList<unknown> }) {
  const styles = useStyles()
  const say = useText(text)
  const { number } = useFormat()
  const told =
    total === undefined || total <= rows.length
      ? say('total', { count: rows.length, shown: number(rows.length) })
      : say('loadedOf', { loaded: number(rows.length), total: `${totalIsExact ? '' : '≥ '}${number(total)}` })
  return (
    <Text className={styles.count} role="status">
      {waiting ? '' : told}
    </Text>
  )
}

/** Typing is one search, not one a letter. */
const typingMs = 250

function Search({
  view,
  label,
  className,
}: {
  readonly view: ListView
  readonly label: string
  readonly className: string
}) {
  const asked = view.query.search ?? ''
  const [typed, setTyped] = useState(asked)
  useEffect(() => setTyped(asked), [asked])
  useEffect(() => {
    if (typed === asked) return
    const timer = setTimeout(() => view.change({ search: typed }), typingMs)
    return () => clearTimeout(timer)
  }, [typed, asked, view])
  return (
    <SearchBox
      className={className}
      aria-label={label}
      placeholder={label}
      value={typed}
      onChange={(_, { value }) => setTyped(value)}
    />
  )
}

function FilterBox({ filter: { id, label, options }, view }: { readonly filter: Filter; readonly view: ListView }) {
  const say = useText(text)
  return (
    <Select aria-label={label} value={view.query[id] ?? ''} onChange={(_, { value }) => view.change({ [id]: value })}>
      <option value="">{say('filterAll', { label })}</option>
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </Select>
  )
}
