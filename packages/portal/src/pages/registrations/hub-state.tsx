/** The device as its hub knows it: identity and twin. Only a hub that runs here is asked. */
import type { Json } from '../../api/json.ts'
import type { RegistrationStory } from '../../api/registrations.ts'
import { useText } from '../../i18n/i18n.ts'
import { Facts } from '../../kit/facts.tsx'
import { JsonView } from '../../kit/json-view.tsx'
import { Section } from '../../kit/section.tsx'
import { text } from './text.ts'

export function HubState({ story: { registration, device, twin } }: { readonly story: RegistrationStory }) {
  const say = useText(text)
  if (!registration?.assignedHub) return null
  return (
    <Section title={say('onTheHub')}>
      {device ? (
        <Facts
          facts={[
            [say('deviceId'), told(device.deviceId)],
            [say('status'), told(device.status)],
            [say('statusReason'), told(device.statusReason)],
            [say('connection'), told(device.connectionState)],
            [say('authentication'), told(memberOf(device.authentication, 'type'))],
            [say('iotEdge'), say(memberOf(device.capabilities, 'iotEdge') === true ? 'yes' : 'no')],
          ]}
        />
      ) : (
        <div>{say('noIdentity', { hub: registration.assignedHub })}</div>
      )}
      {twin && (
        <>
          <h3 style={{ margin: 0 }}>{say('twin')}</h3>
          <JsonView label={say('twin')} value={shortTwin(twin)} />
        </>
      )}
    </Section>
  )
}

const told = (value: Json | undefined) => (value === undefined || value === null ? undefined : String(value))

const memberOf = (value: Json | undefined, name: string): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, Json | undefined>>)[name]
    : undefined

/** What people put into it; the identity's members are told above. */
const shortTwin = ({ version, tags, properties }: NonNullable<RegistrationStory['twin']>): Json => ({
  version,
  tags,
  properties,
})
