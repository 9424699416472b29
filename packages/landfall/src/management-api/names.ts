/** What the one service of this process is called as a resource, and under which URL its client reaches it. */
import type { FastifyRequest } from 'fastify'
import { ProvisioningError } from '../fault.ts'
import { printable } from '../ids.ts'
import { readSettings } from '../instance/change-settings.ts'
import type { Settings } from '../store/settings.ts'
import type { Call, ManagementParts, Room } from './call.ts'

/** In requests any value is taken; these stand in the answers (contract/management 6.5). */
export const subscriptionId = '00000000-0000-0000-0000-000000000000'
export const resourceGroup = 'landfall'
export const tenantId = 'landfall'

export const type = 'Microsoft.Devices/provisioningServices'

export const idOf = ({ serviceName }: Pick<Settings, 'serviceName'>) =>
  `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/${type}/${serviceName}`

export const isOurs = (name: string, { serviceName }: Settings): boolean =>
  name.toLowerCase() === serviceName.toLowerCase()

/** The settings, where the path names this service. */
export async function requireService({ params }: Call, room: Room): Promise<Settings> {
  const settings = await readSettings(room)
  const { service = '' } = params
  if (isOurs(service, settings)) return settings
  throw new ProvisioningError('resource_not_found', {
    message: `The resource "${type}/${printable(service, 60)}" was not found. This Landfall serves "${settings.serviceName}".`,
  })
}

/** Of the Host header only where it is one of the service's own names: URLs made of it are given out (contract/management 2.34). */
export function baseOf(
  { headers }: Pick<FastifyRequest, 'headers'>,
  parts: Pick<ManagementParts, 'hosts' | 'endpoint'>,
) {
  const host = headers.host?.toLowerCase() ?? ''
  const name = host.replace(/:\d{1,5}$/, '').replace(/^\[(.*)\]$/, '$1')
  return `https://${parts.hosts.includes(name) ? host : parts.endpoint()}`
}
