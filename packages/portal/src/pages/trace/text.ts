import { makeText } from '../../i18n/i18n.ts'

export const text = makeText('trace', {
  en: { title: 'Trace' },
  nl: { title: 'Tracering' },
})
