/** Somebody else changed the enrollment meanwhile: what was typed stays, what was not touched becomes theirs. */
import { type Form, sameForm } from './form.ts'

export interface Merged {
  readonly form: Form
  /** Fields that they changed, and those of them that were changed here too, where what was typed stays. */
  readonly theirs: readonly (keyof Form)[]
  readonly both: readonly (keyof Form)[]
}

export function mergeForms(typed: Form, before: Form, now: Form): Merged {
  const fields = Object.keys(now) as (keyof Form)[]
  const theirs = fields.filter((field) => !sameForm(before[field], now[field]))
  const mine = fields.filter((field) => !sameForm(before[field], typed[field]))
  const kept = Object.fromEntries(mine.map((field) => [field, typed[field]]))
  return { form: { ...now, ...kept }, theirs, both: theirs.filter((field) => mine.includes(field)) }
}
