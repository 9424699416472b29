/** Second step: the hubs that devices may be assigned to, and how one is chosen. */
import { Checkbox, Input } from '@fluentui/react-components'
import { useHubs } from '../../../api/hubs.ts'
import { useText } from '../../../i18n/i18n.ts'
import { Field } from '../../../kit/field.tsx'
import { Link } from '../../../kit/link.tsx'
import { ProblemBar } from '../../../kit/problem-bar.tsx'
import { Section } from '../../../kit/section.tsx'
import { text as common } from '../text.ts'
import { Choices, Fieldset } from './choices.tsx'
import { type Editing, useFaultAt } from './editing.ts'
import { text } from './text.ts'

export function HubsStep({ editing }: { readonly editing: Editing }) {
  const say = useText(text)
  return (
    <>
      <Section title={say('targetHubs')}>
        <TargetHubs editing={editing} />
      </Section>
      <Section title={say('allocation')}>
        <Allocation editing={editing} />
      </Section>
    </>
  )
}

function TargetHubs({ editing }: { readonly editing: Editing }) {
  const say = useText(text)
  const faultAt = useFaultAt(editing)
  const { form, before, set } = editing
  const { data, error, refetch } = useHubs()
  const linked = (data ?? []).filter((hub) => hub.linked).map(({ name }) => name)
  // what was unlinked since may stay
  const offered = [...linked, ...before.hubs.filter((hub) => data && !linked.includes(hub))]
  const tick = (hub: string, on: boolean) =>
    set({ hubs: offered.filter((name) => (name === hub ? on : form.hubs.includes(name))) })
  return (
    <>
      {error && <ProblemBar problem={error} onRetry={() => void refetch()} />}
      <Fieldset label={say('targetHubs')} hideLabel help={say('targetHubsHelp')} error={faultAt('hubs')}>
        {offered.map((hub) => (
          <div key={hub}>
            <Checkbox
              label={linked.includes(hub) ? hub : `${hub} (${say('notLinked')})`}
              checked={form.hubs.includes(hub)}
              onChange={(_, { checked }) => tick(hub, checked === true)}
            />
          </div>
        ))}
        {data && linked.length === 0 && <div>{say('noHubs')}</div>}
      </Fieldset>
      {before.legacyHub !== '' && (
        <Checkbox
          label={say('legacyHub', { hub: before.legacyHub })}
          checked={form.legacyHub !== ''}
          onChange={(_, { checked }) => set({ legacyHub: checked === true ? before.legacyHub : '' })}
        />
      )}
      <div>
        <Link href="/hubs">{say('linkHub')}</Link>
      </div>
    </>
  )
}

const policies = [
  { value: 'hashed', help: 'hashedHelp' },
  { value: 'geoLatency', help: 'geoLatencyHelp' },
  { value: 'static', help: 'staticHelp' },
  { value: 'custom', help: 'customHelp' },
] as const

function Allocation({ editing }: { readonly editing: Editing }) {
  const say = useText(text)
  const sayCommon = useText(common)
  const faultAt = useFaultAt(editing)
  const { form, set } = editing
  return (
    <>
      <Choices
        label={say('allocation')}
        hideLabel
        help={say('allocationHelp')}
        error={faultAt('allocation')}
        value={form.allocation === '' ? 'service' : form.allocation}
        onChange={(value) => set({ allocation: value === 'service' ? '' : value })}
        choices={[
          ...policies.map(({ value, help }) => ({ value, label: sayCommon(value), help: say(help) })),
          { value: 'service', label: sayCommon('serviceDefault'), help: say('serviceDefaultHelp') },
        ]}
      />
      {form.allocation === 'custom' && (
        <>
          <Field label={say('webhookUrl')} help={say('webhookUrlHelp')} error={faultAt('webhookUrl')} required>
            <Input
              type="url"
              value={form.webhookUrl}
              placeholder="https://"
              onChange={(_, { value }) => set({ webhookUrl: value })}
            />
          </Field>
          <Field
            label={say('webhookApiVersion')}
            help={say('webhookApiVersionHelp')}
            error={faultAt('webhookApiVersion')}
            required
          >
            <Input value={form.webhookApiVersion} onChange={(_, { value }) => set({ webhookApiVersion: value })} />
          </Field>
        </>
      )}
    </>
  )
}
