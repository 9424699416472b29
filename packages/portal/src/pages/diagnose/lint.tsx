/** What holds today and will fail some day. */
import { makeStyles, tokens } from '@fluentui/react-components'
import { ErrorCircleFilled, WarningFilled } from '@fluentui/react-icons'
import type { LintFinding } from '../../api/diagnose.ts'
import { useText } from '../../i18n/i18n.ts'
import { text } from './text.ts'

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '8px' },
  item: { display: 'flex', gap: '8px', alignItems: 'flex-start' },
  icon: { display: 'flex', flexShrink: 0, fontSize: '20px' },
  warning: { color: tokens.colorPaletteMarigoldForeground2 },
  error: { color: tokens.colorPaletteRedForeground1 },
})

export function Lint({ findings }: { readonly findings: readonly LintFinding[] }) {
  const styles = useStyles()
  const say = useText(text)
  return (
    <>
      <div>{say('lintHelp')}</div>
      <ul className={styles.list}>
        {findings.map(({ severity, rule, says, position }) => (
          <li key={`${rule} ${position} ${says}`} className={styles.item}>
            <span role="img" aria-label={say(severity)} className={styles.icon}>
              {severity === 'error' ? (
                <ErrorCircleFilled className={styles.error} />
              ) : (
                <WarningFilled className={styles.warning} />
              )}
            </span>
            <span>{says}</span>
          </li>
        ))}
      </ul>
    </>
  )
}
