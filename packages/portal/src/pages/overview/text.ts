import { makeText } from '../../i18n/i18n.ts'

export const text = makeText('overview', {
  en: { title: 'Overview' },
  nl: { title: 'Overzicht' },
})
