/** The two ways in, in tabs that have addresses. */
import { useLocation } from 'wouter'
import { useText } from '../../i18n/i18n.ts'
import { Page as Frame } from '../../kit/page.tsx'
import { Tabs } from '../../kit/tabs.tsx'
import { PolicyList } from './policy-list.tsx'
import { text } from './text.ts'
import { TokenList } from './token-list.tsx'

export function Lists({ tab }: { readonly tab: 'policies' | 'tokens' }) {
  const say = useText(text)
  const [, navigate] = useLocation()
  return (
    <Frame title={say('title')}>
      <Tabs
        label={say('parts')}
        tabs={[
          { value: 'policies', label: say('title') },
          { value: 'tokens', label: say('tokens') },
        ]}
        value={tab}
        onChange={(next) => navigate(next === 'tokens' ? '/policies?tab=tokens' : '/policies')}
      >
        {tab === 'tokens' ? <TokenList /> : <PolicyList />}
      </Tabs>
    </Frame>
  )
}
