import { makeText } from '../../i18n/i18n.ts'

export const text = makeText('diagnose', {
  en: { title: 'Diagnose' },
  nl: { title: 'Diagnose' },
})
