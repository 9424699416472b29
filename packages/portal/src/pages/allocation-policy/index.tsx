/** How hubs are chosen where an enrollment does not say; before it is saved, what the change would move. */
import { Radio, RadioGroup } from '@fluentui/react-components'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useAllocationPolicy, useSaveAllocationPolicy } from '../../api/allocation-policy.ts'
import { previewHubs, useHubs } from '../../api/hubs.ts'
import type { AllocationPolicy } from '../../api/instance.ts'
import { useText } from '../../i18n/i18n.ts'
import { Field } from '../../kit/field.tsx'
import { FormBar } from '../../kit/form-bar.tsx'
import { Link } from '../../kit/link.tsx'
import { Page as Frame } from '../../kit/page.tsx'
import { ProblemBar } from '../../kit/problem-bar.tsx'
import { Section } from '../../kit/section.tsx'
import { useToast } from '../../kit/toasts.tsx'
import { Waiting } from '../../kit/waiting.tsx'
import { text } from './text.ts'

const policies = ['hashed', 'geoLatency', 'static'] as const

export function Page() {
  const say = useText(text)
  const read = useAllocationPolicy()
  return (
    <Frame title={say('title')} intro={say('intro')}>
      {read.error && <ProblemBar problem={read.error} onRetry={() => void read.refetch()} />}
      {read.isPending && <Waiting for={say('reading')} />}
      {read.data && <Choice key={read.data.allocationPolicy} saved={read.data.allocationPolicy} />}
    </Frame>
  )
}

function Choice({ saved }: { readonly saved: AllocationPolicy }) {
  const say = useText(text)
  const toast = useToast()
  const save = useSaveAllocationPolicy()
  const [chosen, setChosen] = useState<AllocationPolicy>(saved)
  const dirty = chosen !== saved
  const submit = async () => {
    await save.mutateAsync({ allocationPolicy: chosen })
    toast(say('saved'))
  }
  return (
    <>
      <Section title={say('policy')}>
        <Field label={say('policy')}>
          <RadioGroup value={chosen} onChange={(_, { value }) => setChosen(value as AllocationPolicy)}>
            {policies.map((policy) => (
              <Radio key={policy} value={policy} label={<Choosable policy={policy} />} />
            ))}
          </RadioGroup>
        </Field>
        <div>
          {say('hubs')} <Link href="/hubs">{say('toHubs')}</Link>
        </div>
      </Section>
      {dirty && <Preview policy={chosen} />}
      <FormBar
        dirty={dirty}
        busy={save.isPending}
        problem={save.error}
        onSave={() => void submit().catch(() => undefined)}
        onCancel={dirty ? () => setChosen(saved) : undefined}
      />
    </>
  )
}

function Choosable({ policy }: { readonly policy: AllocationPolicy }) {
  const say = useText(text)
  return (
    <>
      <strong>{say(policy)}</strong>
      <div>{say(`${policy}Help`)}</div>
    </>
  )
}

function Preview({ policy }: { readonly policy: AllocationPolicy }) {
  const say = useText(text)
  const hubs = useHubs()
  const preview = useQuery({
    queryKey: ['hubs', 'preview', policy, hubs.data],
    queryFn: ({ signal }) => previewHubs({ hubs: hubs.data ?? [], allocationPolicy: policy }, signal),
    enabled: hubs.data !== undefined,
  })
  if (preview.error) return <ProblemBar problem={preview.error} onRetry={() => void preview.refetch()} />
  if (!preview.data) return null
  const { sampled, moved } = preview.data
  return (
    <Section title={say('wouldMove')}>
      <div role="status">{sampled === 0 ? say('noDevices') : say('moves', { sampled, count: moved })}</div>
      {moved > 0 && <div>{say('movesWhen')}</div>}
    </Section>
  )
}
