/** Each rule that a certificate was held to; those that it breaks first, with whose rule it is. */
import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { CheckmarkFilled, DismissFilled } from '@fluentui/react-icons'
import type { ChainRule } from '../../api/diagnose.ts'
import { useText } from '../../i18n/i18n.ts'
import { text } from './text.ts'

const useStyles = makeStyles({
  list: {
    listStyleType: 'none',
    margin: 0,
    padding: 0,
    columnWidth: '340px',
    columnGap: '24px',
  },
  rule: { display: 'flex', gap: '8px', breakInside: 'avoid', padding: '2px 0', alignItems: 'flex-start' },
  icon: { display: 'flex', flexShrink: 0, fontSize: '16px', lineHeight: '20px', paddingTop: '2px' },
  ok: { color: tokens.colorPaletteGreenForeground1 },
  no: { color: tokens.colorPaletteRedForeground1 },
  broken: {
    padding: '8px 10px',
    marginBottom: '4px',
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorPaletteRedBackground1,
    color: tokens.colorNeutralForeground1,
    columnSpan: 'all',
  },
  section: { display: 'block', fontSize: tokens.fontSizeBase200 },
})

export function RuleList({ rules, subject }: { readonly rules: readonly ChainRule[]; readonly subject: string }) {
  const styles = useStyles()
  const say = useText(text)
  const sorted = [...rules.filter(({ ok }) => !ok), ...rules.filter(({ ok }) => ok)]
  return (
    <ul className={styles.list} aria-label={say('rulesOf', { subject })}>
      {sorted.map(({ rule, ok, says, section }) => (
        <li key={`${rule} ${says}`} className={mergeClasses(styles.rule, !ok && styles.broken)}>
          <span role="img" aria-label={say(ok ? 'holds' : 'broken')} className={styles.icon}>
            {ok ? <CheckmarkFilled className={styles.ok} /> : <DismissFilled className={styles.no} />}
          </span>
          <span title={published(section)}>
            {shortOf(says, subject)}
            {!ok && <span className={styles.section}>{published(section)}</span>}
          </span>
        </li>
      ))}
    </ul>
  )
}

/** Where the rule can be read by everybody; our own notes cannot. */
const published = (section: string) => (section.startsWith('RFC ') ? section : undefined)

/** The card names the certificate already: `"CN=a" is a CA.` is told as `Is a CA.` */
function shortOf(says: string, subject: string): string {
  const beginning = `"${subject}" `
  if (!says.startsWith(beginning)) return says
  const rest = says.slice(beginning.length)
  return rest.charAt(0).toUpperCase() + rest.slice(1)
}
