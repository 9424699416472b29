/** The chain from the device up to what it is trusted for: a card a certificate, joined by lines that say who signed whom. */
import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import type { ChainLink } from '../../api/diagnose.ts'
import { useText } from '../../i18n/i18n.ts'
import { CertificateCard } from './certificate-card.tsx'
import { text } from './text.ts'

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0 },
  joint: {
    display: 'flex',
    alignItems: 'center',
    gap: '10px',
    height: '44px',
    paddingLeft: '28px',
    color: tokens.colorNeutralForeground2,
    fontSize: tokens.fontSizeBase200,
  },
  line: { stroke: tokens.colorPaletteGreenForeground1, fill: tokens.colorPaletteGreenForeground1, flexShrink: 0 },
  missing: {
    padding: '14px 16px',
    borderRadius: tokens.borderRadiusLarge,
    border: `2px dashed ${tokens.colorPaletteRedBorder1}`,
    color: tokens.colorNeutralForeground2,
  },
  broken: { stroke: tokens.colorPaletteRedForeground1, fill: tokens.colorPaletteRedForeground1 },
})

export function ChainDrawing({ chain }: { readonly chain: readonly ChainLink[] }) {
  const styles = useStyles()
  const last = chain.at(-1)
  return (
    <ol className={styles.list}>
      {chain.map((link, index) => (
        <li key={link.position}>
          <CertificateCard link={link} />
          {chain[index + 1] && <Joint {...jointOf(link, chain[index + 1])} />}
        </li>
      ))}
      {last && endsInNothing(last) && <Missing issuer={last.issuer} />}
    </ol>
  )
}

/** Where the path ends for want of what comes next. */
function Missing({ issuer }: { readonly issuer: string }) {
  const styles = useStyles()
  const say = useText(text)
  return (
    <li>
      <Joint broken dashed label="signedByMissing" />
      <div className={styles.missing}>
        <strong>{issuer}</strong>
        <div>{say('missing')}</div>
      </div>
    </li>
  )
}

interface JointOrder {
  /** The signature does not hold, or there is nothing at the other end. */
  readonly broken: boolean
  /** The device did not send what comes next. */
  readonly dashed: boolean
  readonly label: 'signedBy' | 'signedByStored' | 'signedByMissing' | 'notSignedBy'
}

function jointOf(below: ChainLink, above: ChainLink | undefined): JointOrder {
  const broken = below.rules.some(({ rule, ok }) => !ok && rule === 'signature_invalid')
  const dashed = above?.sent !== true
  return { broken, dashed, label: broken ? 'notSignedBy' : dashed ? 'signedByStored' : 'signedBy' }
}

function Joint({ broken, dashed, label }: JointOrder) {
  const styles = useStyles()
  const say = useText(text)
  return (
    <div className={styles.joint}>
      <svg aria-hidden width="16" height="44" className={mergeClasses(styles.line, broken && styles.broken)}>
        <line x1="8" y1="8" x2="8" y2="44" strokeWidth="2.5" strokeDasharray={dashed ? '5 4' : undefined} />
        <path d="M8 0 L14 11 L2 11 Z" stroke="none" />
        {broken && <path d="M2 20 L14 32 M14 20 L2 32" strokeWidth="2.5" fill="none" />}
      </svg>
      {say(label)}
    </div>
  )
}

const endsInNothing = ({ subject, issuer, rules }: ChainLink) =>
  issuer !== subject && rules.some(({ rule, ok }) => !ok && (rule === 'chain_incomplete' || rule === 'anchor_unknown'))
