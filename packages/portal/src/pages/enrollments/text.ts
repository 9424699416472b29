import { makeText } from '../../i18n/i18n.ts'

export const text = makeText('enrollments', {
  en: { title: 'Manage enrollments' },
  nl: { title: 'Inschrijvingen beheren' },
})
