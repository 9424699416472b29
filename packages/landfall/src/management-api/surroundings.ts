/** What `az` asks for besides the service: subscriptions, tenants, a resource group, the hubs of this service (contract/management 6.12, 6.13). */
import { ProvisioningError } from '../fault.ts'
import { printable } from '../ids.ts'
import { readSettings } from '../instance/change-settings.ts'
import { findPolicy } from '../sas/policy.ts'
import type { EmbeddedHubSetting, Settings } from '../store/settings.ts'
import type { Answer, Call, Room } from './call.ts'
import { renderPolicy } from './keys.ts'
import { resourceGroup, subscriptionId, tenantId } from './names.ts'
import { locationOf } from './render-service.ts'

export async function listSubscriptions(): Promise<Answer> {
  return { body: { value: [subscription] } }
}

export async function getSubscription(): Promise<Answer> {
  return { body: subscription }
}

const subscription = {
  id: `/subscriptions/${subscriptionId}`,
  subscriptionId,
  displayName: 'landfall',
  state: 'Enabled',
  tenantId,
}

export async function listTenants(): Promise<Answer> {
  return { body: { value: [{ id: `/tenants/${tenantId}`, tenantId }] } }
}

/** Any is there: its location is what a service without one would get. */
export async function getResourceGroup({ params }: Call, room: Room): Promise<Answer> {
  return { body: renderGroup(params.resourceGroup ?? resourceGroup, await readSettings(room)) }
}

export async function listResourceGroups(_call: Call, room: Room): Promise<Answer> {
  return { body: { value: [renderGroup(resourceGroup, await readSettings(room))] } }
}

const renderGroup = (name: string, settings: Settings) => ({
  id: `/subscriptions/${subscriptionId}/resourceGroups/${name}`,
  name,
  type: 'Microsoft.Resources/resourceGroups',
  location: locationOf(settings),
  properties: { provisioningState: 'Succeeded' },
})

/** Read-only: `az iot dps linked-hub` looks up here what was given without a dot. Keys are not among it. */
export async function listHubs(_call: Call, room: Room): Promise<Answer> {
  const settings = await readSettings(room)
  return { body: { value: embedded(settings).map((hub) => renderHub(hub, settings)), nextLink: null } }
}

/** For `az iot dps linked-hub create --hub-name`, which makes a connection string of it. */
export async function showHubKey({ params }: Call, room: Room): Promise<Answer> {
  const { hub: name = '', policy: policyName = '' } = params
  const hub = embedded(await readSettings(room)).find((one) => shortName(one) === name.toLowerCase())
  if (!hub) throw new ProvisioningError('hub_not_found', { name: printable(name) })
  const policy = findPolicy(hub.policies, policyName)
  if (!policy) throw new ProvisioningError('policy_not_found', { name: printable(policyName) })
  return { body: renderPolicy(policy) }
}

const embedded = ({ hubs }: Settings) => hubs.filter((hub) => hub.kind === 'embedded')

/** A hub is looked up by the first label of its host name, which is what the cloud calls it. */
const shortName = ({ name }: EmbeddedHubSetting): string => name.split('.', 1)[0] ?? name

function renderHub(hub: EmbeddedHubSetting, settings: Settings) {
  const name = shortName(hub)
  return {
    id: `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Devices/IotHubs/${name}`,
    name,
    type: 'Microsoft.Devices/IotHubs',
    location: hub.location ?? locationOf(settings),
    resourcegroup: resourceGroup,
    subscriptionid: subscriptionId,
    properties: { state: 'Active', provisioningState: 'Succeeded', hostName: hub.name },
    sku: { name: 'S1', tier: 'Standard', capacity: 1 },
    tags: {},
  }
}
