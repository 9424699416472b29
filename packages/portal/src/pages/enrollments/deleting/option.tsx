/** A tick with what it brings about below it. */
import { makeStyles, tokens } from '@fluentui/react-components'
import type { ReactNode } from 'react'

const useStyles = makeStyles({
  help: {
    color: tokens.colorNeutralForeground2,
    paddingLeft: '36px',
    marginTop: '-4px',
    fontSize: tokens.fontSizeBase200,
  },
})

export function Option({ help, children }: { readonly help: string; readonly children: ReactNode }) {
  const styles = useStyles()
  return (
    <div>
      {children}
      <div className={styles.help}>{help}</div>
    </div>
  )
}
