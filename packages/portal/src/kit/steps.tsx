/** A story step by step: what was found, or where it stopped. */
import { makeStyles, tokens } from '@fluentui/react-components'
import { CheckmarkCircleFilled, DismissCircleFilled } from '@fluentui/react-icons'
import type { ReactNode } from 'react'
import { useText } from '../i18n/i18n.ts'
import { text } from './text.ts'

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '8px' },
  step: { display: 'flex', gap: '8px', alignItems: 'flex-start' },
  icon: { flexShrink: 0, fontSize: '20px', lineHeight: '20px', display: 'flex' },
  ok: { color: tokens.colorPaletteGreenForeground1 },
  no: { color: tokens.colorPaletteRedForeground1 },
  name: { fontWeight: tokens.fontWeightSemibold, marginRight: '6px' },
})

export interface Step {
  readonly name?: string
  readonly ok: boolean
  readonly says: ReactNode
}

export function Steps({ steps }: { readonly steps: readonly Step[] }) {
  const styles = useStyles()
  const say = useText(text)
  return (
    <ol className={styles.list}>
      {steps.map(({ name, ok, says }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place in the story
        <li key={index} className={styles.step}>
          <span className={styles.icon} role="img" aria-label={say(ok ? 'passed' : 'failed')}>
            {ok ? <CheckmarkCircleFilled className={styles.ok} /> : <DismissCircleFilled className={styles.no} />}
          </span>
          <span>
            {name && <span className={styles.name}>{name}</span>}
            {says}
          </span>
        </li>
      ))}
    </ol>
  )
}
