import { makeText } from '../../../i18n/i18n.ts'

export const text = makeText('copyAs', {
  en: {
    title: 'Copy as',
    help: 'The same enrollment, made by other tools. In a shell, begin with eval "$(landfall env)".',
    certificates: 'Put the certificates into files of these names, or in the place of the capitals.',
    tools: 'Tools',
    az: 'Azure CLI',
    curl: 'curl',
    landfall: 'landfall',
    node: 'Node.js',
    withKeys: 'With the keys that were typed',
    command: 'Command for {{tool}}',
  },
  nl: {
    title: 'Kopiëren als',
    help: 'Dezelfde inschrijving, met andere hulpmiddelen gemaakt. Begin in een shell met eval "$(landfall env)".',
    certificates: 'Zet de certificaten in bestanden met deze namen, of op de plaats van de hoofdletters.',
    tools: 'Hulpmiddelen',
    az: 'Azure CLI',
    curl: 'curl',
    landfall: 'landfall',
    node: 'Node.js',
    withKeys: 'Met de sleutels die zijn getypt',
    command: 'Opdracht voor {{tool}}',
  },
})
