/** The devices that came in by a group. */
import { Button } from '@fluentui/react-components'
import { DeleteRegular } from '@fluentui/react-icons'
import { useMemo, useState } from 'react'
import { type RegistrationView, useRegistrations } from '../../../api/registrations.ts'
import { useMay } from '../../../api/session.ts'
import { useText } from '../../../i18n/i18n.ts'
import { type Column, DataTable } from '../../../kit/data-table.tsx'
import { Empty } from '../../../kit/empty.tsx'
import { useListView } from '../../../kit/list-view.ts'
import { StatusBadge } from '../../../kit/status-badge.tsx'
import { Timestamp } from '../../../kit/timestamp.tsx'
import { DeleteRecordsDialog } from '../deleting/delete-records-dialog.tsx'
import { text as common } from '../text.ts'
import { text } from './text.ts'

interface Chosen {
  readonly rows: readonly RegistrationView[]
  readonly clear: () => void
}

export function Records({ group }: { readonly group: string }) {
  const say = useText(text)
  const sayCommon = useText(common)
  const view = useListView()
  const list = useRegistrations({ ...view.query, group })
  const columns = useColumns()
  const mayDelete = useMay('RegistrationStatusWrite')
  const [doomed, setDoomed] = useState<Chosen>()
  return (
    <>
      <DataTable
        label={say('records')}
        columns={columns}
        list={list}
        rowId={({ registrationId }) => registrationId}
        rowHref={({ registrationId }) => `/registrations/${encodeURIComponent(registrationId)}`}
        view={view}
        searchLabel={say('searchRecords')}
        filters={[
          {
            id: 'status',
            label: say('status'),
            help: say('statusFilterHelp'),
            options: states.map((value) => ({ value, label: say(value) })),
          },
        ]}
        selectionActions={
          mayDelete
            ? (rows, clear) => (
                <Button size="small" icon={<DeleteRegular />} onClick={() => setDoomed({ rows, clear })}>
                  {sayCommon('delete')}
                </Button>
              )
            : undefined
        }
        empty={<Empty title={say('noRecords')} says={say('noRecordsHelp')} />}
      />
      {doomed && (
        <DeleteRecordsDialog records={doomed.rows} onGone={doomed.clear} onClose={() => setDoomed(undefined)} />
      )}
    </>
  )
}

const states = ['assigned', 'assigning', 'failed', 'disabled'] as const

function useColumns(): readonly Column<RegistrationView>[] {
  const say = useText(text)
  const sayCommon = useText(common)
  return useMemo(
    () => [
      {
        id: 'id',
        header: sayCommon('registrationId'),
        width: 'minmax(180px, 1.4fr)',
        cell: (row) => row.registrationId,
      },
      { id: 'deviceId', header: sayCommon('deviceId'), cell: (row) => row.deviceId ?? '–' },
      { id: 'hub', header: say('assignedHub'), width: 'minmax(160px, 1fr)', cell: (row) => row.assignedHub ?? '–' },
      { id: 'status', header: say('status'), width: '140px', cell: ({ status }) => <StatusBadge status={status} /> },
      {
        id: 'updated',
        header: say('lastUpdated'),
        width: '150px',
        cell: ({ lastUpdatedDateTimeUtc }) => <Timestamp at={lastUpdatedDateTimeUtc} show="relative" />,
      },
    ],
    [say, sayCommon],
  )
}
