/** Principals: who comes in by a secret of its own. */
import { Badge, Button } from '@fluentui/react-components'
import { AddRegular } from '@fluentui/react-icons'
import { useMemo } from 'react'
import { useLocation } from 'wouter'
import { wholeList } from '../../api/list.ts'
import { useMay } from '../../api/session.ts'
import { deleteToken, type PrincipalView, tokensChanged, useTokens } from '../../api/tokens.ts'
import { useText } from '../../i18n/i18n.ts'
import type { Column } from '../../kit/data-table.tsx'
import { DeletableTable } from '../../kit/deletable-table.tsx'
import { EachDialog, type Ticked } from '../../kit/each-dialog.tsx'
import { Empty } from '../../kit/empty.tsx'
import { narrowed, useListView } from '../../kit/list-view.ts'
import { StatusBadge } from '../../kit/status-badge.tsx'
import { Timestamp, useNow } from '../../kit/timestamp.tsx'
import { AzLines } from './az-lines.tsx'
import { tokensText } from './tokens-text.ts'

const nothing: readonly PrincipalView[] = []

export function TokenList() {
  const say = useText(tokensText)
  const [, navigate] = useLocation()
  const mayCreate = useMay('KeysRead')
  const mayDelete = useMay('ManagementWrite')
  const read = useTokens()
  const view = useListView({ sort: 'name', order: 'asc' })
  const columns = useColumns()
  const rows = narrowed(read.data ?? nothing, view.query, {
    search: ({ name, id, roles }) => [name, id, ...roles],
    sort: {
      name: ({ name }) => name,
      created: ({ createdDateTimeUtc }) => createdDateTimeUtc,
      expires: ({ expiresUtc }) => expiresUtc ?? '9999',
    },
  })
  const create = mayCreate && (
    <Button appearance="primary" icon={<AddRegular />} onClick={() => navigate('/policies?tab=tokens&add')}>
      {say('create')}
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
        view={view}
        actions={create}
        mayDelete={mayDelete}
        dialog={(ticked, close) => <Remove ticked={ticked} onClose={close} />}
        empty={<Empty title={say('none')} says={say('noneHelp')} action={create} />}
      />
      <AzLines />
    </>
  )
}

function useColumns(): readonly Column<PrincipalView>[] {
  const say = useText(tokensText)
  return useMemo(
    () => [
      { id: 'name', header: say('name'), sort: 'name', width: 'minmax(140px, 1fr)', cell: ({ name }) => name },
      {
        id: 'roles',
        header: say('roles'),
        width: 'minmax(200px, 1fr)',
        cell: ({ roles }) =>
          roles.map((role) => (
            <Badge key={role} appearance="tint" color="informative" style={{ marginRight: 4 }}>
              {role}
            </Badge>
          )),
      },
      { id: 'id', header: say('clientId'), width: 'minmax(200px, 1.4fr)', cell: ({ id }) => <code>{id}</code> },
      {
        id: 'created',
        header: say('created'),
        sort: 'created',
        cell: ({ createdDateTimeUtc }) => <Timestamp at={createdDateTimeUtc} show="relative" />,
      },
      {
        id: 'expires',
        header: say('expiry'),
        sort: 'expires',
        cell: ({ expiresUtc }) => <Expires at={expiresUtc} />,
      },
    ],
    [say],
  )
}

function Expires({ at }: { readonly at: string | undefined }) {
  const say = useText(tokensText)
  const now = useNow()
  if (at === undefined) return say('never')
  return (
    <>
      {Date.parse(at) < now && <StatusBadge status="expired" />} <Timestamp at={at} show="relative" />
    </>
  )
}

interface RemoveOrder {
  readonly ticked: Ticked<PrincipalView>
  readonly onClose: () => void
}

function Remove({ ticked, onClose }: RemoveOrder) {
  const say = useText(tokensText)
  return (
    <EachDialog
      ticked={ticked}
      title={say('askRemove', { count: ticked.rows.length })}
      confirm={say('remove')}
      nameOf={({ name }) => name}
      act={({ name }) => deleteToken(name)}
      done={(count) => say('removed', { count })}
      inTurn
      onDone={tokensChanged}
      onClose={onClose}
    >
      {say('removeStops')}
    </EachDialog>
  )
}
