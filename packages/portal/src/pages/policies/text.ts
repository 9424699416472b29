import { makeText } from '../../i18n/i18n.ts'

export const text = makeText('policies', {
  en: { title: 'Shared access policies' },
  nl: { title: 'Beleid voor gedeelde toegang' },
})
