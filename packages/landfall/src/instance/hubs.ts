/** The hubs that devices are assigned to, as steps from settings to settings (contract/management 4). */
import { ProvisioningError } from '../fault.ts'
import { newEmbeddedHub } from '../hub/hubs.ts'
import { type HubName, hubNameOf, printable } from '../ids.ts'
import { readKey } from '../sas/key.ts'
import { findPolicy, type HubRight, type SharedAccessPolicy } from '../sas/policy.ts'
import type { EmbeddedHubSetting, HubSetting, Settings } from '../store/settings.ts'
import type { Change } from '../store/store.ts'
import { changeSettings, readSettings } from './change-settings.ts'
import type { InstanceParts } from './parts.ts'

export interface HubFacts {
  readonly linked?: boolean
  /** 1 to 1000 (contract/management 4.5). */
  readonly allocationWeight?: number
  readonly applyAllocationPolicy?: boolean
  readonly location?: string
}

/** With a connection string: a real hub, reached over its REST API. Without: one that this service itself is. */
export interface HubOrder extends HubFacts {
  readonly connectionString?: string
}

export function hubNamed({ hubs }: Settings, name: string): HubSetting {
  const hub = hubs.find((one) => one.name === hubNameOf(name))
  if (!hub) throw new ProvisioningError('hub_not_found', { name: printable(name) })
  return hub
}

export type HubPolicy = SharedAccessPolicy<HubRight>

/** One that this service itself is: the policies of the others are kept elsewhere. */
export function embeddedNamed(settings: Settings, name: string): EmbeddedHubSetting {
  const hub = hubNamed(settings, name)
  if (hub.kind === 'embedded') return hub
  throw new ProvisioningError('invalid', {
    message: `The hub "${hub.name}" is elsewhere: its devices and policies are reached through its own API.`,
  })
}

export function hubPolicyNamed({ policies }: EmbeddedHubSetting, name: string): HubPolicy {
  const policy = findPolicy(policies, name)
  if (!policy) throw new ProvisioningError('policy_not_found', { name: printable(name) })
  return policy
}

export function changeHubPolicy(
  settings: Settings,
  { hub: hubName, policy: policyName }: { readonly hub: string; readonly policy: string },
  step: (policy: HubPolicy) => HubPolicy,
): Settings {
  const hub = embeddedNamed(settings, hubName)
  const policy = hubPolicyNamed(hub, policyName)
  const after = { ...hub, policies: hub.policies.map((one) => (one === policy ? step(policy) : one)) }
  return { ...settings, hubs: settings.hubs.map((one) => (one === hub ? after : one)) }
}

export function parseHubName(text: string): HubName {
  if (/^[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?$/i.test(text)) return hubNameOf(text)
  // a connection string is not repeated: there is a key in it, and refusals are logged
  const shown = /[;=]/.test(text) ? 'What was given' : `"${printable(text)}"`
  throw new ProvisioningError('invalid', {
    message: `${shown} is no host name. Devices dial the name of their hub, so give one that resolves.`,
  })
}

export function makeHub(
  name: HubName,
  { connectionString, ...facts }: HubOrder,
  { random }: Pick<InstanceParts, 'random'>,
): HubSetting {
  if (connectionString === undefined) return { ...newEmbeddedHub({ name, random }), ...facts }
  return { ...facts, kind: 'azure', name, linked: true, connectionString: checkedFor(name, connectionString) }
}

/** Labels, host and key (contract/iot-hub 1.1); whether the hub takes it, its first device shows. */
export function checkedFor(name: HubName, text: string): string {
  const [, host, key] = /^HostName=([^;]+);SharedAccessKeyName=[^;]+;SharedAccessKey=([^;]+);?$/.exec(text.trim()) ?? []
  if (host === undefined || hubNameOf(host) !== name || readKey(key ?? '') === undefined)
    throw new ProvisioningError('invalid', {
      message: `This is no connection string of the hub "${name}". Its form is "HostName=${name};SharedAccessKeyName=…;SharedAccessKey=…", of a policy that may read and write the registry.`,
    })
  return text.trim().replace(/;$/, '')
}

export function addHub(settings: Settings, hub: HubSetting): Settings {
  if (settings.hubs.some(({ name }) => name === hub.name))
    throw new ProvisioningError('name_taken', { message: `There is a hub "${hub.name}" already.` })
  return { ...settings, hubs: [...settings.hubs, hub] }
}

/** A connection string replaces the key of a link; an embedded hub has none (contract/management 7.3). */
export function changeHub(settings: Settings, name: string, { connectionString, ...facts }: HubOrder): Settings {
  const hub = hubNamed(settings, name)
  if (hub.kind !== 'embedded' && facts.linked === false)
    throw new ProvisioningError('invalid', { message: `"${hub.name}" is no hub of this service; delete its link.` })
  if (hub.kind === 'embedded' && connectionString !== undefined)
    throw new ProvisioningError('invalid', { message: `"${hub.name}" is a hub of this service; it needs no link.` })
  const link = connectionString === undefined ? {} : { connectionString: checkedFor(hub.name, connectionString) }
  const after = { ...hub, ...facts, ...link } as HubSetting
  return { ...settings, hubs: settings.hubs.map((one) => (one === hub ? after : one)) }
}

/** With its devices, where it is one of this service and `force` is given. */
export async function removeHub(name: string, { force }: { readonly force: boolean }, parts: InstanceParts) {
  const hub = hubNamed(await readSettings(parts), name)
  await refuseDeletion(hub, force, parts)
  const also: readonly Change[] = hub.kind === 'embedded' ? [{ delete: 'hub', hub: hub.name }] : []
  const without = (settings: Settings) => ({ ...settings, hubs: settings.hubs.filter((one) => one.name !== hub.name) })
  await changeSettings(parts, without, also)
}

async function refuseDeletion({ name }: HubSetting, force: boolean, { store, hosts }: InstanceParts): Promise<void> {
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
