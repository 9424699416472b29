import { Badge, Button, makeStyles } from '@fluentui/react-components'
import { AddRegular } from '@fluentui/react-icons'
import { useMemo } from 'react'
import { useLocation } from 'wouter'
import { wholeList } from '../../api/list.ts'
import { type PolicyView, serviceRights, usePolicies } from '../../api/policies.ts'
import { useMay } from '../../api/session.ts'
import { useText } from '../../i18n/i18n.ts'
import type { Column } from '../../kit/data-table.tsx'
import { DeletableTable } from '../../kit/deletable-table.tsx'
import { Empty } from '../../kit/empty.tsx'
import { narrowed, useListView } from '../../kit/list-view.ts'
import { RemoveTicked } from './remove-ticked.tsx'
import { text } from './text.ts'

const useStyles = makeStyles({ rights: { display: 'flex', flexWrap: 'wrap', gap: '4px' } })
const nothing: readonly PolicyView[] = []

export function PolicyList() {
  const styles = useStyles()
  const say = useText(text)
  const [, navigate] = useLocation()
  const mayAdd = useMay('KeysRead')
  const mayDelete = useMay('ManagementWrite')
  const read = usePolicies()
  const view = useListView({ sort: 'name', order: 'asc' })
  const columns = useMemo<readonly Column<PolicyView>[]>(
    () => [
      { id: 'name', header: say('name'), sort: 'name', width: 'minmax(180px, 1fr)', cell: ({ name }) => name },
      {
        id: 'rights',
        header: say('rights'),
        width: 'minmax(240px, 3fr)',
        cell: ({ rights }) => (
          <span className={styles.rights}>
            {rights.map((right) => (
              <Badge key={right} appearance="tint" color="informative">
                {right}
              </Badge>
            ))}
          </span>
        ),
      },
    ],
    [say, styles],
  )
  const rows = narrowed(read.data ?? nothing, view.query, {
    search: ({ name, rights }) => [name, ...rights],
    sort: { name: ({ name }) => name },
    filters: { right: ({ rights }) => rights.find((right) => right === view.query.right) ?? '' },
  })
  const add = mayAdd && (
    <Button appearance="primary" icon={<AddRegular />} onClick={() => navigate('/policies?add')}>
      {say('add')}
    </Button>
  )
  return (
    <>
      <div>{say('intro')}</div>
      <DeletableTable
        label={say('title')}
        columns={columns}
        list={wholeList({ ...read, data: rows })}
        rowId={({ name }) => name}
        rowHref={({ name }) => `/policies/${encodeURIComponent(name)}`}
        view={view}
        filters={[
          {
            id: 'right',
            label: say('rights'),
            help: say('rightsFilterHelp'),
            options: serviceRights.map((right) => ({ value: right, label: right })),
          },
        ]}
        actions={add}
        mayDelete={mayDelete}
        dialog={(ticked, close) => <RemoveTicked ticked={ticked} onClose={close} />}
        empty={<Empty title={say('none')} says={say('noneHelp')} action={add} />}
      />
    </>
  )
}
