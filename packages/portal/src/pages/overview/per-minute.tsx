/** What became of the attempts of the last hour, minute by minute, as it happens. */
import { tokens } from '@fluentui/react-components'
import type { Minute } from '../../api/overview.ts'
import { useText } from '../../i18n/i18n.ts'
import { Chart } from '../../kit/chart.tsx'
import { Section } from '../../kit/section.tsx'
import { text } from './text.ts'

const outcomes = [
  { id: 'assigned', color: tokens.colorPaletteGreenBackground3 },
  { id: 'assigning', color: tokens.colorBrandBackground },
  { id: 'failed', color: tokens.colorPaletteDarkOrangeBackground3 },
  { id: 'disabled', color: tokens.colorNeutralForeground4 },
  { id: 'refused', color: tokens.colorPaletteRedBackground3 },
] as const

export function PerMinute({ minutes }: { readonly minutes: readonly Minute[] }) {
  const say = useText(text)
  const quiet = minutes.every((minute) => outcomes.every(({ id }) => minute[id] === 0))
  return (
    <Section title={say('perMinute')}>
      {quiet && <div>{say('quiet')}</div>}
      <Chart
        label={say('perMinute')}
        series={outcomes.map(({ id, color }) => ({ id, color, label: say(id) }))}
        points={minutes.map(({ at, ...values }) => ({ at, values }))}
      />
    </Section>
  )
}
