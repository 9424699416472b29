/** What happens this moment, and below it who has registered, or was refused by a hub: tabs that have addresses. */
import { useLocation } from 'wouter'
import { useText } from '../../i18n/i18n.ts'
import { Page as Frame } from '../../kit/page.tsx'
import { Tabs } from '../../kit/tabs.tsx'
import { hubRefusalsHref } from '../../kit/things.ts'
import { HubRefusalList } from './hub-refusal-list.tsx'
import { RegistrationList } from './list.tsx'
import { LiveStrip } from './live-strip.tsx'
import { text } from './text.ts'

export function Lists({ tab }: { readonly tab: 'records' | 'hubs' }) {
  const say = useText(text)
  const [, navigate] = useLocation()
  return (
    <Frame title={say('title')} intro={say('intro')}>
      <LiveStrip />
      <Tabs
        label={say('lists')}
        tabs={[
          { value: 'records', label: say('records') },
          { value: 'hubs', label: say('hubRefusals') },
        ]}
        value={tab}
        onChange={(next) => navigate(next === 'hubs' ? hubRefusalsHref() : '/registrations')}
      >
        {tab === 'hubs' ? <HubRefusalList /> : <RegistrationList />}
      </Tabs>
    </Frame>
  )
}
