/** Every registration record. */
import { useMemo, useState } from 'react'
import { useEnrollments } from '../../api/enrollments.ts'
import { useHubs } from '../../api/hubs.ts'
import { type RegistrationView, useRegistrations } from '../../api/registrations.ts'
import { useText } from '../../i18n/i18n.ts'
import { type Column, DataTable } from '../../kit/data-table.tsx'
import { Empty } from '../../kit/empty.tsx'
import { Link } from '../../kit/link.tsx'
import { useListView } from '../../kit/list-view.ts'
import { StatusBadge } from '../../kit/status-badge.tsx'
import type { Filter } from '../../kit/table-toolbar.tsx'
import { Timestamp } from '../../kit/timestamp.tsx'
import { text } from './text.ts'

export function RegistrationList() {
  const say = useText(text)
  const view = useListView({ sort: 'id', order: 'asc' })
  const { search, status, hub, group, order } = view.query
  const list = useRegistrations({ search, status, hub, group, order: order === 'desc' ? 'desc' : 'asc' })
  return (
    <DataTable
      label={say('records')}
      columns={useColumns()}
      list={list}
      rowId={({ registrationId }) => registrationId}
      rowHref={({ registrationId }) => `/registrations/${encodeURIComponent(registrationId)}`}
      view={view}
      searchLabel={say('search')}
      filters={useFilters()}
      empty={
        <Empty
          title={say('none')}
          says={say('noneHelp')}
          action={<Link href="/quick-start">{say('quickStart')}</Link>}
        />
      }
    />
  )
}

function useColumns(): readonly Column<RegistrationView>[] {
  const say = useText(text)
  return useMemo(
    () => [
      {
        id: 'id',
        header: say('registrationId'),
        sort: 'id',
        width: 'minmax(160px, 2fr)',
        cell: ({ registrationId }) => registrationId,
      },
      {
        id: 'status',
        header: say('status'),
        width: '130px',
        cell: ({ status }) => <StatusBadge status={status} />,
      },
      {
        id: 'hub',
        header: say('hub'),
        width: 'minmax(140px, 1.5fr)',
        cell: ({ assignedHub }) =>
          assignedHub && <Link href={`/hubs/${encodeURIComponent(assignedHub)}`}>{assignedHub}</Link>,
      },
      { id: 'device', header: say('deviceId'), cell: ({ deviceId }) => deviceId },
      { id: 'group', header: say('group'), cell: ({ enrollmentGroupId: id }) => id && <Group id={id} /> },
      {
        id: 'updated',
        header: say('updated'),
        cell: ({ lastUpdatedDateTimeUtc }) => <Timestamp at={lastUpdatedDateTimeUtc} show="relative" />,
      },
    ],
    [say],
  )
}

const Group = ({ id }: { readonly id: string }) => (
  <Link href={`/enrollments/groups/${encodeURIComponent(id)}`}>{id}</Link>
)

function useFilters(): readonly Filter[] {
  const say = useText(text)
  const [typed, setTyped] = useState('')
  const hubs = useHubs()
  const groups = useEnrollments('group', { search: typed })
  const option = (value: string) => ({ value, label: value })
  return [
    {
      id: 'status',
      label: say('status'),
      help: say('statusFilterHelp'),
      options: (['assigned', 'assigning', 'failed', 'disabled'] as const).map((value) => ({
        value,
        label: say(value),
      })),
    },
    {
      id: 'hub',
      label: say('hub'),
      help: say('hubFilterHelp'),
      options: (hubs.data ?? []).map(({ name }) => option(name)),
    },
    {
      id: 'group',
      label: say('group'),
      help: say('groupFilterHelp'),
      options: groups.rows.slice(0, 20).map(({ id }) => option(id)),
      onType: setTyped,
    },
  ]
}
