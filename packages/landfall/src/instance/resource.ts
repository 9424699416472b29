/** The service as a resource: what one PUT or PATCH of the public management API changes (contract/management 3). */
import { ProvisioningError } from '../fault.ts'
import { etagMatches } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import type { Settings } from '../store/settings.ts'
import { type LinkOrder, replaceLinks } from './linked-hubs.ts'
import type { InstanceParts } from './parts.ts'
import { type ListedPolicy, replacePolicies } from './policies.ts'

/** What is absent stays as it is; what is present is replaced as a whole (contract/management 3.3). */
export interface ResourceOrder {
  /** Every one of them must be the settings' own: of the body, and of If-Match. */
  readonly etags?: readonly string[]
  readonly location?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly capacity?: number
  readonly identity?: JsonObject
  /** Members of `properties` that are kept and given back. */
  readonly properties?: JsonObject
  readonly allocationPolicy?: Settings['allocationPolicy']
  readonly policies?: readonly ListedPolicy[]
  readonly links?: readonly LinkOrder[]
}

export function changeResource(
  before: Settings,
  { etags = [], allocationPolicy, policies, links, properties, ...members }: ResourceOrder,
  parts: Pick<InstanceParts, 'random'>,
): Settings {
  // contract/management 3.4
  if (!etags.every((etag) => etagMatches(etag, before.etag)))
    throw new ProvisioningError('precondition_failed', { id: before.serviceName })
  const withLinks = links ? replaceLinks(before, links, parts) : before
  const withBoth = policies ? replacePolicies(withLinks, policies, parts.random) : withLinks
  return {
    ...withBoth,
    allocationPolicy: allocationPolicy ?? before.allocationPolicy,
    resource: { ...before.resource, ...given(members), properties: { ...before.resource?.properties, ...properties } },
  }
}

const given = <Members extends object>(members: Members): Partial<Members> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<Members>
