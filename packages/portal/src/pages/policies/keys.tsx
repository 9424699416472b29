/** The keys of a policy of this service. */
import { policyKeys, rotatePolicy } from '../../api/policies.ts'
import { useText } from '../../i18n/i18n.ts'
import { PolicyKeys } from '../../kit/policy-keys.tsx'
import { Section } from '../../kit/section.tsx'
import { Yours } from './details.tsx'
import { text } from './text.ts'

export function Keys({ name }: { readonly name: string }) {
  const say = useText(text)
  const stops = (says: string) => (
    <>
      <div>{says}</div>
      <Yours name={name} />
    </>
  )
  return (
    <Section title={say('keys')}>
      <PolicyKeys
        name={name}
        read={() => policyKeys(name)}
        rotate={(key) => rotatePolicy(name, key)}
        stops={{ primary: stops(say('primaryStops')), secondary: stops(say('secondaryStops')) }}
      />
    </Section>
  )
}
