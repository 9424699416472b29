/** Who may come in by a key or a token, and what they may do (contract/management 3.10, 6.4). */
import { useSearchParams } from 'wouter'
import { ThingPages } from '../../kit/thing-pages.tsx'
import { AddPolicy } from './add-policy.tsx'
import { AddToken } from './add-token.tsx'
import { Details } from './details.tsx'
import { Lists } from './lists.tsx'

/** Tokens are told by the query: `?tab=tokens`, `?tab=tokens&add`. */
export function Page() {
  const [params] = useSearchParams()
  const tab = params.get('tab') === 'tokens' ? 'tokens' : 'policies'
  return (
    <ThingPages
      href="/policies"
      list={<Lists tab={tab} />}
      add={tab === 'tokens' ? <AddToken /> : <AddPolicy />}
      details={(name) => <Details key={name} name={name} />}
    />
  )
}
