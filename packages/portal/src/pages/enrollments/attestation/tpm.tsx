/** The endorsement key of one device's TPM. */
import { Textarea } from '@fluentui/react-components'
import { useText } from '../../../i18n/i18n.ts'
import { Field } from '../../../kit/field.tsx'
import { type Editing, useFaultAt } from '../form/editing.ts'
import { text } from '../form/text.ts'

export function Tpm({ editing }: { readonly editing: Editing }) {
  const say = useText(text)
  const faultAt = useFaultAt(editing)
  const { form, set } = editing
  return (
    <>
      <Field label={say('endorsementKey')} help={say('endorsementKeyHelp')} error={faultAt('endorsementKey')} required>
        <Textarea
          rows={4}
          resize="vertical"
          spellCheck={false}
          value={form.endorsementKey}
          onChange={(_, { value }) => set({ endorsementKey: value })}
        />
      </Field>
      <Field label={say('storageRootKey')} hint={say('storageRootKeyHelp')}>
        <Textarea
          rows={3}
          resize="vertical"
          spellCheck={false}
          value={form.storageRootKey}
          onChange={(_, { value }) => set({ storageRootKey: value })}
        />
      </Field>
    </>
  )
}
