/** How to be one of the devices that were made, with tools that everybody has. */
import { useInstance } from '../../api/instance.ts'
import { useText } from '../../i18n/i18n.ts'
import { CopyBox } from '../../kit/copy-box.tsx'
import { Section } from '../../kit/section.tsx'
import { SnippetTabs } from './snippet-tabs.tsx'
import { deviceSnippets, type Place, rootSnippet } from './snippets.ts'
import { text } from './text.ts'

export function Commands({ registrationId, name }: { readonly registrationId: string; readonly name: string }) {
  const say = useText(text)
  const { data } = useInstance()
  if (!data) return null
  const { deviceEndpoint, ports, idScope } = data
  const place: Place = { host: deviceEndpoint.replace(/:\d+$/, ''), ...ports, management: ports.management, idScope }
  return (
    <Section title={say('use')}>
      <div>{say('useHelp')}</div>
      <CopyBox label={say('rootCommand')} value={rootSnippet(place)} />
      <SnippetTabs label={say('use')} snippets={deviceSnippets(place, registrationId, name)} />
    </Section>
  )
}
