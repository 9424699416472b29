/** Under which names, at which addresses and with which keys a running service is reached. */
import type { Config } from '../config.ts'
import { type ConnectionFile, hostAndPort } from '../connection-file.ts'
import { partitionIds } from '../hub/amqp/event-hub.ts'
import { entityOf } from '../hub/event-hub-name.ts'
import { type Names, namesOf } from '../instance/names.ts'
import type { EventHub } from '../management-api/management-api.ts'
import type { Endpoints } from '../operator-api/operator-api.ts'
import { allows, connectionStringOf } from '../sas/policy.ts'
import type { EmbeddedHubSetting, Settings } from '../store/settings.ts'
import { standardNames } from './server-certificate.ts'

/** Under which the service is reached whatever hubs it has. */
export const ownNames = ({ hostnames }: Config): Names => namesOf([...hostnames, ...standardNames], undefined)

export function endpointsOf({ hostnames }: Config, ports: ConnectionFile['ports']): Endpoints {
  const deviceEndpoint = hostAndPort(hostnames[0], ports.https)
  return {
    deviceEndpoint,
    portalUrl: `https://${deviceEndpoint}/portal/`,
    managementUrl: `http://127.0.0.1:${ports.management}`,
    ports,
  }
}

export function connectionOf(
  settings: Settings,
  { hostnames }: Config,
  { deviceEndpoint, portalUrl, managementUrl, ports }: Endpoints,
): Omit<ConnectionFile, 'rootCaPath'> {
  const [owner] = settings.policies
  const hub = settings.hubs.find(({ name }) => name === hostnames[0])
  const embedded = hub?.kind === 'embedded' ? hub : undefined
  const [hubOwner] = embedded?.policies ?? []
  return {
    serviceConnectionString: owner ? connectionStringOf(owner, deviceEndpoint) : '',
    deviceEndpoint,
    idScope: settings.idScope,
    hubConnectionString: hubOwner ? connectionStringOf(hubOwner, deviceEndpoint) : '',
    eventHubConnectionString: embedded ? eventHubOf(embedded, ports.amqp) : '',
    portalUrl,
    managementUrl,
    ports,
    pid: process.pid,
  }
}

/** contract/iot-hub 16.1: the policy that may read and no more, where it is still there. */
function eventHubOf({ name, policies }: EmbeddedHubSetting, port: number): string {
  const reading = policies.filter((policy) => allows(policy, 'ServiceConnect'))
  const policy = reading.find((one) => one.name === 'service') ?? reading[0]
  if (policy === undefined) return ''
  const { endpoint, path } = eventHubAt(name, port)
  return `Endpoint=${endpoint};SharedAccessKeyName=${policy.name};SharedAccessKey=${policy.primaryKey};EntityPath=${path}`
}

/** Where readers of a hub's telemetry connect, by AMQP. */
export function eventHubAt(hub: string, port: number): EventHub {
  const host = port === 5671 ? hub : `${hub}:${port}`
  return { endpoint: `sb://${host}/`, path: entityOf(hub), partitionCount: partitionIds.length, partitionIds }
}
