/** Where devices register with a service. */
import { readFileSync } from 'node:fs'
import type { ProvisioningServiceClient } from 'landfall-client'
import { type ConnectionFile, readConnectionFile } from '../connection-file.ts'
import type { Endpoint } from '../simulate/wire.ts'
import { type ConnectOptions, dataDirOf } from './connection.ts'

const hostOf = (deviceEndpoint: string) => deviceEndpoint.replace(/:\d+$/, '')

export function endpointOf({ deviceEndpoint, ports, idScope, rootCaPath }: ConnectionFile): Endpoint {
  const ca = readFileSync(rootCaPath, 'utf8')
  return { host: hostOf(deviceEndpoint), httpsPort: ports.https, mqttPort: ports.mqtt, idScope, ca }
}

/** The service's own word for it; one on another machine is trusted as Node is told to (NODE_EXTRA_CA_CERTS). */
export async function serviceEndpoint(client: ProvisioningServiceClient, options: ConnectOptions): Promise<Endpoint> {
  const path = '/landfall/instance'
  const { body } = await client.request<Pick<ConnectionFile, 'idScope' | 'deviceEndpoint' | 'ports'>>({
    method: 'GET',
    path,
  })
  const local = readConnectionFile(dataDirOf(options))
  const ca = local?.idScope === body.idScope ? readFileSync(local.rootCaPath, 'utf8') : undefined
  const { idScope, deviceEndpoint, ports } = body
  return { host: hostOf(deviceEndpoint), httpsPort: ports.https, mqttPort: ports.mqtt, idScope, ca }
}
