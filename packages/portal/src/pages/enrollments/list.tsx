/** Manage enrollments: a tab for each kind; search, filters and order in the address; ticked ones can be deleted. */
import { Button } from '@fluentui/react-components'
import { AddRegular, DeleteRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import { type EnrollmentKind, type EnrollmentRow, useEnrollments } from '../../api/enrollments.ts'
import { useHubs } from '../../api/hubs.ts'
import { useMay } from '../../api/session.ts'
import { useText } from '../../i18n/i18n.ts'
import { ButtonLink } from '../../kit/button-link.tsx'
import { DataTable } from '../../kit/data-table.tsx'
import { Empty } from '../../kit/empty.tsx'
import { useListView } from '../../kit/list-view.ts'
import { Page as Frame } from '../../kit/page.tsx'
import type { Filter } from '../../kit/table-toolbar.tsx'
import { enrollmentHref, newHref } from './addresses.ts'
import { useColumns } from './columns.tsx'
import { DeleteDialog } from './deleting/delete-dialog.tsx'
import { KindTabs } from './kind-tabs.tsx'
import { text } from './text.ts'

const usual = { sort: 'id', order: 'asc' } as const

interface Chosen {
  readonly rows: readonly EnrollmentRow[]
  readonly clear: () => void
}

export function EnrollmentList({ kind }: { readonly kind: EnrollmentKind }) {
  const say = useText(text)
  const view = useListView(usual)
  const list = useEnrollments(kind, view.query)
  const columns = useColumns(kind)
  const filters = useFilters(kind)
  const mayWrite = useMay('EnrollmentWrite')
  const [doomed, setDoomed] = useState<Chosen>()
  const add = <AddButton kind={kind} />
  const words = kind === 'group' ? groupWords : individualWords
  return (
    <Frame title={say('title')} intro={say('intro')} actions={mayWrite && add}>
      <KindTabs kind={kind}>
        <DataTable
          label={say(words.label)}
          columns={columns}
          list={list}
          rowId={({ id }) => id}
          rowHref={({ id }) => enrollmentHref(kind, id)}
          view={view}
          searchLabel={say(words.search)}
          filters={filters}
          selectionActions={
            mayWrite
              ? (rows, clear) => (
                  <Button size="small" icon={<DeleteRegular />} onClick={() => setDoomed({ rows, clear })}>
                    {say('delete')}
                  </Button>
                )
              : undefined
          }
          empty={<Empty title={say(words.none)} says={say(words.noneHelp)} action={mayWrite && add} />}
        />
      </KindTabs>
      {doomed && (
        <DeleteDialog
          kind={kind}
          enrollments={doomed.rows}
          onGone={doomed.clear}
          onClose={() => setDoomed(undefined)}
        />
      )}
    </Frame>
  )
}

const groupWords = {
  label: 'groups',
  search: 'searchGroups',
  none: 'noGroups',
  noneHelp: 'noGroupsHelp',
} as const
const individualWords = {
  label: 'individuals',
  search: 'searchIndividuals',
  none: 'noIndividuals',
  noneHelp: 'noIndividualsHelp',
} as const

function AddButton({ kind }: { readonly kind: EnrollmentKind }) {
  const say = useText(text)
  return (
    <ButtonLink appearance="primary" icon={<AddRegular />} href={newHref(kind)}>
      {say(kind === 'group' ? 'addGroup' : 'addIndividual')}
    </ButtonLink>
  )
}

function useFilters(kind: EnrollmentKind): readonly Filter[] {
  const say = useText(text)
  const { data: hubs = [] } = useHubs()
  const types = kind === 'group' ? (['x509', 'symmetricKey'] as const) : (['x509', 'symmetricKey', 'tpm'] as const)
  return [
    {
      id: 'status',
      label: say('status'),
      options: [
        { value: 'enabled', label: say('enabled') },
        { value: 'disabled', label: say('disabled') },
      ],
    },
    { id: 'attestation', label: say('attestation'), options: types.map((value) => ({ value, label: say(value) })) },
    { id: 'hub', label: say('hub'), options: hubs.map(({ name }) => ({ value: name, label: name })) },
  ]
}
