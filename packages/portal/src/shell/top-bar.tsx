/** Which service this is, whether it is live, the language, the theme, and who is signed in. */
import { Badge, Button, makeStyles, Select, Text, tokens } from '@fluentui/react-components'
import { NavigationRegular, SignOutRegular } from '@fluentui/react-icons'
import { Link } from 'wouter'
import { useInstance } from '../api/instance.ts'
import { useLiveState } from '../api/live.ts'
import { signOut, useSession } from '../api/session.ts'
import { changeLanguage, languageNow, useText } from '../i18n/i18n.ts'
import { type Language, languages } from '../i18n/language.ts'
import { useNarrow } from '../kit/narrow.ts'
import { text } from './text.ts'
import { chooseTheme, type ThemeChoice, useTheme } from './theme.ts'

const useStyles = makeStyles({
  bar: {
    display: 'flex',
    alignItems: 'center',
    gap: '8px',
    minHeight: '48px',
    padding: '0 12px',
    backgroundColor: tokens.colorNeutralBackground1,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  home: {
    display: 'flex',
    alignItems: 'center',
    gap: '10px',
    minWidth: 0,
    flexGrow: 1,
    color: 'inherit',
    textDecorationLine: 'none',
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, borderRadius: tokens.borderRadiusMedium },
  },
  name: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  preferences: { display: 'flex', gap: '8px' },
  actor: { maxWidth: '220px', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
})

export function TopBar({ onMenu }: { readonly onMenu?: () => void }) {
  const styles = useStyles()
  const say = useText(text)
  const { data } = useInstance()
  return (
    <header className={styles.bar}>
      {onMenu && (
        <Button appearance="subtle" icon={<NavigationRegular />} aria-label={say('openMenu')} onClick={onMenu} />
      )}
      <Link href="/" className={styles.home}>
        <img src={`${import.meta.env.BASE_URL}icon.svg`} width={24} height={24} alt="" />
        <Text weight="semibold" className={styles.name}>
          {say('product')}
          {data && ` · ${data.serviceName}`}
        </Text>
      </Link>
      <Live />
      {!onMenu && <Preferences />}
      <Person />
    </header>
  )
}

function Live() {
  const say = useText(text)
  const narrow = useNarrow()
  const state = useLiveState()
  const label = say(state === 'live' ? 'live' : state === 'lost' ? 'liveLost' : 'liveConnecting')
  const color = state === 'live' ? 'success' : state === 'lost' ? 'warning' : 'subtle'
  return (
    <span role="status" aria-label={label} title={label}>
      <Badge appearance={narrow ? 'filled' : 'tint'} color={color} size={narrow ? 'extra-small' : 'medium'}>
        {narrow ? '' : label}
      </Badge>
    </span>
  )
}

/** Language and theme: native choices, which every keyboard, screen reader and phone knows. */
export function Preferences() {
  const say = useText(text)
  const { choice } = useTheme()
  const styles = useStyles()
  return (
    <div className={styles.preferences}>
      <Select
        aria-label={say('language')}
        value={languageNow()}
        onChange={(_, { value }) => changeLanguage(value as Language)}
      >
        {languages.map(({ code, name }) => (
          <option key={code} value={code} lang={code}>
            {name}
          </option>
        ))}
      </Select>
      <Select aria-label={say('theme')} value={choice} onChange={(_, { value }) => chooseTheme(value as ThemeChoice)}>
        <option value="system">{say('themeSystem')}</option>
        <option value="light">{say('themeLight')}</option>
        <option value="dark">{say('themeDark')}</option>
      </Select>
    </div>
  )
}

function Person() {
  const styles = useStyles()
  const say = useText(text)
  const narrow = useNarrow()
  const { actor } = useSession()
  return (
    <>
      {!narrow && (
        <span className={styles.actor} title={say('signedInAs', { name: actor.name })}>
          <span className="visually-hidden">{say('signedInAs', { name: actor.name })}</span>
          <span aria-hidden>{actor.name}</span>
        </span>
      )}
      <Button
        appearance="subtle"
        icon={<SignOutRegular />}
        aria-label={narrow ? say('signOut') : undefined}
        onClick={() => void signOut()}
      >
        {!narrow && say('signOut')}
      </Button>
    </>
  )
}
