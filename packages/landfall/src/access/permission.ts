/** What a visitor may do: the rights of shared access policies, and the management plane's three (contract/management 6.4). */
import type { ServiceRight } from '../sas/policy.ts'

export type Permission = ServiceRight | ManagementPermission

/** `KeysRead`: to be shown keys of policies and hubs, which reading alone does not give. */
export type ManagementPermission = 'ManagementRead' | 'ManagementWrite' | 'KeysRead'

/** A shared access policy knows one right for all of the management plane (contract/management 3.14). */
export const rightFor = (permission: Permission): ServiceRight =>
  permission === 'ManagementRead' || permission === 'ManagementWrite' || permission === 'KeysRead'
    ? 'ServiceConfig'
    : permission
