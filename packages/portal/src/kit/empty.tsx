/** Where there is nothing: why, and what to do about it. */
import { Body1, makeStyles, Subtitle2, tokens } from '@fluentui/react-components'
import type { ReactNode } from 'react'

const useStyles = makeStyles({
  box: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    gap: '8px',
    padding: '40px 16px',
    textAlign: 'center',
    color: tokens.colorNeutralForeground2,
  },
})

export interface EmptyOrder {
  readonly title: string
  readonly says?: string
  readonly action?: ReactNode
}

export function Empty({ title, says, action }: EmptyOrder) {
  const styles = useStyles()
  return (
    <div className={styles.box}>
      <Subtitle2>{title}</Subtitle2>
      {says && <Body1>{says}</Body1>}
      {action}
    </div>
  )
}
