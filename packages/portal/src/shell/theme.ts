/** Light or dark: as the system has it, unless somebody chose here. */
import { type Theme, webDarkTheme, webLightTheme } from '@fluentui/react-components'
import { useSyncExternalStore } from 'react'

export type ThemeChoice = 'system' | 'light' | 'dark'
export const themeChoices: readonly ThemeChoice[] = ['system', 'light', 'dark']

const key = 'landfall.theme'
const system = globalThis.window?.matchMedia('(prefers-color-scheme: dark)')
const watchers = new Set<() => void>()
let choice = themeChoices.find((known) => known === globalThis.localStorage?.getItem(key)) ?? 'system'

export function chooseTheme(next: ThemeChoice): void {
  choice = next
  localStorage.setItem(key, next)
  for (const watcher of watchers) watcher()
}

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher)
  system?.addEventListener('change', watcher)
  return () => {
    watchers.delete(watcher)
    system?.removeEventListener('change', watcher)
  }
}

export interface ChosenTheme {
  readonly choice: ThemeChoice
  readonly isDark: boolean
  readonly theme: Theme
}

export function useTheme(): ChosenTheme {
  const chosen = useSyncExternalStore(subscribe, () => choice)
  const isDark = useSyncExternalStore(subscribe, () =>
    choice === 'system' ? system?.matches === true : choice === 'dark',
  )
  return { choice: chosen, isDark, theme: isDark ? webDarkTheme : webLightTheme }
}
