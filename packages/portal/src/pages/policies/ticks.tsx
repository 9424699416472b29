/** Things to tick, each with a sentence that says what it means. */
import { Checkbox, makeStyles, tokens } from '@fluentui/react-components'
import { useId } from 'react'

const useStyles = makeStyles({
  set: { margin: 0, padding: 0, border: 'none', display: 'flex', flexDirection: 'column', gap: '2px', minWidth: 0 },
  legend: { padding: 0, fontWeight: tokens.fontWeightSemibold, marginBottom: '2px' },
  hint: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
  error: { color: tokens.colorPaletteRedForeground1 },
})

export interface TicksOrder<Value extends string> {
  readonly label: string
  readonly hint: string
  readonly error?: string
  readonly values: readonly Value[]
  readonly helpOf: (value: Value) => string
  readonly ticked: readonly Value[]
  readonly disabled?: boolean
  readonly onChange: (ticked: readonly Value[]) => void
}

export function Ticks<Value extends string>(order: TicksOrder<Value>) {
  const { label, hint, error, values, helpOf, ticked, disabled, onChange } = order
  const styles = useStyles()
  const id = useId()
  return (
    <fieldset className={styles.set} aria-describedby={id}>
      <legend className={styles.legend}>{label}</legend>
      <div id={id} className={error === undefined ? styles.hint : styles.error} role={error && 'alert'}>
        {error ?? hint}
      </div>
      {values.map((value) => (
        <Checkbox
          key={value}
          checked={ticked.includes(value)}
          disabled={disabled}
          label={
            <>
              <strong>{value}</strong>
              <div className={styles.hint}>{helpOf(value)}</div>
            </>
          }
          onChange={() =>
            // in the order of the list, so that the same ticks are the same value
            onChange(values.filter((one) => (one === value ? !ticked.includes(one) : ticked.includes(one))))
          }
        />
      ))}
    </fieldset>
  )
}
