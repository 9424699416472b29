/** Names and values of one thing, as a description list. */
import { makeStyles, tokens } from '@fluentui/react-components'
import type { ReactNode } from 'react'

const useStyles = makeStyles({
  list: {
    display: 'grid',
    gridTemplateColumns: 'minmax(140px, max-content) minmax(0, 1fr)',
    gap: '8px 24px',
    alignItems: 'baseline',
    margin: 0,
    '@media (max-width: 760px)': { gridTemplateColumns: 'minmax(0, 1fr)', gap: '2px' },
  },
  name: { color: tokens.colorNeutralForeground2, fontWeight: tokens.fontWeightSemibold },
  value: { margin: 0, minWidth: 0, '@media (max-width: 760px)': { marginBottom: '10px' } },
})

export type Fact = readonly [name: string, value: ReactNode]

/** Facts whose value is undefined are left out. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  const styles = useStyles()
  const known = facts.filter(([, value]) => value !== undefined)
  return (
    <dl className={styles.list}>
      {known.map(([name, value]) => [
        <dt key={`${name} name`} className={styles.name}>
          {name}
        </dt>,
        <dd key={name} className={styles.value}>
          {value}
        </dd>,
      ])}
    </dl>
  )
}
