/** One of several, each with a line of help; or several ticks under one name. */
import { makeStyles, Radio, RadioGroup, tokens } from '@fluentui/react-components'
import { type ReactNode, useId } from 'react'

const useStyles = makeStyles({
  set: { border: 'none', margin: 0, padding: 0, minWidth: 0 },
  legend: { padding: 0, fontWeight: tokens.fontWeightSemibold, marginBottom: '2px' },
  help: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
  block: { display: 'block' },
  wrong: { color: tokens.colorPaletteRedForeground1, fontSize: tokens.fontSizeBase200 },
})

export interface FieldsetOrder {
  readonly label: string
  /** The section above says it already. */
  readonly hideLabel?: boolean
  readonly help?: string
  readonly error?: string
  readonly children: ReactNode
}

export function Fieldset({ label, hideLabel = false, help, error, children }: FieldsetOrder) {
  const styles = useStyles()
  const id = useId()
  return (
    <fieldset
      className={styles.set}
      aria-describedby={`${id}-help`}
      tabIndex={error ? -1 : undefined}
      data-faulty={error ? '' : undefined}
    >
      <legend className={hideLabel ? 'visually-hidden' : styles.legend}>{label}</legend>
      <div id={`${id}-help`}>
        {help && <div className={styles.help}>{help}</div>}
        {error && (
          <div role="alert" className={styles.wrong}>
            {error}
          </div>
        )}
      </div>
      {children}
    </fieldset>
  )
}

export interface Choice<Value extends string> {
  readonly value: Value
  readonly label: string
  readonly help?: string
  readonly disabled?: boolean
}

export interface ChoicesOrder<Value extends string> extends Omit<FieldsetOrder, 'children'> {
  readonly choices: readonly Choice<Value>[]
  readonly value: Value
  readonly onChange: (value: Value) => void
}

export function Choices<Value extends string>({ choices, value, onChange, ...rest }: ChoicesOrder<Value>) {
  const styles = useStyles()
  return (
    <Fieldset {...rest}>
      <RadioGroup
        aria-label={rest.label}
        value={value}
        onChange={(_, data) => {
          const chosen = choices.find((choice) => choice.value === data.value)
          if (chosen) onChange(chosen.value)
        }}
      >
        {choices.map((choice) => (
          <Radio
            key={choice.value}
            value={choice.value}
            disabled={choice.disabled}
            label={
              <>
                {choice.label}
                {choice.help && <span className={`${styles.block} ${styles.help}`}>{choice.help}</span>}
              </>
            }
          />
        ))}
      </RadioGroup>
    </Fieldset>
  )
}
