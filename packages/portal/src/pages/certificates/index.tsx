/** CA certificates and the proof that somebody has their key (contract/management 5, 7.4). */
import { Route, Switch, useSearchParams } from 'wouter'
import { usePart } from '../../kit/address-part.ts'
import { Details } from './details.tsx'
import { CertificateList } from './list.tsx'
import { Upload } from './upload.tsx'

export function Page() {
  return (
    <Switch>
      <Route path="/certificates/:name">
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

/** `?add`: a certificate may be called anything. */
function All() {
  const [params] = useSearchParams()
  return params.has('add') ? <Upload /> : <CertificateList />
}
