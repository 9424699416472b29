/** A table whose ticked rows can be deleted, once it was asked. The dialog outlives the ticks, to tell what was refused. */
import { Button } from '@fluentui/react-components'
import { DeleteRegular } from '@fluentui/react-icons'
import { type ReactNode, useState } from 'react'
import { useText } from '../i18n/i18n.ts'
import { DataTable, type DataTableOrder } from './data-table.tsx'
import type { Ticked } from './each-dialog.tsx'
import { text } from './text.ts'

export interface DeletableOrder<Row> extends Omit<DataTableOrder<Row>, 'selectionActions'> {
  readonly mayDelete: boolean
  readonly dialog: (ticked: Ticked<Row>, close: () => void) => ReactNode
}

export function DeletableTable<Row extends object>({ mayDelete, dialog, ...table }: DeletableOrder<Row>) {
  const say = useText(text)
  const [doomed, setDoomed] = useState<Ticked<Row>>()
  const button = (rows: readonly Row[], clear: () => void) => (
    <Button size="small" icon={<DeleteRegular />} onClick={() => setDoomed({ rows, clear })}>
      {say('delete')}
    </Button>
  )
  return (
    <>
      <DataTable {...table} selectionActions={mayDelete ? button : undefined} />
      {doomed && dialog(doomed, () => setDoomed(undefined))}
    </>
  )
}
