/** The key that a device of a symmetric-key group signs with, for putting it on the device. */
import { Input, makeStyles, tokens } from '@fluentui/react-components'
import { useState } from 'react'
import { attestationMechanism } from '../../../api/enrollments.ts'
import { useText } from '../../../i18n/i18n.ts'
import { CopyBox } from '../../../kit/copy-box.tsx'
import { Field } from '../../../kit/field.tsx'
import { Secret } from '../../../kit/secret.tsx'
import { Section } from '../../../kit/section.tsx'
import { quoted } from '../copy-as/shell.ts'
import { deriveDeviceKey } from './derive-key.ts'
import { text } from './text.ts'

const useStyles = makeStyles({ quiet: { color: tokens.colorNeutralForeground2 } })

export function DeviceKey({ group }: { readonly group: string }) {
  const styles = useStyles()
  const say = useText(text)
  const [typed, setTyped] = useState('')
  const id = typed.trim()
  const read = async () => {
    const { symmetricKey } = await attestationMechanism('group', group)
    return await deriveDeviceKey(symmetricKey?.primaryKey ?? '', id)
  }
  return (
    <Section title={say('deviceKey')}>
      <div className={styles.quiet}>{say('deviceKeyHelp')}</div>
      <Field label={say('deviceKeyId')} hint={say('deviceKeyIdHelp')}>
        <Input value={typed} onChange={(_, { value }) => setTyped(value)} autoComplete="off" spellCheck={false} />
      </Field>
      {id !== '' && (
        <>
          <Secret key={id} label={say('deviceKeyOf', { id })} read={read} />
          <div className={styles.quiet}>{say('onCommandLine')}</div>
          <CopyBox
            label={say('onCommandLine')}
            value={`landfall compute-device-key --group ${quoted(group)} --registration-id ${quoted(id)}`}
            block
          />
        </>
      )}
    </Section>
  )
}
