/** One hub: what it is, how devices come to it, its policies or its link, its end. */
import { useHub } from '../../api/hubs.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/i18n.ts'
import { CopyBox } from '../../kit/copy-box.tsx'
import { Facts } from '../../kit/facts.tsx'
import { Link } from '../../kit/link.tsx'
import { Page as Frame } from '../../kit/page.tsx'
import { ProblemBar } from '../../kit/problem-bar.tsx'
import { Section } from '../../kit/section.tsx'
import { StatusBadge } from '../../kit/status-badge.tsx'
import { hubRefusalsHref } from '../../kit/things.ts'
import { Waiting } from '../../kit/waiting.tsx'
import { AllocationForm } from './allocation-form.tsx'
import { LinkKey } from './link-key.tsx'
import { Policies } from './policies.tsx'
import { Remove } from './remove.tsx'
import { text } from './text.ts'

export function Details({ name }: { readonly name: string }) {
  const say = useText(text)
  const format = useFormat()
  const read = useHub(name)
  const { data } = read
  return (
    <Frame
      title={data?.name ?? name}
      breadcrumb={[{ label: say('title'), href: '/hubs' }]}
      actions={data && <Remove hub={data} />}
    >
      {read.error && <ProblemBar problem={read.error} onRetry={() => void read.refetch()} />}
      {read.isPending && <Waiting for={say('readingOne')} />}
      {data && (
        <>
          <Section title={say('essentials')}>
            <Facts
              facts={[
                [say('hostName'), <CopyBox key="name" label={say('hostName')} value={data.name} />],
                [say('kind'), say(data.kind)],
                [say('state'), <StatusBadge key="state" status={data.linked ? 'linked' : 'unlinked'} />],
                [say('devices'), data.devices === undefined ? say('devicesElsewhere') : format.number(data.devices)],
                [say('refusals'), data.kind === 'embedded' ? <Refusals key="refusals" hub={data.name} /> : undefined],
              ]}
            />
          </Section>
          <AllocationForm hub={data} />
          {data.kind === 'embedded' ? <Policies hub={data.name} /> : <LinkKey name={data.name} />}
        </>
      )}
    </Frame>
  )
}

function Refusals({ hub }: { readonly hub: string }) {
  const say = useText(text)
  return <Link href={hubRefusalsHref(hub)}>{say('seeRefusals')}</Link>
}
