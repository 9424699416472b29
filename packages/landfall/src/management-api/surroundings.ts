/** What `az` asks for besides the service: subscriptions, tenants, a resource group (contract/management 6.12). */
import { readSettings } from '../instance/change-settings.ts'
import type { Settings } from '../store/settings.ts'
import type { Answer, Call, Room } from './call.ts'
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

/** 204 is what `az` takes for a yes. */
export async function findResourceGroup(): Promise<Answer> {
  return {}
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
