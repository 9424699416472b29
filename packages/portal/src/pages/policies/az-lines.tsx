/** What somebody types to have `az` work on this service: docs/az.md, with this service's own names. */
import { useInstance } from '../../api/instance.ts'
import { useText } from '../../i18n/i18n.ts'
import { CopyBox } from '../../kit/copy-box.tsx'
import { Section } from '../../kit/section.tsx'
import { tokensText } from './tokens-text.ts'

export interface AzOrder {
  /** Of a token that was just made; absent: to be filled in. */
  readonly made?: { readonly id: string; readonly secret: string }
}

export function AzLines({ made }: AzOrder) {
  const say = useText(tokensText)
  const { data } = useInstance()
  if (!data) return null
  const lines = linesOf(
    `https://${data.deviceEndpoint}`,
    data.serviceName,
    made ?? { id: 'CLIENT_ID', secret: 'SECRET' },
  )
  return (
    <Section title={say('az')}>
      <div>{say('azHelp')}</div>
      <CopyBox label={say('azLines')} value={lines} block />
      {!made && <div>{say('azPlaceholders')}</div>}
    </Section>
  )
}

const linesOf = (endpoint: string, service: string, { id, secret }: { readonly id: string; readonly secret: string }) =>
  [
    'export REQUESTS_CA_BUNDLE=.landfall/tls/root.pem',
    `az cloud register -n landfall --endpoint-resource-manager ${endpoint}`,
    'az cloud set -n landfall',
    'az config set core.instance_discovery=false',
    // "-p=": a secret may begin with a hyphen
    `az login --service-principal -u ${id} -p=${secret} --tenant adfs`,
    `az iot dps policy list --dps-name ${service} -g landfall`,
  ].join('\n')
