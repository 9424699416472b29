/** JSON to read. */
import { makeStyles, tokens } from '@fluentui/react-components'
import type { Json } from '../api/json.ts'
import { CopyButton } from './copy-box.tsx'
import { printJson } from './json-text.ts'
import { plainJson } from './plain.ts'

const useStyles = makeStyles({
  box: {
    display: 'flex',
    alignItems: 'flex-start',
    backgroundColor: tokens.colorNeutralBackground3,
    borderRadius: tokens.borderRadiusMedium,
  },
  text: {
    flexGrow: 1,
    minWidth: 0,
    margin: 0,
    padding: '10px',
    maxHeight: '420px',
    overflow: 'auto',
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    whiteSpace: 'pre-wrap',
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
})

export function JsonView({ label, value }: { readonly label: string; readonly value: Json | undefined }) {
  const styles = useStyles()
  const shown = value === undefined ? '' : plainJson(printJson(value))
  return (
    <div className={styles.box}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and a keyboard must be able to */}
      <pre className={styles.text} tabIndex={0} role="group" aria-label={label}>
        {shown}
      </pre>
      <CopyButton label={label} value={shown} />
    </div>
  )
}
