/** Where devices register with a service on this machine. */
import { readFileSync } from 'node:fs'
import type { ConnectionFile } from '../connection-file.ts'
import type { Endpoint } from '../simulate/wire.ts'

export function endpointOf({ deviceEndpoint, ports, idScope, rootCaPath }: ConnectionFile): Endpoint {
  const host = deviceEndpoint.replace(/:\d+$/, '')
  return { host, httpsPort: ports.https, mqttPort: ports.mqtt, idScope, ca: readFileSync(rootCaPath, 'utf8') }
}
