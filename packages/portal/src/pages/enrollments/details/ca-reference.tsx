/** An uploaded CA certificate that an enrollment names. */
import { makeStyles, tokens } from '@fluentui/react-components'
import { useCertificates } from '../../../api/certificates.ts'
import { useText } from '../../../i18n/i18n.ts'
import { Link } from '../../../kit/link.tsx'
import { StatusBadge } from '../../../kit/status-badge.tsx'
import { CertificateFacts } from './certificate-facts.tsx'
import { text } from './text.ts'

const useStyles = makeStyles({ gone: { color: tokens.colorPaletteRedForeground1 } })

export function CaReference({ name }: { readonly name: string }) {
  const styles = useStyles()
  const say = useText(text)
  const { data } = useCertificates()
  const found = data?.find((one) => one.name.toLowerCase() === name.toLowerCase())
  return (
    <div>
      <Link href={`/certificates/${encodeURIComponent(name)}`}>{name}</Link>{' '}
      {found && <StatusBadge status={found.isVerified ? 'verified' : 'unverified'} />}
      {found && <CertificateFacts info={found.info} />}
      {data && !found && <div className={styles.gone}>{say('caGone')}</div>}
    </div>
  )
}
