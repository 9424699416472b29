/**
 * Who is asking, and may they? The one place where a credential of a back end or a person becomes a visitor: a SAS
 * token of a shared access policy (contract/service-api 5).
 */
import { ProvisioningError } from '../fault.ts'
import { authorize } from '../sas/authorize.ts'
import { allows } from '../sas/policy.ts'
import type { Store } from '../store/store.ts'
import { type Clock, machineNow } from '../system.ts'
import { type Permission, rightFor } from './permission.ts'
import type { Visitor } from './visitor.ts'

/** What is looked at of a request, before its body. */
export interface Visiting {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly method: string
  /** Percent-decoded, without query, beginning with a slash. */
  readonly path: string
  readonly remoteAddress: string
}

export interface Access {
  /** Throws ProvisioningError where nobody known is asking, or somebody who may not. */
  admit(visiting: Visiting, permission: Permission): Promise<Visitor>
}

export interface AccessParts {
  readonly store: Store
  readonly clock: Clock
  /** Every name this service is reached by, without port. */
  readonly hosts: readonly string[]
}

export function makeAccess(parts: AccessParts): Access {
  return { admit: (visiting, permission) => admitBySas(visiting, permission, parts) }
}

async function admitBySas(
  { headers, path, remoteAddress }: Visiting,
  permission: Permission,
  { store, clock, hosts }: AccessParts,
): Promise<Visitor> {
  const settings = await store.settings()
  const access = authorize(
    { authorization: textOf(headers.authorization), hosts, path, right: rightFor(permission), at: machineNow(clock) },
    settings?.policies ?? [],
  )
  if ('fault' in access) throw new ProvisioningError(access.fault.reason, access.fault.facts)
  const { policy } = access
  return {
    actor: { kind: 'policy', name: policy.name },
    may: (asked) => allows(policy, rightFor(asked)),
    remoteAddress,
  }
}

const textOf = (header: string | string[] | undefined) => (Array.isArray(header) ? header[0] : header)
