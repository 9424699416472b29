/** `/landfall/hubs`: the hubs that devices are assigned to (contract/management 4). */
import type { FastifyInstance } from 'fastify'
import { ProvisioningError } from '../fault.ts'
import { newEmbeddedHub } from '../hub/hubs.ts'
import { type HubName, hubNameOf, isDeviceId, printable } from '../ids.ts'
import { readKey } from '../sas/key.ts'
import { connectionStringOf } from '../sas/policy.ts'
import type { HubSetting, Settings } from '../store/settings.ts'
import { changeSettings, readSettings } from './change-settings.ts'
import { type Force, force, type Keys, keys } from './flags.ts'
import type { OperatorParts } from './parts.ts'

/** contract/management 4.5 */
const allocationWeight = { type: 'integer', minimum: 1, maximum: 1000 }

interface Facts {
  readonly linked?: boolean
  readonly allocationWeight?: number
  readonly applyAllocationPolicy?: boolean
  readonly location?: string
}
const facts = {
  type: 'object',
  properties: {
    linked: { type: 'boolean' },
    allocationWeight,
    applyAllocationPolicy: { type: 'boolean' },
    location: { type: 'string', maxLength: 64 },
  },
  additionalProperties: false,
}
/** With a connection string: a real hub, reached over its REST API. Without: one that this service itself is. */
interface Create extends Facts {
  readonly connectionString?: string
}
const create = {
  ...facts,
  properties: { ...facts.properties, connectionString: { type: 'string', maxLength: 1024 } },
}

interface Named {
  Params: { name: string }
}

export function hubRoutes(app: FastifyInstance, parts: OperatorParts): void {
  app.get('/hubs', async () => {
    const { hubs } = await readSettings(parts)
    return await Promise.all(hubs.map((hub) => rendered(hub, parts)))
  })

  app.get<Named & { Querystring: Keys }>(
    '/hubs/:name',
    { schema: { querystring: keys } },
    async ({ params, query }) => {
      const hub = find(await readSettings(parts), params.name)
      return {
        ...(await rendered(hub, parts)),
        ...(query.keys ? { connectionStrings: connectionStrings(hub, parts) } : {}),
      }
    },
  )

  app.put<Named & { Body: Create }>('/hubs/:name', { schema: { body: create } }, async ({ params, body }) => {
    const hub = newHub(parseHostName(params.name), body, parts)
    await changeSettings(parts, (settings) => added(settings, hub))
    return await rendered(hub, parts)
  })

  app.patch<Named & { Body: Facts }>('/hubs/:name', { schema: { body: facts } }, async ({ params, body }) => {
    const settings = await changeSettings(parts, (before) => changed(before, params.name, body))
    return await rendered(find(settings, params.name), parts)
  })

  app.delete<Named & { Querystring: Force }>(
    '/hubs/:name',
    { schema: { querystring: force } },
    async ({ params, query }, reply) => {
      const hub = find(await readSettings(parts), params.name)
      await refuseDeletion(hub, query.force ?? false, parts)
      await changeSettings(
        parts,
        (settings) => ({ ...settings, hubs: settings.hubs.filter(({ name }) => name !== hub.name) }),
        hub.kind === 'embedded' ? [{ delete: 'hub', hub: hub.name }] : [],
      )
      return reply.status(204).send()
    },
  )

  // the registry API of the hub does the same for bearers of the hub's own policies
  app.delete<{ Params: { name: string; deviceId: string } }>(
    '/hubs/:name/devices/:deviceId',
    async ({ params: { name, deviceId } }, reply) => {
      const hub = find(await readSettings(parts), name)
      if (!isDeviceId(deviceId) || !(await parts.store.device(hub.name, deviceId)))
        throw new ProvisioningError('device_not_found', { id: printable(deviceId), hub: hub.name })
      await parts.store.commit([{ delete: 'device', hub: hub.name, deviceId, expect: 'any' }])
      return reply.status(204).send()
    },
  )
}

function find({ hubs }: Settings, name: string): HubSetting {
  const hub = hubs.find((one) => one.name === hubNameOf(name))
  if (!hub) throw new ProvisioningError('hub_not_found', { name: printable(name) })
  return hub
}

function parseHostName(text: string) {
  if (/^[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?$/i.test(text)) return hubNameOf(text)
  throw new ProvisioningError('invalid', {
    message: `"${printable(text)}" is no host name. Devices dial the name of their hub, so give one that resolves.`,
  })
}

function newHub(name: HubName, { connectionString, ...facts }: Create, parts: OperatorParts): HubSetting {
  if (connectionString === undefined) return { ...newEmbeddedHub({ name, random: parts.random }), ...facts }
  return { ...facts, kind: 'azure', name, linked: true, connectionString: checkedFor(name, connectionString) }
}

/** Labels, host and key (contract/iot-hub 1.1); whether the hub takes it, its first device shows. */
function checkedFor(name: HubName, text: string): string {
  const [, host, key] = /^HostName=([^;]+);SharedAccessKeyName=[^;]+;SharedAccessKey=([^;]+);?$/.exec(text.trim()) ?? []
  if (host === undefined || hubNameOf(host) !== name || readKey(key ?? '') === undefined)
    throw new ProvisioningError('invalid', {
      message: `This is no connection string of the hub "${name}". Its form is "HostName=${name};SharedAccessKeyName=…;SharedAccessKey=…", of a policy that may read and write the registry.`,
    })
  return text.trim().replace(/;$/, '')
}

function added(settings: Settings, hub: HubSetting): Settings {
  if (settings.hubs.some(({ name }) => name === hub.name))
    throw new ProvisioningError('name_taken', { message: `There is a hub "${hub.name}" already.` })
  return { ...settings, hubs: [...settings.hubs, hub] }
}

function changed(settings: Settings, name: string, facts: Facts): Settings {
  const hub = find(settings, name)
  if (hub.kind !== 'embedded' && facts.linked === false)
    throw new ProvisioningError('invalid', { message: `"${hub.name}" is no hub of this service; delete its link.` })
  const after = { ...hub, ...facts } as HubSetting
  return { ...settings, hubs: settings.hubs.map((one) => (one === hub ? after : one)) }
}

async function refuseDeletion({ name }: HubSetting, force: boolean, { store, hosts }: OperatorParts): Promise<void> {
  if (name === hubNameOf(hosts[0]))
    throw new ProvisioningError('in_use', {
      message: `"${name}" is the hub of --hostname, which every start makes. Unlink it to assign no devices to it.`,
    })
  const { total } = await store.deviceCounts(name)
  if (total > 0 && !force)
    throw new ProvisioningError('in_use', {
      message: `The hub "${name}" has ${total} ${total === 1 ? 'device' : 'devices'}, which would be deleted too. Delete with force if that is meant.`,
    })
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
function connectionStrings(hub: HubSetting, { endpoints }: OperatorParts): Record<string, string> {
  if (hub.kind !== 'embedded') return { link: hub.connectionString }
  const { https } = endpoints().ports
  const host = https === 443 ? hub.name : `${hub.name}:${https}`
  return Object.fromEntries(hub.policies.map((policy) => [policy.name, connectionStringOf(policy, host)]))
}
