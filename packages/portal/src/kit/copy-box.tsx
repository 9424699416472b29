/** A value to be taken elsewhere: shown as it is, copied with one press. */
import { Button, makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { CopyRegular } from '@fluentui/react-icons'
import { useText } from '../i18n/i18n.ts'
import { text } from './text.ts'
import { useToast } from './toasts.tsx'

const useStyles = makeStyles({
  box: {
    display: 'flex',
    alignItems: 'flex-start',
    gap: '4px',
    backgroundColor: tokens.colorNeutralBackground3,
    borderRadius: tokens.borderRadiusMedium,
    padding: '2px 2px 2px 10px',
    minWidth: 0,
  },
  value: {
    flexGrow: 1,
    alignSelf: 'center',
    minWidth: 0,
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase300,
    overflowWrap: 'anywhere',
    whiteSpace: 'pre-wrap',
    margin: 0,
    padding: '4px 0',
  },
})

export interface CopyOrder {
  /** What it is, for the button's name: `ID Scope`. */
  readonly label: string
  readonly value: string
  /** Several lines: a command, a PEM. */
  readonly block?: boolean
}

export function CopyBox({ label, value, block = false }: CopyOrder) {
  const styles = useStyles()
  const Value = block ? 'pre' : 'span'
  return (
    <div className={styles.box}>
      <Value className={mergeClasses(styles.value)}>{value}</Value>
      <CopyButton label={label} value={value} />
    </div>
  )
}

export function CopyButton({ label, value }: Omit<CopyOrder, 'block'>) {
  const say = useText(text)
  const toast = useToast()
  const copy = async () => {
    await navigator.clipboard.writeText(value)
    toast(say('copied', { label }))
  }
  return (
    <Button
      appearance="subtle"
      icon={<CopyRegular />}
      aria-label={say('copyWhat', { label })}
      title={say('copyWhat', { label })}
      onClick={() => void copy()}
    />
  )
}
