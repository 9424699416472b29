/** Which hub a client means, by the host name it dialled (contract/iot-hub 1.3). */
import { printable } from '../ids.ts'
import type { EmbeddedHubSetting, HubSetting } from '../store/settings.ts'
import type { Store } from '../store/store.ts'
import { HubRefusal } from './refusal.ts'

export interface AddressedHub {
  readonly setting: EmbeddedHubSetting
  /** The names that a token for it may be made for. */
  readonly names: readonly string[]
}

interface Addresses {
  readonly store: Store
  readonly hosts: readonly string[]
}

export async function hubOf({ store, hosts }: Addresses, hostHeader: string | undefined): Promise<AddressedHub> {
  // the Python client sends the port along: contract/iot-hub 1.3
  const host = (hostHeader ?? '').toLowerCase().replace(/:\d{1,5}$/, '')
  const settings = await store.settings()
  const hubs = (settings?.hubs ?? []).filter(isEmbedded)
  const named = hubs.find(({ name }) => name === host)
  if (named) return { setting: named, names: [named.name] }
  const [first] = hubs
  if (first && hosts.some((served) => served.toLowerCase() === host))
    return { setting: first, names: [first.name, host] }
  throw new HubRefusal('IotHubNotFound', `There is no hub "${printable(host)}" here. See: landfall hub list.`)
}

const isEmbedded = (hub: HubSetting): hub is EmbeddedHubSetting => hub.kind === 'embedded'
