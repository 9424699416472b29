/** A labelled input with help at the field and its own error. */
import { Button, Field as FluentField, type LabelProps, makeStyles } from '@fluentui/react-components'
import { InfoRegular } from '@fluentui/react-icons'
import { type ElementType, type ReactElement, useState } from 'react'
import { useText } from '../i18n/i18n.ts'
import { text } from './text.ts'

const useStyles = makeStyles({
  label: { display: 'flex', alignItems: 'center', gap: '2px', minHeight: '28px' },
})

export interface FieldOrder {
  readonly label: string
  /** A sentence or two, shown below the input by the (i) beside the label. */
  readonly help?: string
  /** Always shown below the input. */
  readonly hint?: string
  readonly error?: string
  readonly required?: boolean
  /** One input of Fluent: it gets its label, description and validity from here. */
  readonly children: ReactElement
}

export function Field({ label, help, hint, error, required, children }: FieldOrder) {
  const styles = useStyles()
  const [helped, setHelped] = useState(false)
  const below = [hint, helped ? help : undefined].filter(Boolean).join(' ')
  return (
    <FluentField
      label={{
        children: (Label: ElementType<LabelProps>, props: LabelProps) => (
          <div className={styles.label}>
            <Label {...props}>{label}</Label>
            {help && <HelpButton label={label} open={helped} onToggle={() => setHelped(!helped)} />}
          </div>
        ),
      }}
      required={required}
      hint={below || undefined}
      validationMessage={error}
      validationState={error === undefined ? 'none' : 'error'}
    >
      {children as ReactElement<Record<string, unknown>>}
    </FluentField>
  )
}

interface HelpOrder {
  readonly label: string
  readonly open: boolean
  readonly onToggle: () => void
}

export function HelpButton({ label, open, onToggle }: HelpOrder) {
  const say = useText(text)
  const name = say('helpWith', { label })
  return (
    <Button
      size="small"
      appearance="transparent"
      icon={<InfoRegular />}
      aria-label={name}
      title={name}
      aria-expanded={open}
      onClick={onToggle}
    />
  )
}
