/** The service as a resource: shown, changed, tagged (contract/management 2.3 to 2.8, 3). */
import { requirePermission } from '../access/visitor.ts'
import { requireObject } from '../enrollment/fields.ts'
import { ProvisioningError } from '../fault.ts'
import { printable } from '../ids.ts'
import { changeSettings, readSettings } from '../instance/change-settings.ts'
import { unlinkedBetween } from '../instance/linked-hubs.ts'
import { changeResource, type ResourceOrder } from '../instance/resource.ts'
import type { Settings } from '../store/settings.ts'
import type { Answer, Call, Room } from './call.ts'
import { enrollmentsNaming } from './enrollments-naming.ts'
import { withoutEffect } from './kept-properties.ts'
import { renderPolicy } from './keys.ts'
import { isOurs, requireService } from './names.ts'
import { accepted } from './operations.ts'
import { readResource, readTags } from './read-resource.ts'
import { renderService } from './render-service.ts'

export async function getService(call: Call, room: Room): Promise<Answer> {
  return { body: renderService(await requireService(call, room), room) }
}

/** There is one, in whatever subscription and resource group it is looked for (contract/management 6.5). */
export async function listServices(_call: Call, room: Room): Promise<Answer> {
  return { body: { value: [renderService(await readSettings(room), room)], nextLink: null } }
}

export async function putService(call: Call, room: Room): Promise<Answer> {
  const { service = '' } = call.params
  const before = await readSettings(room)
  if (!isOurs(service, before)) throw notServed(service, before)
  const order = readResource(call.body)
  if (order.policies) requirePermission(call.visitor, 'KeysRead')
  const after = await change(order, call, room)
  const body = withPolicies(renderService(after, room), order, after)
  const warnings = [
    ...withoutEffect(order.properties ?? {}),
    ...(await enrollmentsNaming(unlinkedBetween(before, after), room)),
  ]
  return room.pace === 'cloud' ? { ...accepted(body, before.etag, call, room), warnings } : { body, warnings }
}

export async function patchService(call: Call, room: Room): Promise<Answer> {
  await requireService(call, room)
  const tags = readTags(requireObject(call.body, 'The body of an update'))
  return { body: renderService(await change({ tags }, call, room), room) }
}

/** Its data is a directory of the operator's, which no request deletes (contract/management 6.6). */
export async function deleteService(call: Call, room: Room): Promise<Answer> {
  const { serviceName } = await requireService(call, room)
  throw new ProvisioningError('in_use', {
    message: `The service "${serviceName}" is not deleted by a request. Stop it, and delete its data directory.`,
  })
}

function change(order: ResourceOrder, { ifMatch }: Call, room: Room): Promise<Settings> {
  const etags = [...(order.etags ?? []), ...(ifMatch === undefined ? [] : [ifMatch])]
  return changeSettings(room, (settings) => changeResource(settings, { ...order, etags }, room))
}

/** Where they were sent they come back with their keys: a client learns the new ones here (contract/management 3.2). */
function withPolicies(body: ReturnType<typeof renderService>, order: ResourceOrder, after: Settings) {
  if (!order.policies) return body
  return { ...body, properties: { ...body.properties, authorizationPolicies: after.policies.map(renderPolicy) } }
}

const notServed = (name: string, { serviceName }: Settings) =>
  new ProvisioningError('invalid', {
    message: `This Landfall serves "${serviceName}", and no second service: "${printable(name, 60)}" was not made. Change "${serviceName}", or start another Landfall.`,
  })
