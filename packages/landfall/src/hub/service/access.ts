/** Which hub a request is for, and whether its token allows it (contract/iot-hub 1.3, 2). */
import type { FastifyRequest } from 'fastify'
import { sentenceOf } from '../../fault.ts'
import { printable } from '../../ids.ts'
import { decodedPath } from '../../protocol/decoded-path.ts'
import { authorize } from '../../sas/authorize.ts'
import type { HubRight, SharedAccessPolicy } from '../../sas/policy.ts'
import type { EmbeddedHubSetting, HubSetting } from '../../store/settings.ts'
import type { Store } from '../../store/store.ts'
import type { Instant } from '../../system.ts'
import { HubRefusal } from '../refusal.ts'

export interface AddressedHub {
  readonly setting: EmbeddedHubSetting
  /** The names that a token for it may be made for. */
  readonly names: readonly string[]
}

interface Addresses {
  readonly store: Store
  readonly hosts: readonly string[]
}

export async function hubOf({ store, hosts }: Addresses, hostHeader: string | undefined): Promise<AddressedHub> {
  // the Python client sends the port along: contract/iot-hub 1.3
  const host = (hostHeader ?? '').toLowerCase().replace(/:\d{1,5}$/, '')
  const settings = await store.settings()
  const hubs = (settings?.hubs ?? []).filter(isEmbedded)
  const named = hubs.find(({ name }) => name === host)
  if (named) return { setting: named, names: [named.name] }
  const [first] = hubs
  if (first && hosts.some((served) => served.toLowerCase() === host))
    return { setting: first, names: [first.name, host] }
  throw new HubRefusal('IotHubNotFound', `There is no hub "${printable(host)}" here. See: landfall hub list.`)
}

const isEmbedded = (hub: HubSetting): hub is EmbeddedHubSetting => hub.kind === 'embedded'

interface Asked extends AddressedHub {
  readonly right: HubRight
  readonly at: Instant
}

/** The policy that allows it. */
export function requireRight(request: FastifyRequest, { setting, names, right, at }: Asked): SharedAccessPolicy {
  const { authorization } = request.headers
  const path = decodedPath(request.url)
  const access = authorize({ authorization, hosts: names, path, right, at }, setting.policies)
  if ('fault' in access)
    throw new HubRefusal('IotHubUnauthorizedAccess', sentenceOf(access.fault.reason, access.fault.facts))
  return access.policy
}
