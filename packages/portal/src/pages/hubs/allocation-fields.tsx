/** Weight, whether the allocation policy counts the hub in, and where it is: the same when linking and afterwards. */
import { Input, makeStyles, Switch, tokens } from '@fluentui/react-components'
import { useText } from '../../i18n/i18n.ts'
import { Field } from '../../kit/field.tsx'
import { text } from './text.ts'

const useStyles = makeStyles({
  weight: { display: 'flex', alignItems: 'center', gap: '12px', maxWidth: '560px' },
  // Fluent's own brings a style that browsers warn of
  range: {
    flexGrow: 1,
    minWidth: '100px',
    height: '32px',
    margin: 0,
    accentColor: tokens.colorBrandBackground,
    cursor: 'pointer',
  },
  number: { width: '110px', flexShrink: 0 },
})

export interface Allocation {
  /** As typed; `weightOf` reads it. */
  readonly weight: string
  readonly applyAllocationPolicy: boolean
  readonly location: string
}

/** contract/management 4.5 */
export function weightOf(typed: string): number | undefined {
  const weight = Number(typed)
  return typed.trim() !== '' && Number.isInteger(weight) && weight >= 1 && weight <= 1000 ? weight : undefined
}

export interface FieldsOrder {
  readonly value: Allocation
  readonly disabled?: boolean
  readonly onChange: (patch: Partial<Allocation>) => void
}

export function AllocationFields({ value, disabled, onChange }: FieldsOrder) {
  const styles = useStyles()
  const say = useText(text)
  const weight = weightOf(value.weight)
  return (
    <>
      <Field
        label={say('weight')}
        hint={say('weightHelp')}
        error={weight === undefined ? say('weightWrong') : undefined}
      >
        <div className={styles.weight}>
          <input
            type="range"
            className={styles.range}
            aria-label={say('weightSlider')}
            min={1}
            max={1000}
            value={weight ?? 1}
            disabled={disabled}
            onChange={(event) => onChange({ weight: event.target.value })}
          />
          <Input
            className={styles.number}
            type="number"
            min={1}
            max={1000}
            value={value.weight}
            disabled={disabled}
            onChange={(_, data) => onChange({ weight: data.value })}
          />
        </div>
      </Field>
      <Field label={say('apply')} hint={say('applyHelp')}>
        <Switch
          checked={value.applyAllocationPolicy}
          disabled={disabled}
          onChange={(_, { checked }) => onChange({ applyAllocationPolicy: checked })}
        />
      </Field>
      <Field label={say('location')} hint={say('locationHelp')}>
        <Input
          value={value.location}
          maxLength={64}
          disabled={disabled}
          onChange={(_, data) => onChange({ location: data.value })}
        />
      </Field>
    </>
  )
}
