/** The list of linked hubs as the public API reads and writes it: as a whole, with masked keys (contract/management 4). */
import { ProvisioningError } from '../fault.ts'
import { partsOf, readHubConnectionString } from '../hub/connection-string.ts'
import { newEmbeddedHub } from '../hub/hubs.ts'
import { type HubName, hubNameOf, printable } from '../ids.ts'
import type { AzureHubSetting, HubSetting, Settings } from '../store/settings.ts'
import { checkedFor, type HubFacts, parseHubName } from './hubs.ts'
import type { InstanceParts } from './parts.ts'

export interface LinkOrder extends Pick<HubFacts, 'allocationWeight' | 'applyAllocationPolicy' | 'location'> {
  /** `HostName=…;Embedded=true`: a hub of this service (contract/management 4.8). */
  readonly connectionString: string
}

/** contract/management 4.2 */
const mask = '****'

/** Who is not in the list is unlinked. A hub of this service stays where it is, with its devices (contract/management 3.3). */
export function replaceLinks(
  settings: Settings,
  orders: readonly LinkOrder[],
  parts: Pick<InstanceParts, 'random'>,
): Settings {
  const links = orders.map((order) => linkOf(order, settings, parts))
  const names = links.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice) throw invalid(`The hub "${twice}" is in iotHubs twice.`)
  const others = settings.hubs.filter(({ name }) => !names.includes(name))
  const unlinked = others.filter((hub) => hub.kind === 'embedded').map((hub) => ({ ...hub, linked: false }))
  return { ...settings, hubs: [...links, ...unlinked] }
}

function linkOf(
  { connectionString, ...facts }: LinkOrder,
  settings: Settings,
  { random }: Pick<InstanceParts, 'random'>,
): HubSetting {
  const fields = partsOf(connectionString)
  const name = parseHubName((fields.get('hostname') ?? '').replace(/:\d{1,5}$/, ''))
  const known = settings.hubs.find((hub) => hub.name === name)
  // no key is asked for: linking a hub does not prove one (contract/management 4.4)
  if (known?.kind === 'embedded') return { ...known, ...withAll(facts), linked: true }
  if (fields.get('embedded')?.toLowerCase() === 'true')
    return known ? { ...known, ...withAll(facts) } : { ...newEmbeddedHub({ name, random }), ...facts }
  const link = linkString(name, connectionString, known)
  return { kind: 'azure', name, linked: true, connectionString: link, ...facts }
}

/** What the order leaves out is left out: a list is replaced, not merged. */
const withAll = ({ allocationWeight, applyAllocationPolicy, location }: HubFacts) => ({
  allocationWeight,
  applyAllocationPolicy,
  location,
})

/** contract/management 4.3 */
function linkString(name: HubName, text: string, known: AzureHubSetting | undefined): string {
  const address = readHubConnectionString(text)
  if (address?.key !== mask) {
    const { policyName = '', key = '' } = address ?? {}
    return checkedFor(name, address ? `HostName=${name};SharedAccessKeyName=${policyName};SharedAccessKey=${key}` : '')
  }
  if (!known)
    throw invalid(`The key of the hub "${name}" is masked, and "${name}" is not linked yet. Send the key itself.`)
  if (readHubConnectionString(known.connectionString)?.policyName !== address.policyName)
    throw invalid(
      `The link to the hub "${name}" does not use the policy "${printable(address.policyName)}", so its masked key stands for none. Send the key itself.`,
    )
  return known.connectionString
}

/** For everybody who may read: which policy a link uses, but not its key. */
export function maskedLink(hub: HubSetting): string {
  const policyName =
    hub.kind === 'embedded' ? hub.policies[0]?.name : readHubConnectionString(hub.connectionString)?.policyName
  return `HostName=${hub.name};SharedAccessKeyName=${policyName ?? ''};SharedAccessKey=${mask}`
}

/** Devices are assigned to these no more. */
export function unlinkedBetween(before: Settings, after: Settings): readonly HubName[] {
  const linked = new Set(after.hubs.filter((hub) => hub.linked).map(({ name }) => hubNameOf(name)))
  return before.hubs.filter((hub) => hub.linked && !linked.has(hub.name)).map(({ name }) => name)
}

const invalid = (message: string) => new ProvisioningError('invalid', { message })
