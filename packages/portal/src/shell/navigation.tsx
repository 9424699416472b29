/** The menu: a list of links in a nav, the current one marked for eyes and screen readers alike. */
import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { Link, useLocation } from 'wouter'
import { useText } from '../i18n/i18n.ts'
import { menu } from '../routes.ts'
import { icons } from './icons.tsx'
import { text } from './text.ts'

const useStyles = makeStyles({
  nav: { padding: '8px', display: 'flex', flexDirection: 'column', gap: '12px' },
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '2px' },
  heading: {
    margin: 0,
    padding: '4px 12px',
    fontSize: tokens.fontSizeBase200,
    fontWeight: tokens.fontWeightSemibold,
    color: tokens.colorNeutralForeground3,
  },
  link: {
    display: 'flex',
    alignItems: 'center',
    gap: '10px',
    padding: '7px 12px',
    borderRadius: tokens.borderRadiusMedium,
    color: tokens.colorNeutralForeground2,
    textDecorationLine: 'none',
    fontSize: tokens.fontSizeBase300,
    borderLeft: '3px solid transparent',
    ':hover': { backgroundColor: tokens.colorSubtleBackgroundHover, color: tokens.colorNeutralForeground1 },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
    '& svg': { flexShrink: 0, fontSize: '20px' },
  },
  current: {
    backgroundColor: tokens.colorSubtleBackgroundSelected,
    color: tokens.colorNeutralForeground1,
    fontWeight: tokens.fontWeightSemibold,
    borderLeftColor: tokens.colorBrandStroke1,
  },
})

export function Navigation({ onChoose }: { readonly onChoose?: () => void }) {
  const styles = useStyles()
  const say = useText(text)
  const [location] = useLocation()
  const isCurrent = (within: string) => (within === '/' ? location === '/' : location.startsWith(within))
  return (
    <nav aria-label={say('menu')} className={styles.nav}>
      {menu.map((part) => (
        <div key={part.entries[0].href}>
          {'heading' in part && <h2 className={styles.heading}>{say(part.heading)}</h2>}
          <ul className={styles.list}>
            {part.entries.map((entry) => {
              const current = isCurrent('within' in entry ? entry.within : entry.href)
              const Icon = icons[entry.icon]
              return (
                <li key={entry.href}>
                  <Link
                    href={entry.href}
                    className={mergeClasses(styles.link, current && styles.current)}
                    aria-current={current ? 'page' : undefined}
                    onClick={onChoose}
                  >
                    <Icon aria-hidden />
                    {say(entry.label)}
                  </Link>
                </li>
              )
            })}
          </ul>
        </div>
      ))}
    </nav>
  )
}
