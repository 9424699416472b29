/** What the rows of each list show. */
import { makeStyles } from '@fluentui/react-components'
import { useMemo } from 'react'
import type { EnrollmentKind, EnrollmentRow } from '../../api/enrollments.ts'
import { useFormat } from '../../i18n/format.ts'
import { type Say, useText } from '../../i18n/i18n.ts'
import type { Column } from '../../kit/data-table.tsx'
import { Link } from '../../kit/link.tsx'
import { StatusBadge } from '../../kit/status-badge.tsx'
import { Timestamp } from '../../kit/timestamp.tsx'
import { text } from './text.ts'

const useStyles = makeStyles({ id: { overflowWrap: 'anywhere' } })

export function useColumns(kind: EnrollmentKind): readonly Column<EnrollmentRow>[] {
  const say = useText(text)
  const format = useFormat()
  const styles = useStyles()
  return useMemo(() => {
    const id: Column<EnrollmentRow> = {
      id: 'id',
      header: say(kind === 'group' ? 'groupName' : 'registrationId'),
      sort: 'id',
      width: 'minmax(120px, 1.6fr)',
      cell: (row) => <span className={styles.id}>{row.id}</span>,
    }
    const deviceId: Column<EnrollmentRow> = {
      id: 'deviceId',
      header: say('deviceId'),
      width: 'minmax(90px, 1fr)',
      cell: (row) => <span className={styles.id}>{row.deviceId ?? row.id}</span>,
    }
    const allocation: Column<EnrollmentRow> = {
      id: 'allocation',
      header: say('allocationShort'),
      width: 'minmax(110px, 1fr)',
      cell: ({ allocationPolicy }) => say(allocationPolicy ?? 'serviceShort'),
    }
    const devices: Column<EnrollmentRow> = {
      id: 'devices',
      header: say('devices'),
      width: '72px',
      cell: ({ registrations: count, registrationsAreExact: exact }) => {
        const shown = count === undefined ? '–' : format.number(count)
        return exact === false ? say('atLeast', { count: shown }) : shown
      },
    }
    const assignedHub: Column<EnrollmentRow> = {
      id: 'assignedHub',
      header: say('assignedHub'),
      width: 'minmax(100px, 1fr)',
      cell: ({ assignedHub: hub }) => (hub ? <Link href={`/hubs/${encodeURIComponent(hub)}`}>{hub}</Link> : '–'),
    }
    return [
      id,
      ...(kind === 'individual' ? [deviceId] : []),
      {
        id: 'attestation',
        header: say('attestation'),
        width: 'minmax(110px, 1fr)',
        cell: (row) => attestation(row, say),
      },
      {
        id: 'status',
        header: say('status'),
        width: '104px',
        cell: ({ status }) => <StatusBadge status={status} />,
      },
      ...(kind === 'group' ? [allocation] : [assignedHub]),
      { id: 'hubs', header: say('hubs'), width: 'minmax(100px, 1fr)', cell: (row) => hubs(row, say) },
      ...(kind === 'group' ? [devices] : []),
      {
        id: 'created',
        header: say('created'),
        sort: 'created',
        width: '96px',
        cell: ({ createdDateTimeUtc }) => <Timestamp at={createdDateTimeUtc} show="relative" />,
      },
      {
        id: 'updated',
        header: say('updated'),
        sort: 'updated',
        width: '100px',
        cell: ({ lastUpdatedDateTimeUtc }) => <Timestamp at={lastUpdatedDateTimeUtc} show="relative" />,
      },
    ]
  }, [kind, say, format, styles])
}

type Saying = Say<(typeof text.keys)[number]>

function attestation({ attestation: type, attestationKind }: EnrollmentRow, say: Saying): string {
  if (type === 'tpm') return say('tpmShort')
  if (type === 'symmetricKey') return say('symmetricKey')
  const known = {
    caReferences: 'caReferencesShort',
    signingCertificates: 'signingCertificatesShort',
    clientCertificates: 'clientCertificatesShort',
  } as const
  return say(attestationKind && attestationKind in known ? known[attestationKind as keyof typeof known] : 'x509')
}

function hubs({ iotHubs = [] }: EnrollmentRow, say: Saying): string {
  const [first, ...more] = iotHubs
  if (first === undefined) return say('allHubs')
  return more.length === 0 ? first : say('moreHubs', { first, count: more.length })
}
