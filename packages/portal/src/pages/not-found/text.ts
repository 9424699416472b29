import { makeText } from '../../i18n/i18n.ts'

export const text = makeText('not-found', {
  en: {
    title: 'There is no such page',
    says: 'The address may be mistyped, or of an older portal.',
    home: 'To the overview',
  },
  nl: {
    title: 'Deze pagina bestaat niet',
    says: 'Misschien is het adres verkeerd getypt, of hoort het bij een oudere portal.',
    home: 'Naar het overzicht',
  },
})
