import { makeText } from '../../i18n/i18n.ts'

export const text = makeText('hubs', {
  en: { title: 'Linked hubs' },
  nl: { title: 'Gekoppelde hubs' },
})
