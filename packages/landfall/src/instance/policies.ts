/** Shared access policies of the instance, as steps from settings to settings (contract/management 3.10). */
import { ProvisioningError } from '../fault.ts'
import { printable } from '../ids.ts'
import { generateKey, readKey } from '../sas/key.ts'
import { allows, findPolicy, type ServiceRight, type SharedAccessPolicy, serviceRights } from '../sas/policy.ts'
import type { Settings } from '../store/settings.ts'
import type { Random } from '../system.ts'

export type ServicePolicy = SharedAccessPolicy<ServiceRight>

export interface PolicyOrder {
  readonly rights: readonly ServiceRight[]
  /** Base64 of 16 to 64 bytes; absent: made anew. */
  readonly primaryKey?: string
  readonly secondaryKey?: string
}

export type WhichKey = 'primary' | 'secondary' | 'swap'

export function policyNamed({ policies }: Settings, name: string): ServicePolicy {
  const policy = findPolicy(policies, name)
  if (!policy) throw new ProvisioningError('policy_not_found', { name: printable(name) })
  return policy
}

export function makePolicy(name: string, { rights, ...keys }: PolicyOrder, random: Random): ServicePolicy {
  // contract/service-api 3.7: the narrowest client's alphabet; "." and ".." no client can put into a path
  if (!/^(?!\.{1,2}$)[A-Za-z0-9_\-@.]{1,64}$/.test(name))
    throw new ProvisioningError('invalid', {
      message: `"${printable(name)}" is no policy name: use 1 to 64 letters, digits, "-", "_", "." or "@".`,
    })
  return {
    name,
    primaryKey: keyOrNew('primaryKey', keys.primaryKey, random),
    secondaryKey: keyOrNew('secondaryKey', keys.secondaryKey, random),
    rights: inOrder(rights),
  }
}

function keyOrNew(member: string, given: string | undefined, random: Random): string {
  if (given === undefined) return generateKey(random)
  const bytes = readKey(given)
  if (!bytes) throw new ProvisioningError('invalid', { message: `${member} is not base64 of 16 to 64 bytes.` })
  return bytes.toString('base64')
}

export const inOrder = (rights: readonly string[]) => serviceRights.filter((right) => rights.includes(right))

export function addPolicy(settings: Settings, policy: ServicePolicy): Settings {
  if (findPolicy(settings.policies, policy.name))
    throw new ProvisioningError('name_taken', {
      message: `There is a shared access policy "${policy.name}" already.`,
    })
  return { ...settings, policies: [...settings.policies, policy] }
}

export function changePolicy(
  settings: Settings,
  name: string,
  step: (policy: ServicePolicy) => ServicePolicy,
): Settings {
  const policy = policyNamed(settings, name)
  return withPolicies(
    settings,
    settings.policies.map((one) => (one === policy ? step(policy) : one)),
  )
}

export function removePolicy(settings: Settings, name: string): Settings {
  const policy = policyNamed(settings, name)
  return withPolicies(
    settings,
    settings.policies.filter((one) => one !== policy),
  )
}

export interface ListedPolicy extends PolicyOrder {
  readonly name: string
}

/** The whole list at once, as the public API writes it. A policy without a key gets a new one (contract/management 3.15). */
export function replacePolicies(settings: Settings, listed: readonly ListedPolicy[], random: Random): Settings {
  const names = listed.map(({ name }) => name.toLowerCase())
  const twice = listed.find(({ name }, index) => names.indexOf(name.toLowerCase()) < index)
  if (twice)
    throw new ProvisioningError('invalid', {
      message: `The shared access policy "${printable(twice.name)}" is there twice; their names differ in more than letter case.`,
    })
  return withPolicies(
    settings,
    listed.map(({ name, ...order }) => makePolicy(name, order, random)),
  )
}

/** Without a policy that has ServiceConfig nobody could ever change anything here again (contract/management 3.16). */
export function withPolicies(settings: Settings, policies: readonly ServicePolicy[]): Settings {
  if (policies.some((policy) => allows(policy, 'ServiceConfig'))) return { ...settings, policies }
  throw new ProvisioningError('invalid', {
    message: 'This is the last policy with the right ServiceConfig. Create another one first.',
  })
}

export function rotate<Policy extends SharedAccessPolicy>(policy: Policy, key: WhichKey, fresh: string): Policy {
  if (key === 'swap') return { ...policy, primaryKey: policy.secondaryKey, secondaryKey: policy.primaryKey }
  return key === 'primary' ? { ...policy, primaryKey: fresh } : { ...policy, secondaryKey: fresh }
}
