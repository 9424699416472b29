/** A certificate in a few lines: whose, by whom, until when, and how to know it again. */
import { makeStyles, tokens } from '@fluentui/react-components'
import type { CertificateInfo } from '../../../api/certificates.ts'
import { useText } from '../../../i18n/i18n.ts'
import { CopyButton } from '../../../kit/copy-box.tsx'
import { plain } from '../../../kit/plain.ts'
import { StatusBadge } from '../../../kit/status-badge.tsx'
import { Timestamp, useNow } from '../../../kit/timestamp.tsx'
import { text } from './text.ts'

const useStyles = makeStyles({
  box: { display: 'flex', flexDirection: 'column', gap: '2px', minWidth: 0, overflowWrap: 'anywhere' },
  subject: { fontWeight: tokens.fontWeightSemibold },
  quiet: { color: tokens.colorNeutralForeground2 },
  print: { display: 'flex', alignItems: 'center', gap: '4px' },
  digits: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, minWidth: 0 },
})

/** As long before its end as the overview tells of it. */
const soonMs = 30 * 86_400_000

export function CertificateFacts({ info }: { readonly info: CertificateInfo }) {
  const styles = useStyles()
  const say = useText(text)
  return (
    <div className={styles.box}>
      <span className={styles.subject}>{plain(info.subjectName)}</span>
      <span className={styles.quiet}>
        {say('issuer')}: {plain(info.issuerName)}
      </span>
      <Expiry at={info.notAfterUtc} />
      <Thumbprint label={say('sha256')} value={info.sha256Thumbprint} />
      <Thumbprint label={say('sha1')} value={info.sha1Thumbprint} />
    </div>
  )
}

export function Expiry({ at }: { readonly at: string }) {
  const styles = useStyles()
  const say = useText(text)
  const left = Date.parse(at) - useNow()
  return (
    <span>
      <span className={styles.quiet}>{say('expires')}: </span>
      <Timestamp at={at} show="both" /> {left < soonMs && <StatusBadge status={left < 0 ? 'expired' : 'expiring'} />}
    </span>
  )
}

function Thumbprint({ label, value }: { readonly label: string; readonly value: string }) {
  const styles = useStyles()
  return (
    <span className={styles.print}>
      <span>
        <span className={styles.quiet}>{label}: </span>
        <span className={styles.digits}>{value}</span>
      </span>
      <CopyButton label={label} value={value} />
    </span>
  )
}
