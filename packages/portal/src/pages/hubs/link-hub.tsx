/** A hub more: one of this service by its name, or one elsewhere by its connection string. */
import { Input, Radio, RadioGroup } from '@fluentui/react-components'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { type HubView, useAddHub } from '../../api/hubs.ts'
import { useText } from '../../i18n/i18n.ts'
import { Field } from '../../kit/field.tsx'
import { Form } from '../../kit/form.tsx'
import { FormBar } from '../../kit/form-bar.tsx'
import { useGo } from '../../kit/leave-guard.ts'
import { Page as Frame } from '../../kit/page.tsx'
import { Section } from '../../kit/section.tsx'
import { useToast } from '../../kit/toasts.tsx'
import { type Allocation, AllocationFields, weightOf } from './allocation-fields.tsx'
import { Preview } from './preview.tsx'
import { text } from './text.ts'

interface Draft extends Allocation {
  readonly kind: HubView['kind']
  readonly hostName: string
  readonly connectionString: string
}
const blank: Draft = {
  kind: 'azure',
  hostName: '',
  connectionString: '',
  weight: '1',
  applyAllocationPolicy: true,
  location: '',
}

export function LinkHub() {
  const say = useText(text)
  const toast = useToast()
  const [, navigate] = useLocation()
  const go = useGo()
  const add = useAddHub()
  const [draft, setDraft] = useState(blank)
  const [tried, setTried] = useState(false)
  const change = (patch: Partial<Draft>) => setDraft({ ...draft, ...patch })
  const name = draft.kind === 'azure' ? hostOf(draft.connectionString) : draft.hostName.trim().toLowerCase()
  const weight = weightOf(draft.weight)
  const submit = async () => {
    setTried(true)
    if (!name || weight === undefined) return
    const { applyAllocationPolicy, location, kind, connectionString } = draft
    const hub = await add.mutateAsync({
      name,
      allocationWeight: weight,
      applyAllocationPolicy,
      location: location.trim() || undefined,
      connectionString: kind === 'azure' ? connectionString.trim() : undefined,
    })
    toast(say('linkedNow', { name: hub.name }))
    go(`/hubs/${encodeURIComponent(hub.name)}`)
  }
  return (
    <Frame title={say('link')} breadcrumb={[{ label: say('title'), href: '/hubs' }]}>
      <Form onSubmit={submit}>
        <Section title={say('essentials')}>
          <Which draft={draft} change={change} wrong={tried && !name} />
          <AllocationFields value={draft} onChange={change} />
        </Section>
        {name && isHost(name) && weight !== undefined && (
          <Preview
            hub={{
              name,
              allocationWeight: weight,
              applyAllocationPolicy: draft.applyAllocationPolicy,
              linked: true,
            }}
          />
        )}
        <FormBar
          dirty={draft !== blank}
          busy={add.isPending}
          problem={add.error}
          saveLabel={say('linkIt')}
          onCancel={() => navigate('/hubs')}
        />
      </Form>
    </Frame>
  )
}

interface WhichOrder {
  readonly draft: Draft
  readonly change: (patch: Partial<Draft>) => void
  readonly wrong: boolean
}

function Which({ draft, change, wrong }: WhichOrder) {
  const say = useText(text)
  return (
    <>
      <Field label={say('which')} hint={say('whichHelp')}>
        <RadioGroup value={draft.kind} onChange={(_, { value }) => change({ kind: value as HubView['kind'] })}>
          {(['azure', 'embedded'] as const).map((kind) => (
            <Radio
              key={kind}
              value={kind}
              label={
                <>
                  <strong>{say(kind)}</strong>
                  <div>{say(`${kind}Help`)}</div>
                </>
              }
            />
          ))}
        </RadioGroup>
      </Field>
      {draft.kind === 'azure' ? (
        <Field
          label={say('connectionString')}
          hint={say('connectionStringHelp')}
          required
          error={wrong ? say('connectionStringWrong') : undefined}
        >
          <Input
            type="password"
            autoComplete="off"
            value={draft.connectionString}
            onChange={(_, { value }) => change({ connectionString: value })}
          />
        </Field>
      ) : (
        <Field label={say('hostName')} hint={say('hostNameHelp')} required error={wrong ? say('needsName') : undefined}>
          <Input
            autoComplete="off"
            spellCheck={false}
            value={draft.hostName}
            onChange={(_, { value }) => change({ hostName: value })}
          />
        </Field>
      )}
    </>
  )
}

/** Enough of one to ask what it would move; whether it is taken, the service says. */
const isHost = (name: string) => /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/.test(name)

/** The host is the hub's name (contract/management 4.1). */
const hostOf = (connectionString: string) => /(?:^|;)\s*HostName=([^;\s]+)/i.exec(connectionString)?.[1]?.toLowerCase()
