/** Third step: what devices begin with. */
import { Checkbox } from '@fluentui/react-components'
import { useText } from '../../../i18n/i18n.ts'
import { JsonEditor } from '../../../kit/json-editor.tsx'
import { Section } from '../../../kit/section.tsx'
import { Option } from '../deleting/option.tsx'
import { Fieldset } from './choices.tsx'
import type { Editing } from './editing.ts'
import { text } from './text.ts'

export function DeviceStep({ editing: { kind, form, set } }: { readonly editing: Editing }) {
  const say = useText(text)
  return (
    <Section title={say('device')}>
      <Fieldset label={say('iotEdge')}>
        <Option help={say('enableEdgeHelp')}>
          <Checkbox
            label={say('enableEdge')}
            checked={form.iotEdge}
            onChange={(_, { checked }) => set({ iotEdge: checked === true })}
          />
        </Option>
      </Fieldset>
      <JsonEditor
        label={say('tags')}
        help={say('tagsHelp')}
        object
        rows={6}
        value={form.tags}
        onChange={(tags) => set({ tags })}
      />
      <JsonEditor
        label={say('desired')}
        help={say('desiredHelp')}
        object
        rows={6}
        value={form.desired}
        onChange={(desired) => set({ desired })}
      />
      {kind === 'individual' && (
        <JsonEditor
          label={say('information')}
          help={say('informationHelp')}
          object
          rows={4}
          value={form.information}
          onChange={(information) => set({ information })}
        />
      )}
    </Section>
  )
}
