import { Button } from '@fluentui/react-components'
import { ArrowUploadRegular } from '@fluentui/react-icons'
import { useMemo } from 'react'
import { useLocation } from 'wouter'
import { type CaCertificateView, useCertificates } from '../../api/certificates.ts'
import { wholeList } from '../../api/list.ts'
import { useMay } from '../../api/session.ts'
import { useText } from '../../i18n/i18n.ts'
import type { Column } from '../../kit/data-table.tsx'
import { DeletableTable } from '../../kit/deletable-table.tsx'
import { Empty } from '../../kit/empty.tsx'
import { narrowed, useListView } from '../../kit/list-view.ts'
import { Page as Frame } from '../../kit/page.tsx'
import { plain } from '../../kit/plain.ts'
import { StatusBadge } from '../../kit/status-badge.tsx'
import { Expiry } from './expiry.tsx'
import { RemoveTicked } from './remove-ticked.tsx'
import { text } from './text.ts'

const nothing: readonly CaCertificateView[] = []
const statusOf = ({ isVerified }: CaCertificateView) => (isVerified ? 'verified' : 'unverified')

export function CertificateList() {
  const say = useText(text)
  const [, navigate] = useLocation()
  const may = useMay('ManagementWrite')
  const read = useCertificates()
  const view = useListView({ sort: 'name', order: 'asc' })
  const columns = useColumns()
  const rows = narrowed(read.data ?? nothing, view.query, {
    search: ({ name, info }) => [name, info.subjectName, info.sha1Thumbprint, info.sha256Thumbprint],
    sort: {
      name: ({ name }) => name,
      subject: ({ info }) => info.subjectName,
      expiry: ({ info }) => Date.parse(info.notAfterUtc),
    },
    filters: { status: statusOf },
  })
  const upload = may && (
    <Button appearance="primary" icon={<ArrowUploadRegular />} onClick={() => navigate('/certificates?add')}>
      {say('upload')}
    </Button>
  )
  return (
    <Frame title={say('title')} intro={say('intro')}>
      <DeletableTable
        label={say('title')}
        columns={columns}
        list={wholeList({ ...read, data: rows })}
        rowId={({ name }) => name}
        rowHref={({ name }) => `/certificates/${encodeURIComponent(name)}`}
        view={view}
        filters={[
          {
            id: 'status',
            label: say('status'),
            help: say('statusFilterHelp'),
            options: (['verified', 'unverified'] as const).map((value) => ({ value, label: say(value) })),
          },
        ]}
        actions={upload}
        mayDelete={may}
        dialog={(ticked, close) => <RemoveTicked ticked={ticked} onClose={close} />}
        empty={<Empty title={say('none')} says={say('noneHelp')} action={upload} />}
      />
    </Frame>
  )
}

function useColumns(): readonly Column<CaCertificateView>[] {
  const say = useText(text)
  return useMemo(
    () => [
      { id: 'name', header: say('name'), sort: 'name', width: 'minmax(150px, 1.2fr)', cell: ({ name }) => name },
      {
        id: 'status',
        header: say('status'),
        width: 'minmax(100px, 0.7fr)',
        cell: (certificate) => <StatusBadge status={statusOf(certificate)} />,
      },
      {
        id: 'subject',
        header: say('subject'),
        sort: 'subject',
        width: 'minmax(160px, 1.4fr)',
        cell: ({ info }) => plain(info.subjectName),
      },
      {
        id: 'thumbprint',
        header: say('thumbprint'),
        cell: ({ info }) => <code title={info.sha1Thumbprint}>{info.sha1Thumbprint.slice(0, 12)}…</code>,
      },
      {
        id: 'expiry',
        header: say('expiry'),
        sort: 'expiry',
        width: 'minmax(180px, 1.2fr)',
        cell: (certificate) => <Expiry certificate={certificate} />,
      },
      {
        id: 'usedBy',
        header: say('usedBy'),
        cell: ({ usedBy = [] }) =>
          usedBy.length === 0 ? (
            say('unused')
          ) : (
            <span title={usedBy.join(', ')}>{say('groups', { count: usedBy.length })}</span>
          ),
      },
    ],
    [say],
  )
}
