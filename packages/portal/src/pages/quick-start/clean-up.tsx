/** Takes away what a quick start made: the group, its records and hub devices, the CA certificate. Nothing else. */
import { Button, Input, makeStyles } from '@fluentui/react-components'
import { useState } from 'react'
import { queryClient } from '../../api/query-client.ts'
import { removeQuickStart } from '../../api/quick-start.ts'
import { useText } from '../../i18n/i18n.ts'
import { ConfirmDialog } from '../../kit/confirm-dialog.tsx'
import { Field } from '../../kit/field.tsx'
import { Section } from '../../kit/section.tsx'
import { useToast } from '../../kit/toasts.tsx'
import { forgetRun } from './run-store.ts'
import { text } from './text.ts'

const useStyles = makeStyles({
  row: { display: 'flex', flexWrap: 'wrap', alignItems: 'flex-end', gap: '12px' },
})

export function CleanUp({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const say = useText(text)
  const toast = useToast()
  const remove = async () => {
    const { registrations, hubDevices } = await removeQuickStart(name)
    toast(say('cleaned', { name, registrations, hubDevices }))
    void queryClient.invalidateQueries()
    forgetRun()
  }
  return (
    <ConfirmDialog
      open
      title={say('cleanUpTitle', { name })}
      confirm={say('cleanUpYes')}
      onConfirm={remove}
      onClose={onClose}
    >
      <div>{say('cleanUpHelp')}</div>
    </ConfirmDialog>
  )
}

/** Of another visit, or of another person. */
export function CleanUpEarlier() {
  const styles = useStyles()
  const say = useText(text)
  const [name, setName] = useState('')
  const [asking, setAsking] = useState(false)
  return (
    <Section title={say('earlier')}>
      <form
        className={styles.row}
        onSubmit={(event) => {
          event.preventDefault()
          setAsking(true)
        }}
      >
        <Field label={say('earlierName')} hint={say('earlierNameHelp')}>
          <Input value={name} spellCheck={false} onChange={(_, { value }) => setName(value)} />
        </Field>
        <Button type="submit" disabled={name.trim() === ''}>
          {say('cleanUp')}
        </Button>
      </form>
      {asking && <CleanUp name={name.trim()} onClose={() => setAsking(false)} />}
    </Section>
  )
}
