/** The hubs that devices are assigned to (contract/management 4, 7.3). */
import { Route, Switch, useSearchParams } from 'wouter'
import { usePart } from '../../kit/address-part.ts'
import { Details } from './details.tsx'
import { LinkHub } from './link-hub.tsx'
import { HubList } from './list.tsx'

export function Page() {
  return (
    <Switch>
      <Route path="/hubs/:name">
        <Named />
      </Route>
      <Route>
        <All />
      </Route>
    </Switch>
  )
}

function Named() {
  const name = usePart('name')
  return <Details key={name} name={name} />
}

/** `?add`: a hub may be called anything. */
function All() {
  const [params] = useSearchParams()
  return params.has('add') ? <LinkHub /> : <HubList />
}
