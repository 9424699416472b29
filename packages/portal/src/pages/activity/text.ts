import { makeText } from '../../i18n/i18n.ts'

export const text = makeText('activity', {
  en: { title: 'Activity' },
  nl: { title: 'Activiteit' },
})
