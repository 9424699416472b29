/** Keys made by the service, kept, or given. */
import { Button, Checkbox, Input, makeStyles } from '@fluentui/react-components'
import { useText } from '../../../i18n/i18n.ts'
import { Field } from '../../../kit/field.tsx'
import { Option } from '../deleting/option.tsx'
import { type Editing, useFaultAt } from '../form/editing.ts'
import { text } from '../form/text.ts'

const useStyles = makeStyles({
  row: { display: 'flex', flexWrap: 'wrap', alignItems: 'flex-start', gap: '8px' },
  field: { flexGrow: 1, minWidth: '220px' },
  button: { marginTop: '30px' },
})

export function SymmetricKeys({ editing }: { readonly editing: Editing }) {
  const say = useText(text)
  const { exists, form, set } = editing
  return (
    <>
      <Option help={say(exists ? 'keepHelp' : 'automaticHelp')}>
        <Checkbox
          label={say(exists ? 'keep' : 'automatic')}
          checked={!form.keysGiven}
          onChange={(_, { checked }) => set({ keysGiven: checked !== true })}
        />
      </Option>
      {form.keysGiven && (
        <>
          <KeyField editing={editing} which="primaryKey" />
          <KeyField editing={editing} which="secondaryKey" />
        </>
      )}
    </>
  )
}

function KeyField({ editing, which }: { readonly editing: Editing; readonly which: 'primaryKey' | 'secondaryKey' }) {
  const styles = useStyles()
  const say = useText(text)
  const faultAt = useFaultAt(editing)
  const { exists, form, set } = editing
  const label = say(which)
  return (
    <div className={styles.row}>
      <div className={styles.field}>
        <Field
          label={label}
          help={say('keyHelp')}
          hint={say(exists ? 'keyEmptyKept' : 'keyEmptyNew')}
          error={faultAt(which)}
        >
          <Input
            value={form[which]}
            onChange={(_, { value }) => set({ [which]: value })}
            autoComplete="off"
            spellCheck={false}
          />
        </Field>
      </div>
      <Button
        className={styles.button}
        aria-label={say('generateWhat', { label })}
        onClick={() => set({ [which]: generateKey() })}
      >
        {say('generate')}
      </Button>
    </div>
  )
}

/** As long as the service's own. */
const keyBytes = 64

function generateKey(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(keyBytes))))
}
