/** Shared access policies of a hub of this service; the keys of the one that was chosen, which the address says. */
import { Button, makeStyles, tokens } from '@fluentui/react-components'
import { ChevronDownRegular, ChevronRightRegular } from '@fluentui/react-icons'
import { useId } from 'react'
import { useSearchParams } from 'wouter'
import { type HubPolicyView, hubPolicyKeys, rotateHubPolicy, useHubPolicies } from '../../api/hubs.ts'
import { useText } from '../../i18n/i18n.ts'
import { Facts } from '../../kit/facts.tsx'
import { PolicyKeys } from '../../kit/policy-keys.tsx'
import { ProblemBar } from '../../kit/problem-bar.tsx'
import { Section } from '../../kit/section.tsx'
import { Waiting } from '../../kit/waiting.tsx'
import { text } from './text.ts'

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0 },
  item: { padding: '4px 0', borderBottom: `1px solid ${tokens.colorNeutralStroke3}` },
  head: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '4px 12px' },
  name: { justifyContent: 'flex-start', minWidth: '180px' },
  rights: { color: tokens.colorNeutralForeground2 },
  keys: {
    display: 'flex',
    flexDirection: 'column',
    gap: '12px',
    margin: '4px 0 12px',
    padding: '12px',
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground2,
  },
})

export function Policies({ hub }: { readonly hub: string }) {
  const styles = useStyles()
  const say = useText(text)
  const { data, error, refetch } = useHubPolicies(hub)
  const [params, setParams] = useSearchParams()
  const chosen = params.get('policy')
  const choose = (name: string) => setParams(name === chosen ? {} : { policy: name }, { replace: true })
  return (
    <Section title={say('policies')}>
      <div>{say('policiesHelp')}</div>
      {error && <ProblemBar problem={error} onRetry={() => void refetch()} />}
      {!data && !error && <Waiting for={say('readingPolicies')} />}
      <ul className={styles.list} aria-label={say('policies')}>
        {data?.map((policy) => (
          <li key={policy.name} className={styles.item}>
            <Policy hub={hub} policy={policy} open={policy.name === chosen} onToggle={() => choose(policy.name)} />
          </li>
        ))}
      </ul>
    </Section>
  )
}

interface PolicyOrder {
  readonly hub: string
  readonly policy: HubPolicyView
  readonly open: boolean
  readonly onToggle: () => void
}

/** One at a time, so that each button stands there once. */
function Policy({ hub, policy: { name, rights }, open, onToggle }: PolicyOrder) {
  const styles = useStyles()
  const say = useText(text)
  const id = useId()
  return (
    <>
      <div className={styles.head}>
        <Button
          appearance="subtle"
          className={styles.name}
          icon={open ? <ChevronDownRegular /> : <ChevronRightRegular />}
          aria-expanded={open}
          aria-controls={open ? id : undefined}
          onClick={onToggle}
        >
          {name}
        </Button>
        <span className={styles.rights}>{rights.join(', ')}</span>
      </div>
      {open && (
        <div id={id} className={styles.keys}>
          <Facts facts={rights.map((right) => [right, say(`${right}Help`)])} />
          <PolicyKeys
            name={name}
            read={() => hubPolicyKeys(hub, name)}
            rotate={(key) => rotateHubPolicy(hub, name, key)}
            stops={{ primary: say('primaryStops'), secondary: say('secondaryStops') }}
          />
        </div>
      )}
    </>
  )
}
