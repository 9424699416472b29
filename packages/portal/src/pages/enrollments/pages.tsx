/** The addresses of one kind of enrollment: the list, the form for a new one, one of them, and its form. */
import { Route, Switch } from 'wouter'
import type { EnrollmentKind } from '../../api/enrollments.ts'
import { readPart } from '../../kit/address-part.ts'
import { listHref, newHref } from './addresses.ts'
import { Details } from './details/details.tsx'
import { Create } from './form/create.tsx'
import { Edit } from './form/edit.tsx'
import { EnrollmentList } from './list.tsx'

export function EnrollmentPages({ kind }: { readonly kind: EnrollmentKind }) {
  const base = listHref(kind)
  return (
    <Switch>
      <Route path={base}>
        <EnrollmentList kind={kind} />
      </Route>
      <Route path={newHref(kind)}>
        <Create kind={kind} />
      </Route>
      <Route path={`${base}/:id/edit`}>{({ id }) => <Edit key={id} kind={kind} id={readPart(id)} />}</Route>
      <Route path={`${base}/:id/:tab?`}>
        {({ id, tab }) => <Details key={id} kind={kind} id={readPart(id)} records={tab === 'registrations'} />}
      </Route>
    </Switch>
  )
}
