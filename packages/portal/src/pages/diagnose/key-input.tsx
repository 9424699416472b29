/** A symmetric key, of the device or of its group; or a token that a device made of one. */
import { Checkbox, Input, Textarea } from '@fluentui/react-components'
import { useText } from '../../i18n/i18n.ts'
import { Field } from '../../kit/field.tsx'
import type { InputOrder } from './chain-input.tsx'
import { text } from './text.ts'

export function KeyInput({ draft: { key, derive }, change, wrong }: InputOrder) {
  const say = useText(text)
  return (
    <>
      <Field label={say('key')} hint={say('keyHint')} required error={wrong === 'noKey' ? say('noKey') : undefined}>
        <Input
          type="password"
          autoComplete="off"
          spellCheck={false}
          value={key}
          onChange={(_, { value }) => change({ key: value })}
        />
      </Field>
      <Checkbox
        label={say('derive')}
        checked={derive}
        onChange={(_, { checked }) => change({ derive: checked === true })}
      />
    </>
  )
}

export function TokenInput({ draft: { token }, change, wrong }: InputOrder) {
  const say = useText(text)
  return (
    <Field
      label={say('token')}
      hint={say('tokenHint')}
      required
      error={wrong === 'noToken' ? say('noToken') : undefined}
    >
      <Textarea
        rows={3}
        resize="vertical"
        spellCheck={false}
        placeholder="SharedAccessSignature sr=…&sig=…&se=…"
        value={token}
        onChange={(_, { value }) => change({ token: value })}
      />
    </Field>
  )
}
