/** What is meant, by name; of many the first ones. */
import { makeStyles, tokens } from '@fluentui/react-components'
import { useText } from '../i18n/i18n.ts'
import { text } from './text.ts'

const useStyles = makeStyles({
  names: { margin: 0, paddingLeft: '20px', overflowWrap: 'anywhere', fontWeight: tokens.fontWeightSemibold },
})

/** So many are named. */
export const mostNamed = 5

export function Names({ names }: { readonly names: readonly string[] }) {
  const styles = useStyles()
  const say = useText(text)
  return (
    <ul className={styles.names}>
      {names.slice(0, mostNamed).map((name) => (
        <li key={name}>{name}</li>
      ))}
      {names.length > mostNamed && <li>{say('more', { count: names.length - mostNamed })}</li>}
    </ul>
  )
}
