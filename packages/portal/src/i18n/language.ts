/** Which of the two languages: what was chosen here before, else the first of the browser's that we speak. */
export type Language = 'en' | 'nl'
export const languages: readonly { readonly code: Language; readonly name: string }[] = [
  { code: 'en', name: 'English' },
  { code: 'nl', name: 'Nederlands' },
]

const key = 'landfall.language'

export function chooseLanguage(
  preferred: readonly string[] = globalThis.navigator?.languages ?? [],
  chosen = globalThis.localStorage?.getItem(key) ?? undefined,
): Language {
  const spoken = [chosen, ...preferred].map((tag) => tag?.toLowerCase().split('-')[0])
  return spoken.find((tag) => tag === 'en' || tag === 'nl') ?? 'en'
}

export const rememberLanguage = (language: Language): void => localStorage.setItem(key, language)
