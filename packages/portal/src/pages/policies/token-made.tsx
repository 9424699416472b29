/** A token that was just made: the only time that its secret is seen. */
import { Button, MessageBar, MessageBarBody } from '@fluentui/react-components'
import { useLocation } from 'wouter'
import type { PrincipalView } from '../../api/tokens.ts'
import { useText } from '../../i18n/i18n.ts'
import { CopyBox } from '../../kit/copy-box.tsx'
import { Facts } from '../../kit/facts.tsx'
import { Section } from '../../kit/section.tsx'
import { Timestamp } from '../../kit/timestamp.tsx'
import { AzLines } from './az-lines.tsx'
import { tokensText } from './tokens-text.ts'

export interface MadeToken extends PrincipalView {
  readonly secret: string
  readonly bearer: string
}

export function TokenMade({ made }: { readonly made: MadeToken }) {
  const say = useText(tokensText)
  const [, navigate] = useLocation()
  const copied = (label: string, value: string) => [label, <CopyBox key={label} label={label} value={value} />] as const
  return (
    <>
      <MessageBar intent="warning" layout="multiline" role="status">
        <MessageBarBody>{say('once')}</MessageBarBody>
      </MessageBar>
      <Section title={say('made', { name: made.name })}>
        <Facts
          facts={[
            copied(say('clientId'), made.id),
            copied(say('secret'), made.secret),
            copied(say('bearer'), made.bearer),
            [say('roles'), made.roles.join(', ')],
            [say('expiry'), made.expiresUtc ? <Timestamp key="end" at={made.expiresUtc} show="both" /> : say('never')],
          ]}
        />
        <div>{say('bearerHelp')}</div>
      </Section>
      <AzLines made={made} />
      <div>
        <Button appearance="primary" onClick={() => navigate('/policies?tab=tokens')}>
          {say('done')}
        </Button>
      </div>
    </>
  )
}
