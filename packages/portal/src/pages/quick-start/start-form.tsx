/** Three questions, each with an answer that will do, and the button. */
import { Button, Input, makeStyles, Select } from '@fluentui/react-components'
import { RocketRegular } from '@fluentui/react-icons'
import { type FormEvent, useState } from 'react'
import type { QuickStartOrder } from '../../api/quick-start.ts'
import { useText } from '../../i18n/i18n.ts'
import { Field } from '../../kit/field.tsx'
import { Section } from '../../kit/section.tsx'
import { type Run, startRun } from './run-store.ts'
import { text } from './text.ts'

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: '16px', alignItems: 'flex-start' },
  row: {
    width: '100%',
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(min(240px, 100%), 1fr))',
    gap: '16px',
    alignItems: 'start',
  },
})

const keyTypes = ['ec', 'ec-p384', 'rsa-2048', 'rsa-3072'] as const
const counts = Array.from({ length: 10 }, (_, index) => index + 1)

export function StartForm({ run }: { readonly run: Run | undefined }) {
  const styles = useStyles()
  const say = useText(text)
  const [name, setName] = useState(run?.order.name ?? '')
  const [devices, setDevices] = useState(run?.order.devices ?? 3)
  const [keyType, setKeyType] = useState<NonNullable<QuickStartOrder['keyType']>>(run?.order.keyType ?? 'ec')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void startRun({ name: name.trim() === '' ? undefined : name.trim(), devices, keyType })
  }
  return (
    <Section title={say('start')}>
      <form className={styles.form} onSubmit={submit}>
        <div className={styles.row}>
          <Field label={say('name')} hint={say('nameHint')}>
            <Input value={name} maxLength={32} spellCheck={false} onChange={(_, { value }) => setName(value)} />
          </Field>
          <Field label={say('devices')} hint={say('devicesHint')}>
            <Select value={String(devices)} onChange={(_, { value }) => setDevices(Number(value))}>
              {counts.map((count) => (
                <option key={count}>{count}</option>
              ))}
            </Select>
          </Field>
          <Field label={say('keyType')} hint={say('keyTypeHint')}>
            <Select value={keyType} onChange={(_, { value }) => setKeyType(value as typeof keyType)}>
              {keyTypes.map((type) => (
                <option key={type} value={type}>
                  {say(type)}
                </option>
              ))}
            </Select>
          </Field>
        </div>
        <Button appearance="primary" type="submit" icon={<RocketRegular />} disabled={run?.running === true}>
          {say(run?.running ? 'running' : 'go')}
        </Button>
      </form>
    </Section>
  )
}
