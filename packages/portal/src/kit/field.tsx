/** A labelled input with help at the field and its own error. */
import { Field as FluentField, InfoLabel } from '@fluentui/react-components'
import type { ReactElement } from 'react'

export interface FieldOrder {
  readonly label: string
  /** A sentence or two, opened by the (i) beside the label. */
  readonly help?: string
  /** Always shown below the input. */
  readonly hint?: string
  readonly error?: string
  readonly required?: boolean
  /** One input of Fluent: it gets its label, description and validity from here. */
  readonly children: ReactElement
}

export function Field({ label, help, hint, error, required, children }: FieldOrder) {
  return (
    <FluentField
      label={
        help === undefined
          ? label
          : {
              children: (_: unknown, props: object) => (
                <InfoLabel {...props} info={help}>
                  {label}
                </InfoLabel>
              ),
            }
      }
      required={required}
      hint={hint}
      validationMessage={error}
      validationState={error === undefined ? 'none' : 'error'}
    >
      {children as ReactElement<Record<string, unknown>>}
    </FluentField>
  )
}
