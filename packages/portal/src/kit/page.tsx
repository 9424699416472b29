/** A page: where it is, what it is called, what can be done. The title takes the focus when somebody came to it by a link. */
import { makeStyles, tokens, typographyStyles } from '@fluentui/react-components'
import { ChevronRightRegular } from '@fluentui/react-icons'
import { type ReactNode, useEffect, useRef } from 'react'
import { useInstance } from '../api/instance.ts'
import { useText } from '../i18n/i18n.ts'
import { Link } from './link.tsx'
import { text } from './text.ts'

const useStyles = makeStyles({
  page: { display: 'flex', flexDirection: 'column', gap: '16px', maxWidth: '1400px' },
  head: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px 16px' },
  title: { ...typographyStyles.title2, margin: 0, flexGrow: 1, ':focus-visible': { outline: 'none' } },
  actions: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
  trail: { display: 'flex', flexWrap: 'wrap', listStyleType: 'none', margin: 0, padding: 0 },
  crumb: { display: 'flex', alignItems: 'center', gap: '4px', marginRight: '4px' },
  intro: { color: tokens.colorNeutralForeground2, maxWidth: '75ch' },
})

export interface Crumb {
  readonly label: string
  /** Below /portal, such as `/hubs`. */
  readonly href: string
}

export interface PageOrder {
  readonly title: string
  /** The pages above this one; the page itself is added. */
  readonly breadcrumb?: readonly Crumb[]
  readonly intro?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}

export function Page({ title, breadcrumb = [], intro, actions, children }: PageOrder) {
  const styles = useStyles()
  const heading = useTitle(title)
  return (
    <div className={styles.page}>
      {breadcrumb.length > 0 && <Trail crumbs={breadcrumb} here={title} />}
      <div className={styles.head}>
        <h1 ref={heading} tabIndex={-1} className={styles.title}>
          {title}
        </h1>
        {actions && <div className={styles.actions}>{actions}</div>}
      </div>
      {intro && <div className={styles.intro}>{intro}</div>}
      {children}
    </div>
  )
}

/** Of the page that was shown before; undefined: this is the first. */
let shownTitle: string | undefined

function useTitle(title: string) {
  const heading = useRef<HTMLHeadingElement>(null)
  const { data } = useInstance()
  const serviceName = data?.serviceName
  useEffect(() => {
    document.title = [title, serviceName, 'Landfall'].filter(Boolean).join(' · ')
  }, [title, serviceName])
  useEffect(() => {
    if (shownTitle !== undefined && shownTitle !== title) heading.current?.focus()
    shownTitle = title
  }, [title])
  return heading
}

function Trail({ crumbs, here }: { readonly crumbs: readonly Crumb[]; readonly here: string }) {
  const styles = useStyles()
  const say = useText(text)
  return (
    <nav aria-label={say('breadcrumb')}>
      <ol className={styles.trail}>
        {crumbs.map(({ label, href }) => (
          <li key={href} className={styles.crumb}>
            <Link href={href}>{label}</Link>
            <ChevronRightRegular aria-hidden />
          </li>
        ))}
        <li aria-current="page" className={styles.crumb}>
          {here}
        </li>
      </ol>
    </nav>
  )
}
