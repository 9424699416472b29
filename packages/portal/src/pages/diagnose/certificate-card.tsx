/** One certificate of the chain: whose, from where, for how long, and every rule that it was held to. */
import { Badge, makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { CertificateRegular, PhoneDesktopRegular, ShieldCheckmarkRegular } from '@fluentui/react-icons'
import type { ChainLink } from '../../api/diagnose.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/i18n.ts'
import { Link } from '../../kit/link.tsx'
import { hrefOf } from '../../kit/things.ts'
import { RuleList } from './rule-list.tsx'
import { text } from './text.ts'

const useStyles = makeStyles({
  card: {
    display: 'flex',
    flexDirection: 'column',
    gap: '10px',
    padding: '14px 16px',
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderLeft: `4px solid ${tokens.colorPaletteGreenForeground1}`,
    backgroundColor: tokens.colorNeutralBackground2,
  },
  wrong: { borderLeftColor: tokens.colorPaletteRedForeground1 },
  head: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '6px 10px', '& svg': { fontSize: '22px' } },
  name: { margin: 0, fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold },
  facts: { fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground2 },
  print: { fontFamily: tokens.fontFamilyMonospace },
})

export function CertificateCard({ link }: { readonly link: ChainLink }) {
  const styles = useStyles()
  const say = useText(text)
  const format = useFormat()
  const wrong = link.rules.some(({ ok }) => !ok)
  const Icon =
    link.position === 1 ? PhoneDesktopRegular : link.from === 'anchor' ? ShieldCheckmarkRegular : CertificateRegular
  return (
    <article className={mergeClasses(styles.card, wrong && styles.wrong)}>
      <div className={styles.head}>
        <Icon aria-hidden />
        <h3 className={styles.name}>{link.subject}</h3>
        <Origin link={link} />
      </div>
      <div className={styles.facts}>
        <div>{say('issuedBy', { issuer: link.issuer })}</div>
        <div>{say('validFrom', { from: format.date(link.notBeforeUtc), to: format.instant(link.notAfterUtc) })}</div>
        <div className={styles.print}>SHA-256 {link.sha256Thumbprint}</div>
        <Holders link={link} />
      </div>
      <RuleList rules={link.rules} subject={link.subject} />
    </article>
  )
}

function Origin({ link: { from, sent, verified } }: { readonly link: ChainLink }) {
  const say = useText(text)
  return (
    <>
      <Badge appearance="tint" color={from === 'anchor' ? 'success' : from === 'sent' ? 'brand' : 'informative'}>
        {say(`from_${from}`)}
      </Badge>
      {sent && from !== 'sent' && (
        <Badge appearance="tint" color="brand">
          {say('sentToo')}
        </Badge>
      )}
      {verified && from !== 'anchor' && (
        <Badge appearance="tint" color="success">
          {say('verified')}
        </Badge>
      )}
    </>
  )
}

function Holders({ link: { enrollmentGroups, certificates } }: { readonly link: ChainLink }) {
  const say = useText(text)
  const holders = [
    ...enrollmentGroups.map((id) => ({ href: hrefOf('group', id), label: say('groupNamed', { id }) })),
    ...certificates.map((name) => ({ href: hrefOf('caCertificate', name), label: say('caNamed', { name }) })),
  ]
  if (holders.length === 0) return null
  return (
    <div>
      {holders.map(({ href = '/', label }, index) => (
        <span key={href}>
          {index > 0 && ', '}
          <Link href={href}>{label}</Link>
        </span>
      ))}
    </div>
  )
}
