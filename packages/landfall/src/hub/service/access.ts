/** Whether the token of a request allows it (contract/iot-hub 2). */
import type { FastifyRequest } from 'fastify'
import { sentenceOf } from '../../fault.ts'
import { decodedPath } from '../../protocol/decoded-path.ts'
import { authorize } from '../../sas/authorize.ts'
import type { HubRight, SharedAccessPolicy } from '../../sas/policy.ts'
import type { Instant } from '../../system.ts'
import type { AddressedHub } from '../addressed.ts'
import { HubRefusal } from '../refusal.ts'

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
