/** What an enrollment says, but for who may come in by it. */
import type { EnrollmentView } from '../../../api/enrollments.ts'
import { useText } from '../../../i18n/i18n.ts'
import { CopyBox } from '../../../kit/copy-box.tsx'
import { type Fact, Facts } from '../../../kit/facts.tsx'
import { Link } from '../../../kit/link.tsx'
import { Section } from '../../../kit/section.tsx'
import { StatusBadge } from '../../../kit/status-badge.tsx'
import { Timestamp } from '../../../kit/timestamp.tsx'
import { reprovisionOf } from '../form/read-form.ts'
import { text as common } from '../text.ts'
import { text } from './text.ts'

export function Settings({ enrollment }: { readonly enrollment: EnrollmentView }) {
  const say = useText(text)
  const sayCommon = useText(common)
  const { allocationPolicy, customAllocationDefinition: custom, capabilities, etag } = enrollment
  const individual = 'registrationId' in enrollment ? enrollment : undefined
  const deviceId: Fact = [sayCommon('deviceId'), individual && (individual.deviceId ?? individual.registrationId)]
  return (
    <Section title={say('settings')}>
      <Facts
        facts={[
          [sayCommon('status'), <StatusBadge key="status" status={enrollment.provisioningStatus ?? 'enabled'} />],
          deviceId,
          [say('reprovision'), sayCommon(reprovisionOf(enrollment))],
          [sayCommon('hubs'), <Hubs key="hubs" hubs={enrollment.iotHubs ?? []} />],
          [say('legacyHub'), enrollment.iotHubHostName],
          [sayCommon('allocation'), sayCommon(allocationPolicy ?? 'serviceDefault')],
          [say('webhook'), allocationPolicy === 'custom' ? custom?.webhookUrl : undefined],
          [say('webhookVersion'), allocationPolicy === 'custom' ? custom?.apiVersion : undefined],
          [say('iotEdge'), sayCommon(capabilities?.iotEdge ? 'yes' : 'no')],
          [sayCommon('created'), <Timestamp key="created" at={enrollment.createdDateTimeUtc} show="both" />],
          [sayCommon('updated'), <Timestamp key="updated" at={enrollment.lastUpdatedDateTimeUtc} show="both" />],
          [say('etag'), etag && <CopyBox key="etag" label={say('etag')} value={etag} />],
        ]}
      />
    </Section>
  )
}

function Hubs({ hubs }: { readonly hubs: readonly string[] }) {
  const say = useText(common)
  if (hubs.length === 0) return say('allHubs')
  return hubs.map((hub) => (
    <div key={hub}>
      <Link href={`/hubs/${encodeURIComponent(hub)}`}>{hub}</Link>
    </div>
  ))
}
