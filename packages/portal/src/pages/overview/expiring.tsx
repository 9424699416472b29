/** Certificates that end within a month or have ended, each a way to where it is replaced. */
import type { Expiring } from '../../api/certificates.ts'
import { useText } from '../../i18n/i18n.ts'
import { Link } from '../../kit/link.tsx'
import { Section } from '../../kit/section.tsx'
import { SmallTable } from '../../kit/small-table.tsx'
import { StatusBadge } from '../../kit/status-badge.tsx'
import { Timestamp } from '../../kit/timestamp.tsx'
import { text } from './text.ts'

const places = {
  caCertificate: '/certificates/',
  group: '/enrollments/groups/',
  individual: '/enrollments/individual/',
} as const

export function ExpiringCertificates({ expiring }: { readonly expiring: readonly Expiring[] }) {
  const say = useText(text)
  return (
    <Section title={say('expiring')}>
      {expiring.length === 0 ? (
        <div>{say('nothingExpires')}</div>
      ) : (
        <SmallTable
          label={say('expiring')}
          headers={[say('certificate'), say('usedAs'), say('expires')]}
          rows={expiring.map((one) => ({
            id: `${one.kind} ${one.name} ${one.slot}`,
            cells: [<Name key="name" expiring={one} />, <Use key="use" expiring={one} />, <When key="when" {...one} />],
          }))}
        />
      )}
    </Section>
  )
}

function Name({ expiring: { kind, name, subject } }: { readonly expiring: Expiring }) {
  if (kind === 'server') return subject
  return (
    <Link href={places[kind] + encodeURIComponent(name)} title={subject}>
      {name}
    </Link>
  )
}

function Use({ expiring: { kind, slot } }: { readonly expiring: Expiring }) {
  const say = useText(text)
  return `${say(kind)}${slot === undefined ? '' : `, ${say(slot)}`}`
}

function When({ expired, notAfterUtc }: Pick<Expiring, 'expired' | 'notAfterUtc'>) {
  return (
    <>
      <StatusBadge status={expired ? 'expired' : 'expiring'} /> <Timestamp at={notAfterUtc} show="relative" />
    </>
  )
}
