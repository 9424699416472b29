import { makeText } from '../../../i18n/i18n.ts'

export const text = makeText('copyAs', {
  en: {
    title: 'Copy as',
    help: 'The same enrollment, made by other tools. In a shell, first: eval "$(landfall env)"',
    certificates: 'Put the certificates into files of these names.',
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
    help: 'Dezelfde inschrijving, met andere hulpmiddelen gemaakt. In een shell eerst: eval "$(landfall env)"',
    certificates: 'Zet de certificaten in bestanden met deze namen.',
    tools: 'Hulpmiddelen',
    az: 'Azure CLI',
    curl: 'curl',
    landfall: 'landfall',
    node: 'Node.js',
    withKeys: 'Met de sleutels die zijn getypt',
    command: 'Opdracht voor {{tool}}',
  },
})
