/** The service as answers show it (contract/management 3.1): never with a key. */
import { maskedLink } from '../instance/linked-hubs.ts'
import type { HubSetting, Settings } from '../store/settings.ts'
import type { Room } from './call.ts'
import { idOf, resourceGroup, subscriptionId, type } from './names.ts'

const defaultLocation = 'local'

export function renderService(settings: Settings, { endpoint }: Pick<Room, 'endpoint'>) {
  const { resource = {}, serviceName: name, etag } = settings
  return {
    etag,
    name,
    location: locationOf(settings),
    properties: propertiesOf(settings, endpoint()),
    resourcegroup: resourceGroup,
    type,
    id: idOf(settings),
    subscriptionid: subscriptionId,
    tags: resource.tags ?? {},
    sku: { name: 'S1', tier: 'Standard', capacity: resource.capacity ?? 1 },
    ...(resource.identity && { identity: resource.identity }),
  }
}

export const locationOf = ({ resource }: Settings): string => resource?.location ?? defaultLocation

function propertiesOf(settings: Settings, host: string) {
  const { resource, hubs, allocationPolicy, idScope } = settings
  return {
    state: 'Active',
    provisioningState: 'Succeeded',
    iotHubs: hubs.filter(({ linked }) => linked).map((hub) => renderHub(hub, locationOf(settings))),
    allocationPolicy: capitalised(allocationPolicy),
    serviceOperationsHostName: host,
    deviceProvisioningHostName: host,
    portalOperationsHostName: host,
    idScope,
    privateEndpointConnections: [],
    ...resource?.properties,
  }
}

/** What was not set is not there, as in the cloud (contract/management 4.5). */
function renderHub(hub: HubSetting, location: string) {
  return {
    applyAllocationPolicy: hub.applyAllocationPolicy,
    allocationWeight: hub.allocationWeight,
    name: hub.name,
    connectionString: maskedLink(hub),
    location: hub.location ?? location,
  }
}

const capitalised = (word: string) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`
