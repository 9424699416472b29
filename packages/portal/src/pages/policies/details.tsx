/** One policy: its rights, its keys, its end. */
import { useState } from 'react'
import {
  type PolicyView,
  type ServiceRight,
  serviceRights,
  useChangePolicy,
  useDeletePolicy,
  usePolicy,
} from '../../api/policies.ts'
import { useMay, useSession } from '../../api/session.ts'
import { useText } from '../../i18n/i18n.ts'
import { FormBar } from '../../kit/form-bar.tsx'
import { Page as Frame } from '../../kit/page.tsx'
import { ProblemBar } from '../../kit/problem-bar.tsx'
import { RemoveButton } from '../../kit/remove-button.tsx'
import { Section } from '../../kit/section.tsx'
import { useToast } from '../../kit/toasts.tsx'
import { Waiting } from '../../kit/waiting.tsx'
import { Keys } from './keys.tsx'
import { text } from './text.ts'
import { Ticks } from './ticks.tsx'

export function Details({ name }: { readonly name: string }) {
  const say = useText(text)
  const read = usePolicy(name)
  const { data } = read
  return (
    <Frame
      title={data?.name ?? name}
      breadcrumb={[{ label: say('title'), href: '/policies' }]}
      actions={data && <Remove policy={data} />}
    >
      {read.error && <ProblemBar problem={read.error} onRetry={() => void read.refetch()} />}
      {read.isPending && <Waiting for={say('readingOne')} />}
      {data && <Keys name={data.name} />}
      {data && <Rights key={data.rights.join()} policy={data} />}
    </Frame>
  )
}

function Rights({ policy: { name, rights: saved } }: { readonly policy: PolicyView }) {
  const say = useText(text)
  const toast = useToast()
  const may = useMay('ManagementWrite')
  const save = useChangePolicy()
  const [rights, setRights] = useState<readonly ServiceRight[]>(saved)
  const dirty = rights.join() !== saved.join()
  const submit = async () => {
    await save.mutateAsync({ name, rights })
    toast(say('saved', { name }))
  }
  return (
    <>
      <Section title={say('allows')}>
        <Ticks
          label={say('rights')}
          hint={say('rightsHelp')}
          error={rights.length === 0 ? say('needsRight') : undefined}
          values={serviceRights}
          helpOf={(right) => say(`${right}Help`)}
          ticked={rights}
          disabled={!may}
          onChange={setRights}
        />
      </Section>
      {may && (
        <FormBar
          dirty={dirty && rights.length > 0}
          busy={save.isPending}
          problem={save.error}
          onSave={() => void submit().catch(() => undefined)}
          onCancel={dirty ? () => setRights(saved) : undefined}
        />
      )}
    </>
  )
}

function Remove({ policy: { name } }: { readonly policy: PolicyView }) {
  const say = useText(text)
  const remove = useDeletePolicy()
  return (
    <RemoveButton
      label={say('remove')}
      title={say('askRemove', { name })}
      confirm={say('remove')}
      onRemove={() => remove.mutateAsync(name)}
      removed={say('removed', { name })}
      list="/policies"
    >
      <div>{say('removeStops')}</div>
      <Yours name={name} />
    </RemoveButton>
  )
}

/** What ends the reader's own session is worth a word more. */
export function Yours({ name }: { readonly name: string }) {
  const say = useText(text)
  const { actor } = useSession()
  return actor.kind === 'policy' && actor.name === name ? <strong>{say('yours')}</strong> : null
}
