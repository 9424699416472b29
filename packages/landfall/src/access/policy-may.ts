/** What a shared access policy lets somebody do, with its keys or with what came of them. */
import { ProvisioningError } from '../fault.ts'
import { allows, type SharedAccessPolicy } from '../sas/policy.ts'
import type { Settings } from '../store/settings.ts'
import { type Permission, rightFor } from './permission.ts'

type Switch = Pick<Settings, 'resource'> | undefined

/** Without local authentication keys open the management plane alone, where it can be switched on again (contract/management 3.2). */
export const policyMay =
  (policy: SharedAccessPolicy, settings: Switch) =>
  (permission: Permission): boolean =>
    allows(policy, rightFor(permission)) && !isClosedToKeys(permission, settings)

export function requireOpenToKeys(permission: Permission, settings: Switch): void {
  if (isClosedToKeys(permission, settings)) throw new ProvisioningError('local_auth_disabled')
}

const isClosedToKeys = (permission: Permission, settings: Switch): boolean =>
  rightFor(permission) !== 'ServiceConfig' && settings?.resource?.properties?.disableLocalAuth === true
