import { makeText } from '../../i18n/i18n.ts'

export const text = makeText('certificates', {
  en: { title: 'Certificates' },
  nl: { title: 'Certificaten' },
})
