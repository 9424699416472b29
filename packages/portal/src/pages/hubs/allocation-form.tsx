/** How devices come to a hub, changed with a look at what that would move. */
import { Switch } from '@fluentui/react-components'
import { useState } from 'react'
import { type HubView, useChangeHub } from '../../api/hubs.ts'
import { useMay } from '../../api/session.ts'
import { useText } from '../../i18n/i18n.ts'
import { Field } from '../../kit/field.tsx'
import { FormBar } from '../../kit/form-bar.tsx'
import { Section } from '../../kit/section.tsx'
import { useToast } from '../../kit/toasts.tsx'
import { type Allocation, AllocationFields, weightOf } from './allocation-fields.tsx'
import { Preview } from './preview.tsx'
import { text } from './text.ts'

type Draft = Allocation & Pick<HubView, 'linked'>

/** What was not touched follows the service; what was stays as typed, whatever comes in meanwhile. */
export function AllocationForm({ hub }: { readonly hub: HubView }) {
  const say = useText(text)
  const toast = useToast()
  const may = useMay('ManagementWrite')
  const save = useChangeHub()
  const [touched, setTouched] = useState<Partial<Draft>>({})
  const saved = draftOf(hub)
  const draft = { ...saved, ...touched }
  const change = (patch: Partial<Draft>) => setTouched({ ...touched, ...patch })
  const weight = weightOf(draft.weight)
  const dirty = JSON.stringify(draft) !== JSON.stringify(saved)
  const submit = async () => {
    const { applyAllocationPolicy, location, linked } = draft
    const patch = { allocationWeight: weight, applyAllocationPolicy, location: location.trim() }
    await save.mutateAsync({ name: hub.name, ...patch, ...(hub.kind === 'embedded' ? { linked } : {}) })
    setTouched({})
    toast(say('saved', { name: hub.name }))
  }
  return (
    <>
      <Section title={say('allocation')}>
        <AllocationFields value={draft} disabled={!may} onChange={change} />
        {hub.kind === 'embedded' ? (
          <Field label={say('linked')} hint={say('linkedHelp')}>
            <Switch checked={draft.linked} disabled={!may} onChange={(_, { checked }) => change({ linked: checked })} />
          </Field>
        ) : (
          <div>{say('linkedElsewhere')}</div>
        )}
      </Section>
      {dirty && weight !== undefined && (
        <Preview hub={{ ...hub, ...draft, name: hub.name, allocationWeight: weight }} />
      )}
      {may && (
        <FormBar
          dirty={dirty && weight !== undefined}
          busy={save.isPending}
          problem={save.error}
          onSave={() => void submit().catch(() => undefined)}
          onCancel={dirty ? () => setTouched({}) : undefined}
        />
      )}
    </>
  )
}

const draftOf = ({ allocationWeight, applyAllocationPolicy, location = '', linked }: HubView): Draft => ({
  weight: String(allocationWeight),
  applyAllocationPolicy,
  location,
  linked,
})
