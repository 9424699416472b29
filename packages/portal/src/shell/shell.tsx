/** What is around every page: top bar, menu (a drawer where it is narrow), the page itself. */
import { makeStyles, tokens } from '@fluentui/react-components'
import { Suspense, useEffect, useState } from 'react'
import { Route, Switch } from 'wouter'
import { connectLive } from '../api/live.ts'
import { useText } from '../i18n/i18n.ts'
import { useIsReadable } from '../kit/address-part.ts'
import { Dialog } from '../kit/dialog.tsx'
import { useNarrow } from '../kit/narrow.ts'
import { Waiting } from '../kit/waiting.tsx'
import { NotFound, routes } from '../routes.ts'
import { Broken } from './broken.tsx'
import { Navigation } from './navigation.tsx'
import { SessionWatch } from './session-watch.tsx'
import { text } from './text.ts'
import { Preferences, TopBar } from './top-bar.tsx'

const useStyles = makeStyles({
  shell: {
    display: 'grid',
    gridTemplateRows: 'auto minmax(0, 1fr)',
    gridTemplateColumns: 'auto minmax(0, 1fr)',
    height: '100dvh',
    backgroundColor: tokens.colorNeutralBackground2,
  },
  top: { gridColumn: '1 / -1' },
  side: {
    width: '248px',
    overflowY: 'auto',
    backgroundColor: tokens.colorNeutralBackground1,
    borderRight: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  preferences: { padding: '8px 20px' },
  main: {
    gridColumn: '-2 / -1',
    overflowY: 'auto',
    padding: '20px 24px 32px',
    '@media (max-width: 760px)': { padding: '12px 12px 24px' },
    ':focus-visible': { outline: 'none' },
  },
  skip: {
    position: 'absolute',
    top: '-60px',
    left: '8px',
    zIndex: 10,
    padding: '8px 12px',
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorBrandForegroundLink,
    borderRadius: tokens.borderRadiusMedium,
    boxShadow: tokens.shadow8,
    ':focus': { top: '8px' },
  },
})

export function Shell() {
  const styles = useStyles()
  const say = useText(text)
  const narrow = useNarrow()
  const [open, setOpen] = useState(false)
  useEffect(connectLive, [])
  return (
    <div className={styles.shell}>
      {/* a plain link would take the hash of the address, which is the sign-in token's place */}
      <button type="button" className={styles.skip} onClick={() => document.getElementById('content')?.focus()}>
        {say('skip')}
      </button>
      <div className={styles.top}>
        <TopBar onMenu={narrow ? () => setOpen(true) : undefined} />
      </div>
      {narrow ? (
        <Dialog side open={open} title={say('menu')} onClose={() => setOpen(false)}>
          <Navigation onChoose={() => setOpen(false)} />
          <div className={styles.preferences}>
            <Preferences />
          </div>
        </Dialog>
      ) : (
        <div className={styles.side}>
          <Navigation />
        </div>
      )}
      <main id="content" tabIndex={-1} className={styles.main}>
        <Pages />
      </main>
      <SessionWatch />
    </div>
  )
}

function Pages() {
  const say = useText(text)
  const readable = useIsReadable()
  return (
    <Broken>
      <Suspense fallback={<Waiting for={say('loadingPage')} />}>{readable ? <Known /> : <NotFound />}</Suspense>
    </Broken>
  )
}

const Known = () => (
  <Switch>
    {routes.map(({ path, page: Page }) => (
      <Route key={path} path={path}>
        <Page />
      </Route>
    ))}
  </Switch>
)
