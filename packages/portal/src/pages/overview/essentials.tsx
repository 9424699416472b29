/** Every walk begins with copying these (contract/management 7.2). */
import type { Instance } from '../../api/instance.ts'
import { useText } from '../../i18n/i18n.ts'
import { CopyBox } from '../../kit/copy-box.tsx'
import { Facts } from '../../kit/facts.tsx'
import { Link } from '../../kit/link.tsx'
import { Section } from '../../kit/section.tsx'
import { Timestamp } from '../../kit/timestamp.tsx'
import { text } from './text.ts'

export function Essentials({ instance }: { readonly instance: Instance }) {
  const say = useText(text)
  const { idScope, deviceEndpoint, ports, allocationPolicy, createdDateTimeUtc } = instance
  const host = deviceEndpoint.replace(/:\d+$/, '')
  const copied = (label: string, value: string) => [label, <CopyBox key={label} label={label} value={value} />] as const
  return (
    <Section title={say('essentials')}>
      <Facts
        facts={[
          copied(say('idScope'), idScope),
          copied(say('deviceEndpoint'), deviceEndpoint),
          copied(say('serviceEndpoint'), deviceEndpoint),
          copied(say('mqtt'), `${host}:${ports.mqtt}`),
          copied(say('amqp'), `${host}:${ports.amqp}`),
          [
            say('allocation'),
            <Link key="policy" href="/allocation-policy">
              {say(allocationPolicy)}
            </Link>,
          ],
          [say('created'), <Timestamp key="created" at={createdDateTimeUtc} show="both" />],
        ]}
      />
    </Section>
  )
}
