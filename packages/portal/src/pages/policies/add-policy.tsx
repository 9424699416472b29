/** A new policy: its name, its rights and, for whoever brings them along, its keys. */
import { Checkbox, Input } from '@fluentui/react-components'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { type ServiceRight, serviceRights, useAddPolicy } from '../../api/policies.ts'
import { useText } from '../../i18n/i18n.ts'
import { Field } from '../../kit/field.tsx'
import { Form } from '../../kit/form.tsx'
import { FormBar } from '../../kit/form-bar.tsx'
import { useGo } from '../../kit/leave-guard.ts'
import { Page as Frame } from '../../kit/page.tsx'
import { text as keyText } from '../../kit/policy-keys-text.ts'
import { Section } from '../../kit/section.tsx'
import { useToast } from '../../kit/toasts.tsx'
import { text } from './text.ts'
import { Ticks } from './ticks.tsx'

interface Draft {
  readonly name: string
  readonly rights: readonly ServiceRight[]
  readonly ownKeys: boolean
  readonly primaryKey: string
  readonly secondaryKey: string
}
const blank: Draft = { name: '', rights: [], ownKeys: false, primaryKey: '', secondaryKey: '' }

export function AddPolicy() {
  const say = useText(text)
  const toast = useToast()
  const [, navigate] = useLocation()
  const go = useGo()
  const add = useAddPolicy()
  const [draft, setDraft] = useState(blank)
  const [tried, setTried] = useState(false)
  const change = (patch: Partial<Draft>) => setDraft({ ...draft, ...patch })
  const submit = async () => {
    setTried(true)
    if (draft.name.trim() === '' || draft.rights.length === 0) return
    const { name } = await add.mutateAsync(orderOf(draft))
    toast(say('added', { name }))
    go(`/policies/${encodeURIComponent(name)}`)
  }
  return (
    <Frame title={say('add')} breadcrumb={[{ label: say('title'), href: '/policies' }]}>
      <Form onSubmit={submit}>
        <Section title={say('nameAndRights')}>
          <Field
            label={say('name')}
            hint={say('nameHelp')}
            required
            error={tried && draft.name.trim() === '' ? say('needsName') : undefined}
          >
            <Input
              value={draft.name}
              autoComplete="off"
              spellCheck={false}
              onChange={(_, { value }) => change({ name: value })}
            />
          </Field>
          <Ticks
            label={say('rights')}
            hint={say('rightsHelp')}
            error={tried && draft.rights.length === 0 ? say('needsRight') : undefined}
            values={serviceRights}
            helpOf={(right) => say(`${right}Help`)}
            ticked={draft.rights}
            onChange={(rights) => change({ rights })}
          />
          <OwnKeys draft={draft} change={change} />
        </Section>
        <FormBar
          dirty={draft !== blank}
          busy={add.isPending}
          problem={add.error}
          saveLabel={say('add')}
          onCancel={() => navigate('/policies')}
        />
      </Form>
    </Frame>
  )
}

interface KeysOrder {
  readonly draft: Draft
  readonly change: (patch: Partial<Draft>) => void
}

function OwnKeys({ draft, change }: KeysOrder) {
  const say = useText(text)
  const sayKey = useText(keyText)
  return (
    <>
      <Checkbox
        label={say('ownKeys')}
        checked={draft.ownKeys}
        onChange={(_, { checked }) => change({ ownKeys: checked === true })}
      />
      {draft.ownKeys &&
        (['primaryKey', 'secondaryKey'] as const).map((which) => (
          <Field key={which} label={sayKey(which)} hint={say('ownKeysHelp')}>
            <Input
              type="password"
              autoComplete="off"
              value={draft[which]}
              onChange={(_, { value }) => change({ [which]: value })}
            />
          </Field>
        ))}
    </>
  )
}

function orderOf({ name, rights, ownKeys, primaryKey, secondaryKey }: Draft) {
  const own = (key: string) => (ownKeys && key.trim() !== '' ? key.trim() : undefined)
  return { name: name.trim(), rights, primaryKey: own(primaryKey), secondaryKey: own(secondaryKey) }
}
