/** First of all: what would become of the device, and what to do about it. */
import { makeStyles, mergeClasses, tokens, typographyStyles } from '@fluentui/react-components'
import { CheckmarkCircleFilled, DismissCircleFilled, WrenchRegular } from '@fluentui/react-icons'
import type { Diagnosis } from '../../api/diagnose.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/i18n.ts'
import { Link } from '../../kit/link.tsx'
import { useReason } from '../../kit/reasons.ts'
import { RefusalSays, Said } from '../../kit/refusal-says.tsx'
import { hrefOf } from '../../kit/things.ts'
import { text } from './text.ts'

const useStyles = makeStyles({
  card: {
    display: 'grid',
    gridTemplateColumns: 'auto minmax(0, 1fr)',
    gap: '4px 16px',
    padding: '20px',
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorPaletteGreenBorder1}`,
    backgroundColor: tokens.colorPaletteGreenBackground1,
    color: tokens.colorNeutralForeground1,
  },
  no: { border: `1px solid ${tokens.colorPaletteRedBorder1}`, backgroundColor: tokens.colorPaletteRedBackground1 },
  icon: { fontSize: '40px', lineHeight: 1, color: tokens.colorPaletteGreenForeground1 },
  noIcon: { color: tokens.colorPaletteRedForeground1 },
  body: { display: 'flex', flexDirection: 'column', gap: '8px', minWidth: 0 },
  title: { ...typographyStyles.subtitle1, margin: 0 },
  facts: { fontSize: tokens.fontSizeBase200 },
  remedy: {
    display: 'flex',
    gap: '10px',
    padding: '12px',
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground1,
    '& svg': { flexShrink: 0, fontSize: '20px' },
  },
})

export function Verdict({ diagnosis }: { readonly diagnosis: Diagnosis }) {
  const styles = useStyles()
  const say = useText(text)
  const format = useFormat()
  const { outcome, hub = '', deviceId = '', message, remedy, reason, errorCode, registrationId, at } = diagnosis
  const heading = useReason()(reason)
  const good = outcome === 'assigned' || outcome === 'asked'
  const Icon = good ? CheckmarkCircleFilled : DismissCircleFilled
  const facts = [
    say('asked', { id: registrationId, at: format.instant(at) }),
    errorCode === undefined ? undefined : say('errorCode', { code: errorCode }),
    reason,
  ]
  return (
    <section className={mergeClasses(styles.card, !good && styles.no)} aria-labelledby="verdict">
      <Icon aria-hidden className={mergeClasses(styles.icon, !good && styles.noIcon)} />
      <div className={styles.body}>
        <h2 id="verdict" className={styles.title}>
          {say(titleOf(outcome), { hub, deviceId })}
        </h2>
        {heading && <strong>{heading}</strong>}
        {message && (
          <div>
            <Said>{message}</Said>
          </div>
        )}
        {diagnosis.presumed === true && reason !== 'credentials_missing' && <div>{say('presumed')}</div>}
        {remedy && (
          <div className={styles.remedy}>
            <WrenchRegular aria-hidden />
            <div>
              <strong>{say('whatToDo')}</strong> <RefusalSays reason={reason} message={remedy} />
            </div>
          </div>
        )}
        <div className={styles.facts}>
          {facts.filter(Boolean).join(' · ')}
          <EnrollmentOf diagnosis={diagnosis} />
        </div>
      </div>
    </section>
  )
}

function EnrollmentOf({ diagnosis: { enrollment } }: { readonly diagnosis: Diagnosis }) {
  const say = useText(text)
  if (!enrollment) return null
  const { kind, id } = enrollment
  return (
    <>
      {' · '}
      <Link inline href={hrefOf(kind, id) ?? '/'}>
        {say(`${kind}Named`, { id })}
      </Link>
    </>
  )
}

const titleOf = (outcome: string) =>
  outcome === 'assigned' || outcome === 'asked' || outcome === 'disabled' || outcome === 'failed'
    ? (`would_${outcome}` as const)
    : 'would_refused'
