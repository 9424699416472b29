/** Where a device finds the hub it was assigned: it dials its name, and where nobody knows that, the service it registered with. */
import { lookup } from 'node:dns/promises'
import type { Endpoint, Reach } from '../simulate/wire.ts'

export async function reachOf(hub: string, { host, httpsPort, mqttPort, ca }: Endpoint): Promise<Reach> {
  const isKnown = await lookup(hub).then(
    () => true,
    () => false,
  )
  return { host: isKnown ? hub : host, serverName: hub, httpsPort, mqttPort, ca }
}

/** Asked once for each hub, however many devices are on it. */
export function reachBook(endpoint: Endpoint): (hub: string) => Promise<Reach> {
  const known = new Map<string, Promise<Reach>>()
  return (hub) => {
    const reach = known.get(hub) ?? reachOf(hub, endpoint)
    known.set(hub, reach)
    return reach
  }
}
