/** First step: how devices prove who they are, what the enrollment is called, and whether it lets them in. */
import { Checkbox, Input } from '@fluentui/react-components'
import { useText } from '../../../i18n/i18n.ts'
import { Field } from '../../../kit/field.tsx'
import { Section } from '../../../kit/section.tsx'
import { Mechanisms } from '../attestation/mechanisms.tsx'
import { Option } from '../deleting/option.tsx'
import { text as common } from '../text.ts'
import { Choices, Fieldset } from './choices.tsx'
import { type Editing, useFaultAt } from './editing.ts'
import type { Reprovision } from './form.ts'
import { text } from './text.ts'

export function RegistrationStep({ editing }: { readonly editing: Editing }) {
  const say = useText(text)
  return (
    <>
      <Section title={say('sectionAttestation')}>
        <Mechanisms editing={editing} />
      </Section>
      <Section title={say('sectionIdentity')}>
        <Identity editing={editing} />
      </Section>
      <Section title={say('sectionProvisioning')}>
        <Provisioning editing={editing} />
      </Section>
    </>
  )
}

function Identity({ editing }: { readonly editing: Editing }) {
  const say = useText(text)
  const faultAt = useFaultAt(editing)
  const { kind, exists, form, set } = editing
  return (
    <>
      <Field
        label={say(kind === 'group' ? 'groupName' : 'registrationId')}
        help={say(kind === 'group' ? 'groupNameHelp' : 'registrationIdHelp')}
        hint={exists ? say('idFixed') : undefined}
        error={faultAt('id')}
        required={!exists}
      >
        <Input
          value={form.id}
          readOnly={exists}
          onChange={(_, { value }) => set({ id: value })}
          autoComplete="off"
          spellCheck={false}
        />
      </Field>
      {kind === 'individual' && (
        <Field label={say('deviceId')} help={say('deviceIdHelp')} error={faultAt('deviceId')}>
          <Input
            value={form.deviceId}
            placeholder={form.id}
            onChange={(_, { value }) => set({ deviceId: value })}
            autoComplete="off"
            spellCheck={false}
          />
        </Field>
      )}
    </>
  )
}

const helps = { migrate: 'migrateHelp', reset: 'resetHelp', never: 'neverHelp', unset: 'unsetHelp' } as const

function Provisioning({ editing: { form, before, set } }: { readonly editing: Editing }) {
  const say = useText(text)
  const sayCommon = useText(common)
  const policies: readonly Reprovision[] = [
    'migrate',
    'reset',
    'never',
    ...(before.reprovision === 'unset' ? (['unset'] as const) : []),
  ]
  return (
    <>
      <Fieldset label={say('status')}>
        <Option help={say('enableHelp')}>
          <Checkbox
            label={say('enable')}
            checked={form.enabled}
            onChange={(_, { checked }) => set({ enabled: checked === true })}
          />
        </Option>
      </Fieldset>
      <Choices
        label={say('reprovision')}
        help={say('reprovisionHelp')}
        value={form.reprovision}
        onChange={(reprovision) => set({ reprovision })}
        choices={policies.map((value) => ({ value, label: sayCommon(value), help: say(helps[value]) }))}
      />
    </>
  )
}
