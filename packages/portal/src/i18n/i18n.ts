/** Words of the portal: English and Dutch, each page with its own, registered when the page is loaded. */
import i18next from 'i18next'
import { useCallback, useSyncExternalStore } from 'react'
import { chooseLanguage, type Language, rememberLanguage } from './language.ts'

export const i18n = i18next.createInstance()
void i18n.init({
  lng: chooseLanguage(),
  fallbackLng: 'en',
  resources: {},
  ns: [],
  initAsync: false,
  keySeparator: false,
  nsSeparator: false,
  // React escapes
  interpolation: { escapeValue: false },
})
const followLanguage = () => {
  document.documentElement.lang = i18n.language
}
i18n.on('languageChanged', followLanguage)
if (typeof document !== 'undefined') followLanguage()

export const languageNow = (): Language => (i18n.language === 'nl' ? 'nl' : 'en')

export function changeLanguage(language: Language): void {
  rememberLanguage(language)
  void i18n.changeLanguage(language)
}

/** The one of now; whoever asks is shown anew when it changes. */
export const useLanguage = (): Language => useSyncExternalStore(watchLanguage, languageNow)

function watchLanguage(watcher: () => void): () => void {
  i18n.on('languageChanged', watcher)
  return () => i18n.off('languageChanged', watcher)
}

type Words = Readonly<Record<string, string>>
/** `devices_one` and `devices_other` are asked for as `devices`, with a count. */
type Asked<Key> = Key extends `${infer Base}_one` ? Base : Key extends `${infer Base}_other` ? Base : Key

export interface Text<Key extends string> {
  readonly namespace: string
  readonly keys: readonly Key[]
}

/** `text.ts` of a page: the same keys in both languages, or it does not compile. */
export function makeText<const En extends Words>(
  namespace: string,
  words: { readonly en: En; readonly nl: NoInfer<{ readonly [Key in keyof En]: string }> },
): Text<Asked<keyof En & string>> {
  for (const language of ['en', 'nl'] as const) i18n.addResourceBundle(language, namespace, words[language])
  return { namespace, keys: Object.keys(words.en) as Asked<keyof En & string>[] }
}

export type Say<Key extends string> = (key: Key, values?: Readonly<Record<string, string | number>>) => string

export function useText<Key extends string>({ namespace }: Text<Key>): Say<Key> {
  const lng = useLanguage()
  // the same while the language is
  return useCallback((key, values) => String(i18n.t(key, { ...values, ns: namespace, lng })), [namespace, lng])
}
