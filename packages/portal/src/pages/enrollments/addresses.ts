/** Where enrollments are, below /portal. */
import type { EnrollmentKind } from '../../api/enrollments.ts'

export const listHref = (kind: EnrollmentKind) => (kind === 'group' ? '/enrollments/groups' : '/enrollments/individual')
export const newHref = (kind: EnrollmentKind) => `${listHref(kind)}/new`

/** An enrollment may be called "new", as the address of the form is; letter case makes no difference to either. */
export const enrollmentHref = (kind: EnrollmentKind, id: string, tab?: 'edit' | 'registrations') => {
  const shown = tab ?? (id.toLowerCase() === 'new' ? 'details' : undefined)
  return [listHref(kind), encodeURIComponent(id), shown].filter(Boolean).join('/')
}
