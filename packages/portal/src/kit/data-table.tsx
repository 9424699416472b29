/**
 * A list of any length: the service searches, sorts and pages; here are only the rows in sight. Rows are walked with the
 * arrow keys, opened with Enter, ticked with the space bar. Where it is narrow, each row is a card.
 */
import { Button, makeStyles, tokens } from '@fluentui/react-components'
import { type RowSelectionState, rowSelectionFeature, tableFeatures, useTable } from '@tanstack/react-table'
import { type ReactNode, useMemo, useState } from 'react'
import type { CursorList } from '../api/list.ts'
import { useText } from '../i18n/i18n.ts'
import { Empty } from './empty.tsx'
import type { ListView } from './list-view.ts'
import { ProblemBar } from './problem-bar.tsx'
import { TableRows } from './table-rows.tsx'
import { type Filter, TableToolbar } from './table-toolbar.tsx'
import { text } from './text.ts'
import { Waiting } from './waiting.tsx'

export interface Column<Row> {
  readonly id: string
  readonly header: string
  readonly cell: (row: Row) => ReactNode
  /** The word by which the list is sorted by this column; absent: it cannot be. */
  readonly sort?: string
  /** A CSS grid track; absent: an equal share. */
  readonly width?: string
}

export interface DataTableOrder<Row> {
  /** What is listed, in the plural: `Enrollment groups`. */
  readonly label: string
  /** The first one names the row. Keep the array stable (useMemo). */
  readonly columns: readonly Column<Row>[]
  readonly list: CursorList<Row>
  readonly rowId: (row: Row) => string
  /** Where a row leads to, below /portal. */
  readonly rowHref?: (row: Row) => string
  /** Absent: neither search nor sorting. */
  readonly view?: ListView
  readonly searchLabel?: string
  readonly filters?: readonly Filter[]
  /** Buttons for ticked rows; absent: rows cannot be ticked. `clear` after they are gone. */
  readonly selectionActions?: (selected: readonly Row[], clear: () => void) => ReactNode
  /** Further buttons of the toolbar. */
  readonly actions?: ReactNode
  /** Shown where the list holds nothing at all. */
  readonly empty: ReactNode
}

const features = tableFeatures({ rowSelectionFeature })
const noSelection: RowSelectionState = {}

const useStyles = makeStyles({
  box: {
    display: 'flex',
    flexDirection: 'column',
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusLarge,
    minWidth: 0,
  },
})

export function DataTable<Row extends object>(order: DataTableOrder<Row>) {
  const styles = useStyles()
  const { list, view, columns, rowId, selectionActions } = order
  const queryText = JSON.stringify(view?.query)
  const [{ of, state }, setSelection] = useState({ of: queryText, state: noSelection })
  // another search is another list: what was ticked before is not meant any more
  const rowSelection = of === queryText ? state : noSelection
  const table = useTable({
    features,
    columns: useMemo(() => columns.map(({ id }) => ({ id })), [columns]),
    data: list.rows,
    getRowId: rowId,
    enableRowSelection: selectionActions !== undefined,
    state: { rowSelection },
    onRowSelectionChange: (next) =>
      setSelection({ of: queryText, state: typeof next === 'function' ? next(rowSelection) : next }),
  })
  const selected = list.rows.filter((row) => rowSelection[rowId(row)])
  const clear = () => setSelection({ of: queryText, state: noSelection })
  return (
    <div className={styles.box}>
      <TableToolbar
        {...order}
        selected={selected.length}
        clear={clear}
        selectionButtons={selected.length > 0 && selectionActions?.(selected, clear)}
      />
      {list.problem && <ProblemBar problem={list.problem} onRetry={list.refresh} />}
      {list.rows.length > 0 ? <TableRows {...order} table={table} /> : <Nothing {...order} />}
    </div>
  )
}

function Nothing<Row>({ label, list, view, filters = [], empty }: DataTableOrder<Row>) {
  const say = useText(text)
  if (list.waiting) return <Waiting for={say('reading', { what: label })} />
  if (list.problem) return null
  const asked = ['search', ...filters.map(({ id }) => id)].filter((id) => view?.query[id])
  if (asked.length === 0) return <>{empty}</>
  const forget = () => view?.change(Object.fromEntries(asked.map((id) => [id, undefined])))
  return (
    <Empty
      title={say('nothingFound')}
      says={say('nothingFoundHelp')}
      action={<Button onClick={forget}>{say('clearFilters')}</Button>}
    />
  )
}
