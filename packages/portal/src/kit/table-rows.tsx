/** The rows in sight of a table, and how they are walked by keyboard. */
import { Button, Checkbox, makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { ArrowSortDownRegular, ArrowSortUpRegular } from '@fluentui/react-icons'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import type { CursorList } from '../api/list.ts'
import { useText } from '../i18n/i18n.ts'
import type { Column, DataTableOrder } from './data-table.tsx'
import { Link } from './link.tsx'
import { useNarrow } from './narrow.ts'
import { text } from './text.ts'

const rowPx = 44
const cardPx = 150
/** The highest element that all browsers draw; Firefox stops at 17.8 million. */
const mostPx = 16_000_000
/** Rows are read before they are in sight. */
const ahead = 30

const useStyles = makeStyles({
  scroll: { overflow: 'auto', maxHeight: 'max(320px, calc(100dvh - 290px))', position: 'relative' },
  heads: { position: 'sticky', top: 0, zIndex: 1 },
  head: {
    display: 'grid',
    alignItems: 'center',
    minHeight: '40px',
    padding: '0 12px',
    columnGap: '12px',
    backgroundColor: tokens.colorNeutralBackground1,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    fontWeight: tokens.fontWeightSemibold,
  },
  body: { position: 'relative', minWidth: 'fit-content' },
  row: {
    position: 'absolute',
    top: 0,
    left: 0,
    right: 0,
    boxSizing: 'border-box',
    display: 'grid',
    alignItems: 'center',
    minHeight: `${rowPx}px`,
    padding: '4px 12px',
    columnGap: '12px',
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  selected: {
    backgroundColor: tokens.colorBrandBackground2,
    ':hover': { backgroundColor: tokens.colorBrandBackground2Hover },
  },
  unread: { gridColumn: '1 / -1', color: tokens.colorNeutralForeground2 },
  card: { rowGap: '4px', padding: '12px' },
  cell: { minWidth: 0 },
  name: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, marginRight: '8px' },
  sort: {
    border: 'none',
    padding: 0,
    minWidth: 0,
    justifyContent: 'flex-start',
    textAlign: 'left',
    fontWeight: tokens.fontWeightSemibold,
  },
})

interface Table<Row> {
  getRowModel(): { readonly rows: readonly TableItem<Row>[] }
  getIsAllRowsSelected(): boolean
  getIsSomeRowsSelected(): boolean
  toggleAllRowsSelected(value?: boolean): void
}
interface TableItem<Row> {
  readonly id: string
  readonly original: Row
  getIsSelected(): boolean
  toggleSelected(value?: boolean): void
}
type Order<Row> = DataTableOrder<Row> & { readonly table: Table<Row> }

export function TableRows<Row>(order: Order<Row>) {
  const { label, columns, list, table, view, rowHref, selectionActions } = order
  const styles = useStyles()
  const say = useText(text)
  const narrow = useNarrow()
  const [, navigate] = useLocation()
  const scroll = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState(0)
  const items = table.getRowModel().rows
  const ticks = selectionActions !== undefined
  const eachPx = narrow ? cardPx : rowPx
  const { count, gap } = placesOf(list, mostPx / eachPx)
  const itemAt = (index: number) => items[index < gap.from ? index : index - (gap.to - gap.from)]
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroll.current,
    estimateSize: () => eachPx,
    overscan: 8,
  })
  const shown = virtual.getVirtualItems()
  const from = shown[0]?.index ?? 0
  const to = (shown.at(-1)?.index ?? -1) + 1
  useEffect(() => {
    if (!list.hasMore || to + ahead < gap.from || from - ahead >= gap.to) return
    // from whichever side is nearer
    if (to - gap.from <= gap.to - from) list.loadMore()
    else list.loadLast()
  }, [from, to, gap.from, gap.to, list])

  // another search or order is another list: it is read from its beginning
  const asked = JSON.stringify(view?.query)
  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever else changes leaves the place as it is
  useEffect(() => {
    scroll.current?.scrollTo({ top: 0 })
    setActive(0)
  }, [asked])

  const focusRow = (index: number) => {
    const next = Math.max(0, Math.min(count - 1, index))
    setActive(next)
    virtual.scrollToIndex(next)
    requestAnimationFrame(() =>
      scroll.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus({ preventScroll: true }),
    )
  }
  const onKeyDown = (event: KeyboardEvent, item: TableItem<Row> | undefined, index: number) => {
    if (event.target !== event.currentTarget) return
    const act = keys[event.key]
    if (event.key === 'Enter' && rowHref && item) navigate(rowHref(item.original))
    else if (event.key === ' ' && ticks && item) item.toggleSelected()
    else if (act) focusRow(act(index, count))
    else return
    event.preventDefault()
  }
  const template = trackOf(columns, ticks, narrow)
  return (
    <div ref={scroll} className={styles.scroll}>
      <div
        role="grid"
        aria-label={label}
        aria-rowcount={rowCountOf(list, items.length)}
        aria-colcount={columns.length + Number(ticks)}
        aria-multiselectable={ticks || undefined}
      >
        <Head {...order} template={template} narrow={narrow} />
        <div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize() }}>
          {shown.map(({ index, start }) => {
            const item = index >= gap.from && index < gap.to ? undefined : itemAt(index)
            const isActive = index === Math.min(active, count - 1)
            const selected = item?.getIsSelected() ?? false
            return (
              <div
                // the place, not who is there: the focus stays on a row that is only now read
                key={index}
                ref={virtual.measureElement}
                data-index={index}
                role="row"
                aria-rowindex={index + 2}
                aria-selected={ticks ? selected : undefined}
                aria-busy={item ? undefined : true}
                tabIndex={isActive ? 0 : -1}
                className={mergeClasses(styles.row, narrow && styles.card, selected && styles.selected)}
                style={{ transform: `translateY(${start}px)`, gridTemplateColumns: template }}
                onKeyDown={(event) => onKeyDown(event, item, index)}
                onFocus={() => setActive(index)}
              >
                {item ? (
                  <Cells {...order} item={item} isActive={isActive} narrow={narrow} ticks={ticks} />
                ) : (
                  <div role="gridcell" className={styles.unread} aria-colspan={columns.length + Number(ticks)}>
                    {say('reading', { what: label })}
                  </div>
                )}
              </div>
            )
          })}
        </div>
      </div>
    </div>
  )
}

/** How many rows there is room for, and which of them are not read yet. */
function placesOf({ rows, lastRows, total, totalIsExact, hasMore }: CursorList<unknown>, most: number) {
  const loaded = rows.length
  // where nobody knows how many there are, or there are too many to scroll through, only the loaded ones have a place
  const whole = hasMore && totalIsExact && total !== undefined && total <= most
  const count = whole ? Math.max(total, loaded) : loaded
  const from = loaded - lastRows
  return { count, gap: { from, to: hasMore ? count - lastRows : from } }
}

/** With the heading; -1: nobody knows (WAI-ARIA 1.2). */
function rowCountOf({ hasMore, total, totalIsExact }: CursorList<unknown>, loaded: number): number {
  if (!hasMore) return loaded + 1
  return total === undefined || !totalIsExact ? -1 : total + 1
}

const pageRows = 10
const keys: Readonly<Record<string, (index: number, count: number) => number>> = {
  ArrowDown: (index) => index + 1,
  ArrowUp: (index) => index - 1,
  PageDown: (index) => index + pageRows,
  PageUp: (index) => index - pageRows,
  Home: () => 0,
  End: (_, count) => count - 1,
}

function trackOf(columns: readonly Column<never>[], ticks: boolean, narrow: boolean): string {
  const tick = ticks ? '32px ' : ''
  return narrow ? `${tick}minmax(0, 1fr)` : tick + columns.map(({ width }) => width ?? 'minmax(110px, 1fr)').join(' ')
}

function Head<Row>({
  columns,
  view,
  table,
  template,
  narrow,
  selectionActions,
}: Order<Row> & { readonly template: string; readonly narrow: boolean }) {
  const styles = useStyles()
  const say = useText(text)
  const all = table.getIsAllRowsSelected()
  const shown = narrow ? columns.slice(0, 1) : columns
  return (
    <div role="rowgroup" className={styles.heads}>
      <div role="row" aria-rowindex={1} className={styles.head} style={{ gridTemplateColumns: template }}>
        {selectionActions && (
          <div role="columnheader">
            <Checkbox
              aria-label={say('selectAll')}
              checked={all ? true : table.getIsSomeRowsSelected() ? 'mixed' : false}
              onChange={() => table.toggleAllRowsSelected(!all)}
            />
          </div>
        )}
        {shown.map((column) => {
          const sorted = column.sort !== undefined && view?.query.sort === column.sort
          const descending = view?.query.order === 'desc'
          return (
            <div
              key={column.id}
              role="columnheader"
              aria-sort={sorted ? (descending ? 'descending' : 'ascending') : undefined}
              className={styles.cell}
            >
              {column.sort !== undefined && view ? (
                <Button
                  appearance="transparent"
                  className={styles.sort}
                  iconPosition="after"
                  icon={sorted ? descending ? <ArrowSortDownRegular /> : <ArrowSortUpRegular /> : undefined}
                  onClick={() => view.change({ sort: column.sort, order: sorted && !descending ? 'desc' : 'asc' })}
                >
                  {column.header}
                </Button>
              ) : (
                column.header
              )}
            </div>
          )
        })}
        {narrow &&
          columns.slice(1).map((column) => (
            <span key={column.id} role="columnheader" className="visually-hidden">
              {column.header}
            </span>
          ))}
      </div>
    </div>
  )
}

interface CellsOrder<Row> extends Order<Row> {
  readonly item: TableItem<Row>
  readonly isActive: boolean
  readonly narrow: boolean
  readonly ticks: boolean
}

function Cells<Row>({ columns, item, isActive, narrow, ticks, rowHref, rowId }: CellsOrder<Row>) {
  const styles = useStyles()
  const say = useText(text)
  const row = item.original
  // Tab goes into the row that has the focus, not through all of them
  const tabIndex = isActive ? 0 : -1
  const first = (content: ReactNode) =>
    rowHref ? (
      <Link href={rowHref(row)} tabIndex={tabIndex}>
        {content}
      </Link>
    ) : (
      content
    )
  return (
    <>
      {ticks && (
        <div role="gridcell" style={narrow ? { gridRow: `1 / span ${columns.length}`, alignSelf: 'start' } : undefined}>
          <Checkbox
            aria-label={say('selectRow', { row: rowId(row) })}
            checked={item.getIsSelected()}
            tabIndex={tabIndex}
            onChange={() => item.toggleSelected()}
          />
        </div>
      )}
      {columns.map((column, index) => (
        <div
          key={column.id}
          role="gridcell"
          className={styles.cell}
          style={narrow ? { gridColumn: ticks ? 2 : 1 } : undefined}
        >
          {narrow && index > 0 && <span className={styles.name}>{column.header}</span>}
          {index === 0 ? first(column.cell(row)) : column.cell(row)}
        </div>
      ))}
    </>
  )
}
