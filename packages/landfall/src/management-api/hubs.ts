/**
 * The hubs of this service, as the command line looks them up: `az iot dps linked-hub` by a name without a dot
 * (contract/management 6.13), `az iot hub …` of the extension azure-iot by `-n`. Read-only.
 */
import { requireObject, textAt } from '../enrollment/fields.ts'
import { ProvisioningError } from '../fault.ts'
import { printable } from '../ids.ts'
import { readSettings } from '../instance/change-settings.ts'
import { findPolicy } from '../sas/policy.ts'
import type { EmbeddedHubSetting, Settings } from '../store/settings.ts'
import type { Answer, Call, Room } from './call.ts'
import { renderPolicy } from './keys.ts'
import { resourceGroup, subscriptionId } from './names.ts'
import { locationOf } from './render-service.ts'

/** Keys are not among it. */
export async function listHubs(_call: Call, room: Room): Promise<Answer> {
  const settings = await readSettings(room)
  return { body: { value: embedded(settings).map((hub) => renderHub(hub, settings, room)), nextLink: null } }
}

export async function getHub(call: Call, room: Room): Promise<Answer> {
  const settings = await readSettings(room)
  return { body: renderHub(requireHub(call, settings), settings, room) }
}

/** Asked by `az iot hub show -g` and `linked-hub create --hub-resource-group`: a free name is a hub that is not there. */
export async function checkHubName({ body }: Call, room: Room): Promise<Answer> {
  const name = textAt(requireObject(body, 'The body of a question for a name'), 'name') ?? ''
  const hub = findHub(name, await readSettings(room))
  if (hub === undefined) return { body: { nameAvailable: true, reason: 'Invalid', message: null } }
  const message = `"${shortName(hub)}" is a hub of this Landfall.`
  return { body: { nameAvailable: false, reason: 'AlreadyExists', message } }
}

/** The extension takes the first of them that may do everything. */
export async function listHubKeys(call: Call, room: Room): Promise<Answer> {
  const { policies } = requireHub(call, await readSettings(room))
  return { body: { value: policies.map(renderPolicy), nextLink: null } }
}

/** For `az iot dps linked-hub create --hub-name`, which makes a connection string of it. */
export async function showHubKey(call: Call, room: Room): Promise<Answer> {
  const { policies } = requireHub(call, await readSettings(room))
  const { policy: name = '' } = call.params
  const policy = findPolicy(policies, name)
  if (!policy) throw new ProvisioningError('policy_not_found', { name: printable(name) })
  return { body: renderPolicy(policy) }
}

function requireHub({ params: { hub: name = '' } }: Call, settings: Settings): EmbeddedHubSetting {
  const hub = findHub(name, settings)
  if (!hub) throw new ProvisioningError('hub_not_found', { name: printable(name) })
  return hub
}

const findHub = (name: string, settings: Settings) =>
  embedded(settings).find((one) => shortName(one) === name.toLowerCase())

const embedded = ({ hubs }: Settings) => hubs.filter((hub) => hub.kind === 'embedded')

/** A hub is looked up by the first label of its host name, which is what the cloud calls it. */
const shortName = ({ name }: EmbeddedHubSetting): string => name.split('.', 1)[0] ?? name

function renderHub(hub: EmbeddedHubSetting, settings: Settings, { eventHubOf }: Room) {
  const name = shortName(hub)
  const location = hub.location ?? locationOf(settings)
  return {
    id: `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Devices/IotHubs/${name}`,
    name,
    type: 'Microsoft.Devices/IotHubs',
    location,
    resourcegroup: resourceGroup,
    subscriptionid: subscriptionId,
    properties: {
      state: 'Active',
      provisioningState: 'Succeeded',
      hostName: hub.name,
      locations: [{ location, role: 'primary' }],
      eventHubEndpoints: { events: { ...eventHubOf(hub.name) } },
    },
    sku: { name: 'S1', tier: 'Standard', capacity: 1 },
    tags: {},
  }
}
