/** What is in a chain file; the likeliest is marked, and one chooses. */
import { Badge, Button, makeStyles, tokens } from '@fluentui/react-components'
import { useId } from 'react'
import type { ReadCertificate } from '../../../api/certificates.ts'
import type { EnrollmentKind } from '../../../api/enrollments.ts'
import { useText } from '../../../i18n/i18n.ts'
import { plain } from '../../../kit/plain.ts'
import { Expiry } from '../details/certificate-facts.tsx'
import { text } from '../form/text.ts'

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '8px' },
  item: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: '8px 16px',
    padding: '10px 12px',
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground3,
    overflowWrap: 'anywhere',
  },
  facts: { flexGrow: 1, minWidth: '220px' },
  subject: { fontWeight: tokens.fontWeightSemibold },
})

export interface FoundOrder {
  readonly found: readonly ReadCertificate[]
  readonly kind: EnrollmentKind
  readonly onChoose: (certificate: ReadCertificate) => void
}

export function FoundCertificates({ found, kind, onChoose }: FoundOrder) {
  const styles = useStyles()
  const say = useText(text)
  const id = useId()
  const likeliest = found.find((one) => isLikely(one, kind))
  return (
    <div role="group" aria-labelledby={id}>
      <p id={id}>{say('severalFound', { count: found.length })}</p>
      <ul className={styles.list}>
        {found.map((one) => (
          <li key={one.info.sha256Thumbprint} className={styles.item}>
            <div className={styles.facts}>
              <div className={styles.subject}>{plain(one.info.subjectName)}</div>
              <Badge appearance="tint" color={one.isCa ? 'informative' : 'subtle'}>
                {say(one.isCa ? 'ca' : 'noCaCertificate')}
                {one.selfSigned && `, ${say('selfSigned')}`}
              </Badge>{' '}
              <Expiry at={one.info.notAfterUtc} />
            </div>
            <Button
              appearance={one === likeliest ? 'primary' : 'secondary'}
              aria-label={`${say('useThis')}: ${plain(one.info.subjectName)}`}
              onClick={() => onChoose(one)}
            >
              {say('useThis')}
            </Button>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** Of a group the one that signs its devices, of a device its own. */
const isLikely = ({ isCa, selfSigned }: ReadCertificate, kind: EnrollmentKind) =>
  kind === 'group' ? isCa && !selfSigned : !isCa
