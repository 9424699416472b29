/** Who may come in by a key or a token, and what they may do (contract/management 3.10, 6.4). */
import { Route, Switch, useSearchParams } from 'wouter'
import { usePart } from '../../kit/address-part.ts'
import { AddPolicy } from './add-policy.tsx'
import { AddToken } from './add-token.tsx'
import { Details } from './details.tsx'
import { Lists } from './lists.tsx'

export function Page() {
  return (
    <Switch>
      <Route path="/policies/:name">
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

/** A policy may be called anything, so what is not a policy is told by the query: `?add`, `?tab=tokens`, `?tab=tokens&add`. */
function All() {
  const [params] = useSearchParams()
  const tab = params.get('tab') === 'tokens' ? 'tokens' : 'policies'
  if (!params.has('add')) return <Lists tab={tab} />
  return tab === 'tokens' ? <AddToken /> : <AddPolicy />
}
