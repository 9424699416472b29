/** The same for each of some ticked rows, once it was asked. */
import type { ReactNode } from 'react'
import { useText } from '../i18n/i18n.ts'
import { each } from './each.ts'
import { Names } from './names.tsx'
import { text } from './text.ts'
import { WorkDialog } from './work-dialog.tsx'

/** What a table's button for ticked rows was pressed for. */
export interface Ticked<Row> {
  readonly rows: readonly Row[]
  readonly clear: () => void
}

export interface EachDialogOrder<Row> {
  readonly ticked: Ticked<Row>
  readonly title: string
  readonly confirm: string
  /** What will happen to those that are named above it. */
  readonly children: ReactNode
  readonly nameOf: (row: Row) => string
  readonly act: (row: Row) => Promise<unknown>
  /** Of so many. */
  readonly done: (count: number) => string
  /** One after the other, because they are members of one thing. */
  readonly inTurn?: boolean
  /** Something was done. */
  readonly onDone: () => unknown
  readonly onClose: () => void
}

export function EachDialog<Row>(order: EachDialogOrder<Row>) {
  const { ticked, title, confirm, children, nameOf, act, done, inTurn = false, onDone, onClose } = order
  const say = useText(text)
  const { rows, clear } = ticked
  const total = rows.length
  return (
    <WorkDialog
      title={title}
      confirm={confirm}
      onDone={() => {
        clear()
        onDone()
      }}
      onClose={onClose}
      run={async (tell) => {
        const failures = await each({
          items: rows,
          nameOf,
          act,
          tell: (count) => tell({ says: say('working'), done: count, total }),
          ...(inTurn && { atOnce: 1 }),
        })
        return { says: done(total - failures.length), failures }
      }}
    >
      <Names names={rows.map(nameOf)} />
      {children}
    </WorkDialog>
  )
}
