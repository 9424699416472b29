import { makeText } from '../i18n/i18n.ts'

export const text = makeText('policyKeys', {
  en: {
    keysHelp: 'Shown only when you ask, and forgotten when you hide them or leave.',
    noKeys: 'You may not see keys here: that takes the right ServiceConfig, or the role contributor.',
    primaryKey: 'Primary key',
    secondaryKey: 'Secondary key',
    primaryConnectionString: 'Primary connection string',
    secondaryConnectionString: 'Secondary connection string',
    rotatePrimary: 'Regenerate primary key',
    rotateSecondary: 'Regenerate secondary key',
    rotateSwap: 'Swap keys',
    askPrimary: 'Regenerate the primary key?',
    askSecondary: 'Regenerate the secondary key?',
    askSwap: 'Swap the two keys?',
    swapStops:
      'The primary key becomes the secondary one and the other way round. Nothing stops working: both keys are still good.',
    rotatedPrimary: 'Primary key of {{name}} regenerated',
    rotatedSecondary: 'Secondary key of {{name}} regenerated',
    rotatedSwap: 'Keys of {{name}} swapped',
  },
  nl: {
    keysHelp: 'Alleen te zien als u erom vraagt, en vergeten zodra u ze verbergt of weggaat.',
    noKeys: 'U mag hier geen sleutels zien: daarvoor is het recht ServiceConfig nodig, of de rol contributor.',
    primaryKey: 'Primaire sleutel',
    secondaryKey: 'Secundaire sleutel',
    primaryConnectionString: 'Primaire verbindingsreeks',
    secondaryConnectionString: 'Secundaire verbindingsreeks',
    rotatePrimary: 'Primaire sleutel opnieuw genereren',
    rotateSecondary: 'Secundaire sleutel opnieuw genereren',
    rotateSwap: 'Sleutels omwisselen',
    askPrimary: 'De primaire sleutel opnieuw genereren?',
    askSecondary: 'De secundaire sleutel opnieuw genereren?',
    askSwap: 'De twee sleutels omwisselen?',
    swapStops:
      'De primaire sleutel wordt de secundaire en omgekeerd. Alles blijft werken: beide sleutels blijven geldig.',
    rotatedPrimary: 'Primaire sleutel van {{name}} opnieuw gegenereerd',
    rotatedSecondary: 'Secundaire sleutel van {{name}} opnieuw gegenereerd',
    rotatedSwap: 'Sleutels van {{name}} omgewisseld',
  },
})
