import { makeText } from '../../i18n/i18n.ts'

export const text = makeText('registrations', {
  en: { title: 'Registrations' },
  nl: { title: 'Registraties' },
})
