/** The connection string of a link to a hub elsewhere, changed in place. */
import { Button, Input } from '@fluentui/react-components'
import { useState } from 'react'
import { linkConnectionString, useChangeHub } from '../../api/hubs.ts'
import { useMay } from '../../api/session.ts'
import { useText } from '../../i18n/i18n.ts'
import { Field } from '../../kit/field.tsx'
import { Form } from '../../kit/form.tsx'
import { ProblemBar } from '../../kit/problem-bar.tsx'
import { Secret } from '../../kit/secret.tsx'
import { Section } from '../../kit/section.tsx'
import { useToast } from '../../kit/toasts.tsx'
import { text } from './text.ts'

export function LinkKey({ name }: { readonly name: string }) {
  const say = useText(text)
  const may = useMay('KeysRead')
  const mayWrite = useMay('ManagementWrite')
  // what is shown of the key before is hidden by a new round
  const [round, setRound] = useState(0)
  if (!may) return <Section title={say('connectionString')}>{say('noKeys')}</Section>
  return (
    <Section title={say('connectionString')}>
      <Secret key={round} label={say('linkKey')} read={() => linkConnectionString(name)} />
      {mayWrite && <Change name={name} onDone={() => setRound(round + 1)} />}
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
