/** Which hub a command means that was told none. */
import type { ProvisioningServiceClient } from 'landfall-client'
import { UsageError } from './exit.ts'

interface HubFacts {
  readonly name: string
  readonly kind: string
}

export async function chooseHub(client: ProvisioningServiceClient, name: string | undefined): Promise<string> {
  if (name !== undefined) return name
  const embedded = (await hubsOf(client)).filter(({ kind }) => kind === 'embedded')
  const [only] = embedded
  if (only === undefined) throw new UsageError('This service has no hub of its own.')
  if (embedded.length === 1) return only.name
  throw new UsageError(`There are several hubs; name one: ${embedded.map((hub) => hub.name).join(', ')}.`)
}

export async function hubsOf(client: ProvisioningServiceClient): Promise<readonly HubFacts[]> {
  return (await client.request<readonly HubFacts[]>({ method: 'GET', path: '/landfall/hubs' })).body
}
