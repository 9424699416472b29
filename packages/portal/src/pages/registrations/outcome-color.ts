/** The colour of an outcome, as in the chart of the overview. */
import { tokens } from '@fluentui/react-components'
import type { Outcome } from '../../api/attempts.ts'

const colors: Readonly<Record<Outcome, string>> = {
  assigned: tokens.colorPaletteGreenBackground3,
  assigning: tokens.colorBrandBackground,
  challenged: tokens.colorBrandBackground,
  failed: tokens.colorPaletteDarkOrangeBackground3,
  disabled: tokens.colorNeutralForeground4,
  refused: tokens.colorPaletteRedBackground3,
}

export const colorOf = (outcome: Outcome): string => colors[outcome]
