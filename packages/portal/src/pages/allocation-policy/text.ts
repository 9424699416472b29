import { makeText } from '../../i18n/i18n.ts'

export const text = makeText('allocation-policy', {
  en: { title: 'Manage allocation policy' },
  nl: { title: 'Toewijzingsbeleid beheren' },
})
