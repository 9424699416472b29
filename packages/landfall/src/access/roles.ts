/** The roles of a token and what they let their bearer do (contract/management 6.4). */
import { ProvisioningError } from '../fault.ts'
import type { Role } from '../store/settings.ts'
import type { Permission } from './permission.ts'
import type { Visitor } from './visitor.ts'

const permissionsOfRole: Readonly<Record<Role, readonly Permission[]>> = {
  // never keys: the mechanism of an enrollment asks for EnrollmentWrite (contract/service-api 5.6)
  reader: ['ManagementRead', 'EnrollmentRead', 'RegistrationStatusRead'],
  contributor: ['ManagementRead', 'ManagementWrite', 'KeysRead'],
  'data-owner': ['EnrollmentRead', 'EnrollmentWrite', 'RegistrationStatusRead', 'RegistrationStatusWrite'],
}

export const roleNames = Object.keys(permissionsOfRole) as readonly Role[]

export const permissionsOf = (roles: readonly Role[]): ReadonlySet<Permission> =>
  new Set(roles.flatMap((role) => permissionsOfRole[role]))

export const isRole = (text: unknown): text is Role => roleNames.some((role) => role === text)

/** In one order, each once. */
export const rolesOf = (texts: readonly unknown[]): readonly Role[] => roleNames.filter((role) => texts.includes(role))

/** Those of `roles` that somebody has who may do what they let one do. */
export const rolesWithin = (may: (permission: Permission) => boolean): readonly Role[] =>
  roleNames.filter((role) => permissionsOfRole[role].every(may))

/** Nobody gives away more than they have. */
export function requireOwn(roles: readonly Role[], visitor: Visitor): void {
  for (const role of roles)
    for (const permission of permissionsOfRole[role])
      if (!visitor.may(permission))
        throw new ProvisioningError('not_permitted', {
          actor: visitor.actor.name,
          permission: `${permission}, and so cannot give the role ${role}`,
        })
}
