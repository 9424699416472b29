/** Somebody who was let in: who it is, for the audit, and what it may do. */
import type { Actor } from '../audit/deed.ts'
import { ProvisioningError } from '../fault.ts'
import type { Credential } from './credential.ts'
import type { Permission } from './permission.ts'

export interface Visitor {
  readonly actor: Actor
  readonly remoteAddress: string
  /** What it came in by, so that a token or a session made from it ends with it. */
  readonly credential: Credential
  may(permission: Permission): boolean
  /** For what stays open: whether it would be let in now. No use of a session, which would so never be idle. */
  stillMay(permission: Permission): Promise<boolean>
}

/** For what a request turns out to need beyond the permission that let it in, such as to be shown keys. */
export function requirePermission(visitor: Visitor, permission: Permission): void {
  if (visitor.may(permission)) return
  throw new ProvisioningError('not_permitted', { actor: visitor.actor.name, permission })
}
