/** How a device on this machine reaches the device API: at the address that is listened on, whatever names resolve to. */
import type { AddressInfo, Server } from 'node:net'
import type { ConnectionFile } from '../connection-file.ts'
import type { Endpoint } from '../simulate/wire.ts'

interface Reached {
  readonly server: Pick<Server, 'address'>
  readonly ports: Pick<ConnectionFile['ports'], 'https' | 'mqtt'>
  readonly rootPem: string
}

export function fromHere({ server, ports, rootPem }: Reached): Omit<Endpoint, 'idScope'> {
  const { address } = server.address() as AddressInfo
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  // one of the standard names that every server certificate has
  return { host, serverName: 'localhost', httpsPort: ports.https, mqttPort: ports.mqtt, ca: rootPem }
}
