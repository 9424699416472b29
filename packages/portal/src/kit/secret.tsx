/**
 * A key: read from the service when somebody wants to see or copy it, in this component's memory only, forgotten when it
 * is hidden or left.
 */
import { Button, makeStyles, tokens } from '@fluentui/react-components'
import { EyeOffRegular, EyeRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import { useText } from '../i18n/i18n.ts'
import { CopyBox } from './copy-box.tsx'
import { ProblemBar } from './problem-bar.tsx'
import { text } from './text.ts'

const useStyles = makeStyles({
  row: { display: 'flex', alignItems: 'flex-start', gap: '4px' },
  value: { flexGrow: 1, minWidth: 0 },
  hidden: { alignSelf: 'center', flexGrow: 1, color: tokens.colorNeutralForeground3, letterSpacing: '2px' },
})

export interface SecretOrder {
  readonly label: string
  /** Asked anew each time it is shown: `async () => (await policyKeys(name)).primaryKey`. */
  readonly read: () => Promise<string>
}

export function Secret({ label, read }: SecretOrder) {
  const styles = useStyles()
  const say = useText(text)
  const [value, setValue] = useState<string>()
  const [problem, setProblem] = useState<unknown>()
  const toggle = async () => {
    setProblem(undefined)
    if (value !== undefined) return setValue(undefined)
    await read().then(setValue, setProblem)
  }
  const shown = value !== undefined
  const name = say(shown ? 'hideWhat' : 'showWhat', { label })
  return (
    <div>
      <div className={styles.row}>
        {shown ? (
          <div className={styles.value}>
            <CopyBox label={label} value={value} />
          </div>
        ) : (
          <span className={styles.hidden} role="img" aria-label={say('hidden')}>
            ••••••••••••••••
          </span>
        )}
        <Button
          appearance="subtle"
          icon={shown ? <EyeOffRegular /> : <EyeRegular />}
          aria-label={name}
          title={name}
          onClick={() => void toggle()}
        />
      </div>
      {problem !== undefined && <ProblemBar problem={problem} />}
    </div>
  )
}
