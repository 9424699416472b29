/** What each part of the form is given. */
import type { EnrollmentKind } from '../../../api/enrollments.ts'
import { useText } from '../../../i18n/i18n.ts'
import type { Faults, FaultyField } from './faults.ts'
import type { Form } from './form.ts'
import { text } from './text.ts'

export interface Editing {
  readonly kind: EnrollmentKind
  /** It is there already; what cannot be changed any more is shown only. */
  readonly exists: boolean
  readonly form: Form
  /** As it was read, or as a new one begins. */
  readonly before: Form
  readonly set: (patch: Partial<Form>) => void
  /** Of fields that somebody tried to save. */
  readonly faults: Faults
}

/** The sentence at a field, if it is faulty. */
export function useFaultAt({ faults }: Editing): (field: FaultyField) => string | undefined {
  const say = useText(text)
  return (field) => {
    const fault = faults[field]
    return fault && say(fault)
  }
}
