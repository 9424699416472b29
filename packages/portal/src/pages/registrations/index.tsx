/** `/registrations`, and below it one device each; `?tab=hubs`: those that a hub refused. */
import { Route, Switch, useSearchParams } from 'wouter'
import { readPart } from '../../kit/address-part.ts'
import { Device } from './device.tsx'
import { Lists } from './lists.tsx'

export function Page() {
  const [params] = useSearchParams()
  return (
    <Switch>
      <Route path="/registrations/:id">{({ id }) => <Device key={id} id={readPart(id)} />}</Route>
      <Route>
        <Lists tab={params.get('tab') === 'hubs' ? 'hubs' : 'records'} />
      </Route>
    </Switch>
  )
}
