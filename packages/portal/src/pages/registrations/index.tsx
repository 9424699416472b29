/** `/registrations`, and below it one device each. */
import { Route, Switch } from 'wouter'
import { readPart } from '../../kit/address-part.ts'
import { Device } from './device.tsx'
import { RegistrationList } from './list.tsx'

export function Page() {
  return (
    <Switch>
      <Route path="/registrations/:id">{({ id }) => <Device key={id} id={readPart(id)} />}</Route>
      <Route>
        <RegistrationList />
      </Route>
    </Switch>
  )
}
