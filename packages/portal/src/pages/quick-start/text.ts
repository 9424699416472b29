import { makeText } from '../../i18n/i18n.ts'

export const text = makeText('quick-start', {
  en: { title: 'Quick start' },
  nl: { title: 'Snel aan de slag' },
})
