/** Which service this is, whether it is live, the language, the theme, and who is signed in. */
import {
  Badge,
  Button,
  Menu,
  MenuDivider,
  MenuItem,
  MenuItemRadio,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  Text,
  tokens,
} from '@fluentui/react-components'
import { LocalLanguageRegular, NavigationRegular, PersonRegular, WeatherMoonRegular } from '@fluentui/react-icons'
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
      <Languages />
      <Themes />
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

function Languages() {
  const say = useText(text)
  const choose = (code: string | undefined) => changeLanguage((code ?? 'en') as Language)
  return (
    <Menu
      checkedValues={{ language: [languageNow()] }}
      onCheckedValueChange={(_, { checkedItems }) => choose(checkedItems[0])}
    >
      <MenuTrigger disableButtonEnhancement>
        <Button appearance="subtle" icon={<LocalLanguageRegular />} aria-label={say('language')} />
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {languages.map(({ code, name }) => (
            <MenuItemRadio key={code} name="language" value={code} lang={code}>
              {name}
            </MenuItemRadio>
          ))}
        </MenuList>
      </MenuPopover>
    </Menu>
  )
}

function Themes() {
  const say = useText(text)
  const { choice } = useTheme()
  return (
    <Menu
      checkedValues={{ theme: [choice] }}
      onCheckedValueChange={(_, { checkedItems }) => chooseTheme((checkedItems[0] ?? 'system') as ThemeChoice)}
    >
      <MenuTrigger disableButtonEnhancement>
        <Button appearance="subtle" icon={<WeatherMoonRegular />} aria-label={say('theme')} />
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <MenuItemRadio name="theme" value="system">
            {say('themeSystem')}
          </MenuItemRadio>
          <MenuItemRadio name="theme" value="light">
            {say('themeLight')}
          </MenuItemRadio>
          <MenuItemRadio name="theme" value="dark">
            {say('themeDark')}
          </MenuItemRadio>
        </MenuList>
      </MenuPopover>
    </Menu>
  )
}

function Person() {
  const styles = useStyles()
  const say = useText(text)
  const narrow = useNarrow()
  const { actor } = useSession()
  const label = say('signedInAs', { name: actor.name })
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button appearance="subtle" icon={<PersonRegular />} aria-label={label}>
          {!narrow && <span className={styles.actor}>{actor.name}</span>}
        </Button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <MenuItem disabled>{label}</MenuItem>
          <MenuDivider />
          <MenuItem onClick={() => void signOut()}>{say('signOut')}</MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  )
}
