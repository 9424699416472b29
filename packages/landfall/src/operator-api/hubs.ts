/** `/landfall/hubs`: the hubs that devices are assigned to (contract/management 4). */
import type { FastifyInstance } from 'fastify'
import { demand, forRequest } from '../access/visits.ts'
import { ProvisioningError } from '../fault.ts'
import { isDeviceId, printable } from '../ids.ts'
import { changeSettings, readSettings } from '../instance/change-settings.ts'
import { addHub, changeHub, type HubOrder, hubNamed, makeHub, parseHubName, removeHub } from '../instance/hubs.ts'
import { connectionStringOf } from '../sas/policy.ts'
import type { HubSetting } from '../store/settings.ts'
import { type Force, force, type Keys, keys } from './flags.ts'
import { hostOf } from './hub-policies.ts'
import type { OperatorParts } from './parts.ts'

const order = {
  type: 'object',
  properties: {
    linked: { type: 'boolean' },
    // contract/management 4.5
    allocationWeight: { type: 'integer', minimum: 1, maximum: 1000 },
    applyAllocationPolicy: { type: 'boolean' },
    location: { type: 'string', maxLength: 64 },
    connectionString: { type: 'string', maxLength: 1024 },
  },
  additionalProperties: false,
}

interface Named {
  Params: { name: string }
}
interface Ordered extends Named {
  Body: HubOrder
}

export function hubRoutes(app: FastifyInstance, parts: OperatorParts): void {
  app.get('/hubs', async () => {
    const { hubs } = await readSettings(parts)
    return await Promise.all(hubs.map((hub) => rendered(hub, parts)))
  })

  app.get<Named & { Querystring: Keys }>('/hubs/:name', { schema: { querystring: keys } }, async (request) => {
    const { params, query } = request
    if (query.keys) demand(request, 'KeysRead')
    const hub = hubNamed(await readSettings(parts), params.name)
    return {
      ...(await rendered(hub, parts)),
      ...(query.keys ? { connectionStrings: connectionStrings(hub, parts) } : {}),
    }
  })

  app.put<Ordered>('/hubs/:name', { schema: { body: order } }, async (request) => {
    const hub = makeHub(parseHubName(request.params.name), request.body, parts)
    await changeSettings(forRequest(request, parts), (settings) => addHub(settings, hub))
    return await rendered(hub, parts)
  })

  app.patch<Ordered>('/hubs/:name', { schema: { body: order } }, async (request) => {
    const { params, body } = request
    const after = await changeSettings(forRequest(request, parts), (before) => changeHub(before, params.name, body))
    return await rendered(hubNamed(after, params.name), parts)
  })

  app.delete<Named & { Querystring: Force }>(
    '/hubs/:name',
    { schema: { querystring: force } },
    async (request, reply) => {
      await removeHub(request.params.name, { force: request.query.force ?? false }, forRequest(request, parts))
      return reply.status(204).send()
    },
  )

  // the registry API of the hub does the same for bearers of the hub's own policies
  app.delete<{ Params: { name: string; deviceId: string } }>(
    '/hubs/:name/devices/:deviceId',
    async (request, reply) => {
      const { name, deviceId } = request.params
      const { store } = forRequest(request, parts)
      const hub = hubNamed(await readSettings(parts), name)
      if (!isDeviceId(deviceId) || !(await store.device(hub.name, deviceId)))
        throw new ProvisioningError('device_not_found', { id: printable(deviceId), hub: hub.name })
      await store.commit([{ delete: 'device', hub: hub.name, deviceId, expect: 'any' }])
      return reply.status(204).send()
    },
  )
}

async function rendered({ name, kind, linked, ...hub }: HubSetting, { store }: OperatorParts) {
  return {
    name,
    kind,
    linked,
    allocationWeight: hub.allocationWeight ?? 1,
    applyAllocationPolicy: hub.applyAllocationPolicy ?? true,
    location: hub.location,
    ...(kind === 'embedded' ? { devices: (await store.deviceCounts(name)).total } : {}),
  }
}

/** By policy; for those who asked (contract/management 3.14). */
function connectionStrings(hub: HubSetting, parts: OperatorParts): Record<string, string> {
  if (hub.kind !== 'embedded') return { link: hub.connectionString }
  const host = hostOf(hub, parts)
  return Object.fromEntries(hub.policies.map((policy) => [policy.name, connectionStringOf(policy, host)]))
}
