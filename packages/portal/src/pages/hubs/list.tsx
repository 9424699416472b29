import { Button } from '@fluentui/react-components'
import { AddRegular } from '@fluentui/react-icons'
import { useMemo } from 'react'
import { useLocation } from 'wouter'
import { type HubView, useHubs } from '../../api/hubs.ts'
import { wholeList } from '../../api/list.ts'
import { useMay } from '../../api/session.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/i18n.ts'
import type { Column } from '../../kit/data-table.tsx'
import { DeletableTable } from '../../kit/deletable-table.tsx'
import { Empty } from '../../kit/empty.tsx'
import { narrowed, useListView } from '../../kit/list-view.ts'
import { Page as Frame } from '../../kit/page.tsx'
import { StatusBadge } from '../../kit/status-badge.tsx'
import { RemoveTicked } from './remove-ticked.tsx'
import { text } from './text.ts'

const nothing: readonly HubView[] = []

export function HubList() {
  const say = useText(text)
  const [, navigate] = useLocation()
  const may = useMay('ManagementWrite')
  const read = useHubs()
  const view = useListView({ sort: 'name', order: 'asc' })
  const columns = useColumns()
  const rows = narrowed(read.data ?? nothing, view.query, {
    search: ({ name, location }) => [name, location],
    sort: {
      name: ({ name }) => name,
      weight: ({ allocationWeight }) => allocationWeight,
      devices: ({ devices }) => devices ?? -1,
    },
    filters: { kind: ({ kind }) => kind },
  })
  const add = may && (
    <Button appearance="primary" icon={<AddRegular />} onClick={() => navigate('/hubs?add')}>
      {say('link')}
    </Button>
  )
  return (
    <Frame title={say('title')} intro={say('intro')}>
      <DeletableTable
        label={say('title')}
        columns={columns}
        list={wholeList({ ...read, data: rows })}
        rowId={({ name }) => name}
        rowHref={({ name }) => `/hubs/${encodeURIComponent(name)}`}
        view={view}
        filters={[
          {
            id: 'kind',
            label: say('kind'),
            help: say('kindFilterHelp'),
            options: (['embedded', 'azure'] as const).map((kind) => ({ value: kind, label: say(kind) })),
          },
        ]}
        actions={add}
        mayDelete={may}
        dialog={(ticked, close) => <RemoveTicked ticked={ticked} onClose={close} />}
        empty={<Empty title={say('none')} says={say('noneHelp')} action={add} />}
      />
    </Frame>
  )
}

function useColumns(): readonly Column<HubView>[] {
  const say = useText(text)
  const format = useFormat()
  return useMemo(
    () => [
      { id: 'name', header: say('name'), sort: 'name', width: 'minmax(200px, 2fr)', cell: ({ name }) => name },
      { id: 'kind', header: say('kind'), cell: ({ kind }) => say(kind) },
      {
        id: 'linked',
        header: say('state'),
        cell: ({ linked }) => <StatusBadge status={linked ? 'linked' : 'unlinked'} />,
      },
      {
        id: 'weight',
        header: say('weight'),
        sort: 'weight',
        cell: ({ allocationWeight }) => format.number(allocationWeight),
      },
      {
        id: 'apply',
        header: say('apply'),
        cell: ({ applyAllocationPolicy }) => say(applyAllocationPolicy ? 'applied' : 'notApplied'),
      },
      {
        id: 'devices',
        header: say('devices'),
        sort: 'devices',
        cell: ({ devices }) => (devices === undefined ? '–' : format.number(devices)),
      },
    ],
    [say, format],
  )
}
