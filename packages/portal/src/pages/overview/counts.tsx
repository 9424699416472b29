/** How much there is, each a way to it. */
import { makeStyles, tokens, typographyStyles } from '@fluentui/react-components'
import { Link } from 'wouter'
import type { Counts as Numbers } from '../../api/instance.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/i18n.ts'
import { text } from './text.ts'

const useStyles = makeStyles({
  list: {
    listStyleType: 'none',
    margin: 0,
    padding: 0,
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(150px, 1fr))',
    gap: '12px',
  },
  tile: {
    display: 'flex',
    flexDirection: 'column',
    gap: '2px',
    padding: '12px 16px',
    height: '100%',
    boxSizing: 'border-box',
    borderRadius: tokens.borderRadiusLarge,
    backgroundColor: tokens.colorNeutralBackground1,
    boxShadow: tokens.shadow4,
    color: tokens.colorNeutralForeground1,
    textDecorationLine: 'none',
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  number: typographyStyles.title2,
  label: { color: tokens.colorNeutralForeground2 },
})

const tiles = [
  { count: 'groups', href: '/enrollments/groups' },
  { count: 'individuals', href: '/enrollments/individual' },
  { count: 'registrations', href: '/registrations' },
  { count: 'certificates', href: '/certificates' },
  { count: 'hubs', href: '/hubs' },
] as const

export function Counts({ counts }: { readonly counts: Numbers }) {
  const styles = useStyles()
  const say = useText(text)
  const format = useFormat()
  return (
    <ul className={styles.list} aria-label={say('counts')}>
      {tiles.map(({ count, href }) => (
        <li key={count}>
          <Link href={href} className={styles.tile}>
            <span className={styles.number}>{format.number(counts[count])}</span>
            <span className={styles.label}>{say(count)}</span>
          </Link>
        </li>
      ))}
    </ul>
  )
}
