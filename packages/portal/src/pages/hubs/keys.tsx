/** Connection strings of a hub: of one of this service, by policy; of a link, the one that it uses, changed in place. */
import { Button, Input } from '@fluentui/react-components'
import { EyeOffRegular, EyeRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import { type HubView, hubKeys, useChangeHub } from '../../api/hubs.ts'
import { useMay } from '../../api/session.ts'
import { useText } from '../../i18n/i18n.ts'
import { CopyBox } from '../../kit/copy-box.tsx'
import { Facts } from '../../kit/facts.tsx'
import { Field } from '../../kit/field.tsx'
import { Form } from '../../kit/form.tsx'
import { ProblemBar } from '../../kit/problem-bar.tsx'
import { Secret } from '../../kit/secret.tsx'
import { Section } from '../../kit/section.tsx'
import { useToast } from '../../kit/toasts.tsx'
import { text } from './text.ts'

export function Keys({ hub }: { readonly hub: HubView }) {
  const say = useText(text)
  const may = useMay('KeysRead')
  const mayWrite = useMay('ManagementWrite')
  // what is shown of the key before is hidden by a new round
  const [round, setRound] = useState(0)
  if (!may) return <Section title={say('keys')}>{say('noKeys')}</Section>
  if (hub.kind === 'embedded') return <Shown name={hub.name} />
  return (
    <Section title={say('connectionString')}>
      <Secret
        key={round}
        label={say('linkKey')}
        read={async () => (await hubKeys(hub.name)).connectionStrings.link ?? ''}
      />
      {mayWrite && <Change name={hub.name} onDone={() => setRound(round + 1)} />}
    </Section>
  )
}

/** The policies are known only with their keys, so one press shows all of them. */
function Shown({ name }: { readonly name: string }) {
  const say = useText(text)
  const [strings, setStrings] = useState<Readonly<Record<string, string>>>()
  const [problem, setProblem] = useState<unknown>()
  const toggle = async () => {
    setProblem(undefined)
    if (strings) return setStrings(undefined)
    await hubKeys(name).then(({ connectionStrings }) => setStrings(connectionStrings), setProblem)
  }
  return (
    <Section
      title={say('keys')}
      actions={
        <Button icon={strings ? <EyeOffRegular /> : <EyeRegular />} onClick={() => void toggle()}>
          {say(strings ? 'hideKeys' : 'showKeys')}
        </Button>
      }
    >
      <div>{say('keysHelp')}</div>
      {problem !== undefined && <ProblemBar problem={problem} />}
      {strings && (
        <Facts
          facts={Object.entries(strings).map(([policy, value]) => [
            policy,
            <CopyBox key={policy} label={say('ofPolicy', { policy })} value={value} />,
          ])}
        />
      )}
    </Section>
  )
}

function Change({ name, onDone }: { readonly name: string; readonly onDone: () => void }) {
  const say = useText(text)
  const toast = useToast()
  const change = useChangeHub()
  const [typed, setTyped] = useState('')
  const submit = async () => {
    await change.mutateAsync({ name, connectionString: typed.trim() })
    // its variables hold the key
    change.reset()
    setTyped('')
    onDone()
    toast(say('keyChanged', { name }))
  }
  return (
    <Form onSubmit={submit}>
      <Field label={say('newConnectionString')} hint={say('changeKeyHelp')}>
        <Input
          type="password"
          autoComplete="off"
          value={typed}
          onChange={(_, { value }) => setTyped(value)}
          contentAfter={
            <Button size="small" type="submit" disabled={typed.trim() === '' || change.isPending}>
              {say('changeKeyDo')}
            </Button>
          }
        />
      </Field>
      {change.error && <ProblemBar problem={change.error} />}
    </Form>
  )
}
