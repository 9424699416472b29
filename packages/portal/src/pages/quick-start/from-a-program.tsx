/** The same walk without this page, and the connection string that a program needs for it. */
import { policyKeys, usePolicies } from '../../api/policies.ts'
import { useMay } from '../../api/session.ts'
import { useText } from '../../i18n/i18n.ts'
import { Facts } from '../../kit/facts.tsx'
import { Secret } from '../../kit/secret.tsx'
import { Section } from '../../kit/section.tsx'
import { SnippetTabs } from './snippet-tabs.tsx'
import { programSnippets } from './snippets.ts'
import { text } from './text.ts'

export function FromAProgram() {
  const say = useText(text)
  return (
    <Section title={say('fromAProgram')}>
      <div>{say('fromAProgramHelp')}</div>
      <SnippetTabs label={say('fromAProgram')} snippets={programSnippets} />
      <ConnectionString />
    </Section>
  )
}

function ConnectionString() {
  const say = useText(text)
  const mayReadKeys = useMay('KeysRead')
  const { data = [] } = usePolicies()
  const policy = data.find(({ rights }) => rights.includes('EnrollmentWrite'))
  if (!policy || !mayReadKeys) return <div>{say('connectionHint')}</div>
  const label = say('connectionString', { name: policy.name })
  return (
    <Facts
      facts={[
        [
          label,
          <Secret key="connection" label={label} read={async () => (await policyKeys(policy.name)).connectionString} />,
        ],
      ]}
    />
  )
}
