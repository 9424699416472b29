/** Manage enrollments: a tab for each kind; search, filters and order in the address; ticked ones can be enabled, disabled and deleted. */
import { Button } from '@fluentui/react-components'
import { AddRegular, CheckmarkCircleRegular, DeleteRegular, ProhibitedRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import { type EnrollmentKind, type EnrollmentRow, useEnrollments } from '../../api/enrollments.ts'
import { useHubs } from '../../api/hubs.ts'
import { useMay } from '../../api/session.ts'
import { useText } from '../../i18n/i18n.ts'
import { ButtonLink } from '../../kit/button-link.tsx'
import { DataTable } from '../../kit/data-table.tsx'
import type { Ticked } from '../../kit/each-dialog.tsx'
import { Empty } from '../../kit/empty.tsx'
import { useListView } from '../../kit/list-view.ts'
import { Page as Frame } from '../../kit/page.tsx'
import type { Filter } from '../../kit/table-toolbar.tsx'
import { enrollmentHref, newHref } from './addresses.ts'
import { useColumns } from './columns.tsx'
import { DeleteDialog } from './deleting/delete-dialog.tsx'
import { KindTabs } from './kind-tabs.tsx'
import { SwitchDialog } from './switch-dialog.tsx'
import { text } from './text.ts'

const usual = { sort: 'id', order: 'asc' } as const

interface Asked extends Ticked<EnrollmentRow> {
  readonly what: 'enabled' | 'disabled' | 'delete'
}

export function EnrollmentList({ kind }: { readonly kind: EnrollmentKind }) {
  const say = useText(text)
  const view = useListView(usual)
  const list = useEnrollments(kind, view.query)
  const columns = useColumns(kind)
  const filters = useFilters(kind)
  const mayWrite = useMay('EnrollmentWrite')
  const [asked, setAsked] = useState<Asked>()
  const close = () => setAsked(undefined)
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
              ? (rows, clear) => <TickedButtons onPress={(what) => setAsked({ what, rows, clear })} />
              : undefined
          }
          empty={<Empty title={say(words.none)} says={say(words.noneHelp)} action={mayWrite && add} />}
        />
      </KindTabs>
      {asked?.what === 'delete' && (
        <DeleteDialog kind={kind} enrollments={asked.rows} onGone={asked.clear} onClose={close} />
      )}
      {asked && asked.what !== 'delete' && <SwitchDialog kind={kind} to={asked.what} ticked={asked} onClose={close} />}
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

const tickedButtons = [
  { what: 'enabled', verb: 'enable', icon: <CheckmarkCircleRegular /> },
  { what: 'disabled', verb: 'disable', icon: <ProhibitedRegular /> },
  { what: 'delete', verb: 'delete', icon: <DeleteRegular /> },
] as const

function TickedButtons({ onPress }: { readonly onPress: (what: Asked['what']) => void }) {
  const say = useText(text)
  return tickedButtons.map(({ what, verb, icon }) => (
    <Button key={what} size="small" icon={icon} onClick={() => onPress(what)}>
      {say(verb)}
    </Button>
  ))
}

function useFilters(kind: EnrollmentKind): readonly Filter[] {
  const say = useText(text)
  const { data: hubs = [] } = useHubs()
  const types = kind === 'group' ? (['x509', 'symmetricKey'] as const) : (['x509', 'symmetricKey', 'tpm'] as const)
  return [
    {
      id: 'status',
      label: say('status'),
      help: say('statusFilterHelp'),
      options: [
        { value: 'enabled', label: say('enabled') },
        { value: 'disabled', label: say('disabled') },
      ],
    },
    {
      id: 'attestation',
      label: say('attestation'),
      help: say('attestationFilterHelp'),
      options: types.map((value) => ({ value, label: say(value) })),
    },
    {
      id: 'hub',
      label: say('hub'),
      help: say('hubFilterHelp'),
      options: hubs.map(({ name }) => ({ value: name, label: name })),
    },
  ]
}
