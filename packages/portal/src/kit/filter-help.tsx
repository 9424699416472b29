/** What the filters above a list do, one by one: their boxes have no room to say it. */
import { makeStyles, tokens } from '@fluentui/react-components'
import { type ReactNode, useState } from 'react'
import { useText } from '../i18n/i18n.ts'
import { Facts } from './facts.tsx'
import { HelpButton } from './field.tsx'
import { text } from './text.ts'

const useStyles = makeStyles({
  box: { padding: '10px 12px', backgroundColor: tokens.colorNeutralBackground3, fontSize: tokens.fontSizeBase300 },
})

export interface Explained {
  readonly label: string
  readonly help: string
}

/** The button stands among the filters, what it shows below them. */
export function useFilterHelp(filters: readonly Explained[]): { readonly button: ReactNode; readonly help: ReactNode } {
  const styles = useStyles()
  const say = useText(text)
  const [open, setOpen] = useState(false)
  if (filters.length === 0) return { button: undefined, help: undefined }
  return {
    button: <HelpButton label={say('filters')} open={open} onToggle={() => setOpen(!open)} />,
    help: open && (
      <div className={styles.box}>
        <Facts facts={filters.map(({ label, help }) => [label, help])} />
      </div>
    ),
  }
}
