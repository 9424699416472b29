/**
 * Who is asking, and may they? The one place where a credential of a back end or a person becomes a visitor: a SAS
 * token of a shared access policy (contract/service-api 5).
 */
import { ProvisioningError } from '../fault.ts'
import type { InstanceParts } from '../instance/parts.ts'
import { authorize } from '../sas/authorize.ts'
import { allows } from '../sas/policy.ts'
import { machineNow } from '../system.ts'
import { type Permission, rightFor } from './permission.ts'
import { makeTokens, type Tokens } from './tokens.ts'
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
  /** Bearer tokens of our own. */
  readonly tokens: Tokens
  /** Throws ProvisioningError where nobody known is asking, or somebody who may not. */
  admit(visiting: Visiting, permission: Permission): Promise<Visitor>
}

/** `hosts`: every name this service is reached by, without port. */
export type AccessParts = InstanceParts

export function makeAccess(parts: AccessParts): Access {
  const tokens = makeTokens(parts)
  return { tokens, admit: (visiting, permission) => admitBySas(visiting, permission, parts) }
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
